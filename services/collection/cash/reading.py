"""Reads a file of receipts: CSV as a village's spreadsheet saves it, a row for each insured person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from libs.common.small_tables import fen_of, instant_of, read_table
from libs.common.web.problems import FieldError
from services.collection.cash.rules import Instrument, ReceiptItem, TakenMoney
from services.collection.cash.schemas import NewReceipt, taken

MOST_ROWS = 5_000
#: What stands above a column -> what it is. Rows with the same receipt are one payer's money.
COLUMNS: Mapping[str, str] = {
    "收据组": "receipt", "组号": "receipt", "receipt": "receipt",
    "证件号码": "id_number", "身份证号": "id_number", "身份证号码": "id_number", "id_number": "id_number",
    "姓名": "name", "name": "name",
    "金额": "amount", "金额（元）": "amount", "amount": "amount",
    "收款时间": "paid_at", "paid_at": "paid_at",
    "收款方式": "instrument", "instrument": "instrument",
    "流水号": "reference", "支票号": "reference", "reference": "reference",
    "票据号码": "voucher_no", "票据号": "voucher_no", "voucher_no": "voucher_no",
    "户票号码": "household_voucher_no", "household_voucher_no": "household_voucher_no",
}  # fmt: skip
_NEEDED = {"id_number": "证件号码", "name": "姓名", "amount": "金额", "paid_at": "收款时间"}
_INSTRUMENTS: Mapping[str, Instrument] = {
    "": "cash", "现金": "cash", "cash": "cash", "支票": "cheque", "cheque": "cheque",
    "刷卡": "pos", "POS": "pos", "pos": "pos", "转账": "transfer", "transfer": "transfer",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReadFile:
    """The receipts of a file, where each stands, and what is wrong with rows."""

    taken: list[TakenMoney]
    pointers: list[str]
    faults: list[FieldError]


def typed(receipts: Sequence[NewReceipt]) -> ReadFile:
    """What was typed instead of sent as a file."""
    pointers = [f"#/receipts/{no}" for no in range(len(receipts))]
    return ReadFile([taken(one) for one in receipts], pointers, [])


def read_file(body: bytes) -> ReadFile:
    """Read all rows. Raises TableUnreadable."""
    taken: dict[str, tuple[str, TakenMoney]] = {}
    faults: list[FieldError] = []
    for line, row in read_table(body, COLUMNS, _NEEDED, MOST_ROWS):
        try:
            one = _taken(row)
        except ValueError as error:
            faults.append(_fault(line, str(error)))
            continue
        key = f"={row['receipt']}" if row.get("receipt") else f"line {line}"
        if key not in taken:
            taken[key] = f"#/file/{line}", one
        else:
            pointer, before = taken[key]
            taken[key] = pointer, replace(before, items=before.items + one.items)
    return ReadFile([one for _, one in taken.values()], [at for at, _ in taken.values()], faults)


def _taken(row: Mapping[str, str]) -> TakenMoney:
    """One row as the money of one payer. Raises ValueError with the column that is wrong."""
    try:
        fen = fen_of(row.get("amount", ""))
    except ValueError:
        raise ValueError("amount") from None
    instrument = _INSTRUMENTS.get(row.get("instrument", ""))
    if instrument is None:
        raise ValueError("instrument")
    if not fen:
        raise ValueError("amount")
    if not row.get("name") or not row.get("id_number"):
        raise ValueError("name" if row.get("id_number") else "id_number")
    try:
        paid_at = instant_of(row.get("paid_at", ""))
    except ValueError:
        raise ValueError("paid_at") from None
    item = ReceiptItem(row["id_number"], row["name"], fen, row.get("voucher_no") or None)
    return TakenMoney(
        instrument=instrument,
        paid_at=paid_at,
        items=(item,),
        reference=row.get("reference") or None,
        voucher_no=row.get("household_voucher_no") or None,
    )


_MENDS = {
    "amount": ("Write the amount in yuan, such as 280 or 280.00.", "金额请以元填写，例如 280 或 280.00。"),
    "instrument": ("Write cash, cheque, pos or transfer.", "收款方式请填写现金、支票、刷卡或转账。"),
    "paid_at": ("Write day and time, such as 2020-11-20 16:40.", "收款时间请写到分，例如 2020-11-20 16:40。"),
    "name": ("Write the name as on the document.", "请按证件填写姓名。"),
    "id_number": ("Write the number as on the document.", "请填写证件号码。"),
}


def _fault(line: int, column: str) -> FieldError:
    detail, detail_zh = _MENDS[column]
    return FieldError(f"#/file/{line}/{column}", f"Line {line}: {detail}", f"第 {line} 行：{detail_zh}")
