"""Payers' money that has come, entered one by one or as a list, as finance's spreadsheet saves it."""

from collections.abc import Callable, Iterable, Mapping

from pydantic import ConfigDict, Field, ValidationError

from libs.common.blank_tables import Column, blank_table
from libs.common.small_tables import TableUnreadable, fen_of, instant_of, read_table
from libs.common.web.problems import FieldError, ProblemType
from libs.common.web.schemas import Answer, Body, FreeText, GivenInstant, PaperNumber

#: So many arrivals are entered at once.
MOST_ARRIVALS = 1_000
#: A payer, as the notice or a table of ours names it.
PAYER = r"^[a-z][a-z0-9_]{0,59}$"

ARRIVAL_DIFFERS = ProblemType(
    "arrival-differs",
    409,
    "Money under this reference was entered with another amount or instant",
    "该凭证号的到账已按另一金额或到账时间登记",
    "Nothing of the list was entered. Correct the references that are listed, and send all of it again.",
    "整个清单均未登记。请更正 references 所列的凭证号后重新提交。",
)
ARRIVAL_WAS_REVERSED = ProblemType(
    "arrival-was-reversed",
    409,
    "Exactly this money was entered before and taken back",
    "该笔到账曾登记并已撤销",
    "Nothing of the list was entered. Leave out the references that are listed, or correct them.",
    "整个清单均未登记。请删去 references 所列凭证号，或更正其金额、到账时间后重新提交。",
)
ARRIVAL_REVERSED = ProblemType(
    "arrival-reversed",
    409,
    "The money was taken back already",
    "该笔到账已撤销",
    "Nothing is left to do. If it came after all, enter it with the right amount and instant.",
    "无需再次撤销；确已到账的，请按正确金额和时间重新登记。",
)
FILE_REFUSED = ProblemType(
    "arrivals-file-refused",
    422,
    "The list of arrivals cannot be read; nothing of it was entered",
    "到账清单无法读取，未登记任何一笔",
    "Send CSV or xlsx with the columns payer, reference, yuan, arrived_at, at most 1000 rows; mend errors.",
    "请提交 CSV 或 xlsx，首行列名为 资助方、凭证号、金额（元）、到账时间，最多 1000 行，"
    "并更正 errors 所列各行。",
)


class NewArrival(Body):
    """Money of a payer that has come, by the number of the bank's or the treasury's paper."""

    payer: str = Field(pattern=PAYER)
    reference: PaperNumber = Field(min_length=1, max_length=100)
    amount_fen: int = Field(gt=0, le=10**15)
    arrived_at: GivenInstant


class ArrivalReversal(Body):
    """Why money was entered that has not come, or not so."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "金额误录为 500.00，应为 50.00"}]})

    reason: FreeText = Field(min_length=1, max_length=500)


class ReversalAsked(Answer):
    """The second person's decision that it waits for; until then the money counts."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"approval_id": 12}]})

    approval_id: int


#: What stands above a column -> what it is.
_COLUMNS: Mapping[str, str] = {
    "资助方": "payer", "级次": "payer", "payer": "payer",
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


def arrivals_template(payer: str, payers: Iterable[str]) -> bytes:
    """The workbook in which they are listed; `payer` is what the column of `payers` is called."""
    columns = (
        Column(payer, 24, "从列表选择。", choices=list(payers)),
        Column("凭证号", 24, "银行或国库凭证号；同一凭证号只登记一次。"),
        Column("金额（元）", 18, "以元填写，如 1200.50。", "yuan"),
        Column("到账时间", 20, "写到分，如 2020-12-28 10:00。", "instant"),
    )
    return blank_table("到账清单", columns, last_row=MOST_ARRIVALS)


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
