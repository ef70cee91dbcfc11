"""Reads a list of payers' money that has come: CSV as finance's spreadsheet saves it."""

from collections.abc import Callable, Mapping

from pydantic import ValidationError

from libs.common.small_tables import TableUnreadable, fen_of, instant_of, read_table
from libs.common.web.problems import FieldError
from services.subsidy.funds.problems import FILE_REFUSED
from services.subsidy.funds.schemas import MOST_ARRIVALS, NewArrival

#: What stands above a column -> what it is.
_COLUMNS: Mapping[str, str] = {
    "资助方": "payer", "payer": "payer",
    "凭证号": "reference", "reference": "reference",
    "金额（元）": "yuan", "金额": "yuan", "yuan": "yuan",
    "到账时间": "arrived_at", "arrived_at": "arrived_at",
}  # fmt: skip
_NEEDED = {"payer": "资助方", "reference": "凭证号", "yuan": "金额（元）", "arrived_at": "到账时间"}
_MENDS = {
    "payer": ("Write the payer's code, or its name as in the notice.", "请填写资助方代码或通知中的名称。"),
    "reference": (
        "Write the number of the bank's or treasury's paper, at most 100 characters.",
        "请填写银行或国库凭证号，不超过 100 个字符。",
    ),
    "yuan": ("Write the amount in yuan, such as 1200.50.", "金额请以元填写，例如 1200.50。"),
    "arrived_at": (
        "Write day and time, such as 2020-12-28 10:00.",
        "到账时间请写到分，例如 2020-12-28 10:00。",
    ),
}
#: What a column becomes -> the column.
_MEMBERS = {"amount_fen": "yuan"}


def read_arrivals(body: bytes, payers: Mapping[str, str]) -> list[NewArrival]:
    """Read all rows; `payers` are codes by their names. Raises a problem that names the cells at fault."""
    try:
        rows = read_table(body, _COLUMNS, _NEEDED, MOST_ARRIVALS)
    except TableUnreadable as error:
        raise FILE_REFUSED.problem(str(error), error.message_zh, errors=[]) from None
    read: list[NewArrival] = []
    faults: list[FieldError] = []
    for line, row in rows:
        try:
            read.append(_arrival(row, payers))
        except ValidationError as error:
            members = {str(one["loc"][0]) for one in error.errors()}
            faults += [_fault(line, _MEMBERS.get(member, member)) for member in sorted(members)]
    if faults:
        raise FILE_REFUSED.problem(errors=faults)
    return read


def _arrival(row: Mapping[str, str], payers: Mapping[str, str]) -> NewArrival:
    """One row. Raises ValidationError, also for cells that say neither an amount nor an instant."""
    return NewArrival.model_validate(
        {
            "payer": payers.get(row.get("payer", ""), row.get("payer")),
            "reference": row.get("reference"),
            "amount_fen": _or_none(fen_of, row.get("yuan", "")),
            "arrived_at": _or_none(lambda cell: instant_of(cell).isoformat(), row.get("arrived_at", "")),
        }
    )


def _or_none(read: Callable[[str], object], cell: str) -> object:
    try:
        return read(cell)
    except ValueError:
        return None


def _fault(line: int, column: str) -> FieldError:
    detail, detail_zh = _MENDS[column]
    return FieldError(f"#/file/{line}/{column}", f"Line {line}: {detail}", f"第 {line} 行：{detail_zh}")
