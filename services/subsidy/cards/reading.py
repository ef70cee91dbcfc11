"""Reads a file of social-security cards as a spreadsheet saves it, and makes the workbook to be filled in."""

from collections.abc import Mapping

from libs.common.blank_tables import Column, blank_table
from libs.common.small_tables import TableUnreadable, read_table
from services.subsidy.cards.problems import CARDS_FILE_REFUSED

#: So many cards are read at once of a file.
MOST_ROWS = 5_000
#: What stands above a column -> the member of a card.
COLUMNS: Mapping[str, str] = {
    "证件号码": "id_number", "身份证号": "id_number", "身份证号码": "id_number", "id_number": "id_number",
    "社保卡账号": "account_no", "账号": "account_no", "银行账号": "account_no", "account_no": "account_no",
    "开户银行": "bank", "开户行": "bank", "bank": "bank",
    "户名": "holder", "持卡人姓名": "holder", "holder": "holder",
}  # fmt: skip
_NEEDED = {"id_number": "证件号码", "account_no": "社保卡账号", "bank": "开户银行", "holder": "户名"}
_TITLES = (
    Column("证件号码", 24, "持卡人本人的证件号码。"),
    Column("社保卡账号", 28, "8 至 32 位数字，按文本填写；空格、短横可保留。"),
    Column("开户银行", 24, "发卡银行名称，最多 60 个字符，不含逗号、分号、引号等分隔符。"),
    Column("户名", 16, "银行登记的户名：本人，未成年人可为其监护人。他人户名经两人核准后才发放。"),
)


def template() -> bytes:
    """The workbook in which cards are listed."""
    return blank_table("社保卡", _TITLES, last_row=MOST_ROWS)


def read_file(body: bytes) -> list[tuple[int, object]]:
    """The rows with their lines, as a list of cards has them. Raises a problem for what is no such table."""
    try:
        rows = read_table(body, COLUMNS, _NEEDED, MOST_ROWS)
    except TableUnreadable as error:
        raise CARDS_FILE_REFUSED.problem(str(error), error.message_zh) from None
    return [(line, {name: row.get(name, "") for name in _NEEDED}) for line, row in rows]
