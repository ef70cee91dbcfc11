"""What is answered about the journal of a month."""

from datetime import date

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from libs.common.web.schemas import Answer, Page

_LINE: JsonDict = {
    "coverage_year": 2020,
    "summary": "own contribution paid",
    "summary_zh": "收个人缴费",
    "account": "clearing:tax",
    "title": "With the payment channel",
    "title_zh": "渠道在途资金",
    "debit_fen": 25000,
    "credit_fen": 0,
    "posting": "4711.2",
    "person_id": 12,
    "division_code": "350426101200",
}
_ENTRY: JsonDict = {
    "entry_no": 1,
    "provisional": False,
    "dated_on": "2019-11-20",
    "business_on": "2019-11-20",
    "paper_no": "YX2020-0000001",
    "lines": [
        _LINE,
        {**_LINE, "account": "dues", "title": "Dues not paid yet", "title_zh": "应缴未缴"}
        | {"debit_fen": 0, "credit_fen": 25000},
    ],
}


class JournalLine(Answer):
    """A line of an entry: an account with its debit (money went there) or credit (it came from there)."""

    coverage_year: int
    summary: str
    summary_zh: str
    account: str
    title: str
    title_zh: str
    debit_fen: int
    credit_fen: int
    posting: str
    person_id: int | None
    division_code: str | None


class JournalEntry(Answer):
    """What one fact posts in the month (记账凭证). Its number is provisional until the month is closed."""

    entry_no: int
    provisional: bool
    dated_on: date = Field(description="the business day, or the first of the month where it came too late")
    business_on: date
    paper_no: str | None = Field(
        description="of the voucher, bank slip or treasury paper, where there is one"
    )
    lines: list[JournalLine]


class JournalPage(Page[JournalEntry]):
    """Entries by number; `next_after` is the last one's."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_ENTRY], "next_after": None}]})
