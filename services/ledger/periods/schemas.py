"""What is asked and answered about accounting months."""

import re
from datetime import date
from typing import Annotated

from fastapi import Path
from pydantic import BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic.config import JsonDict
from pydantic_core import PydanticKnownError

from libs.common.web.schemas import Answer, Body, FreeText, Instant, Page
from services.ledger.periods.rules import State, Step

_MONTH = re.compile(r"2[01]\d{2}-(0[1-9]|1[0-2])", re.ASCII)


def month_text(month: date) -> str:
    """Write a month as every answer does: `2019-12`."""
    return f"{month:%Y-%m}"


#: An accounting month in an answer.
AccountingMonth = Annotated[
    date,
    PlainSerializer(month_text, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}$", "examples": ["2019-12"]}),
]


def _first_day(text: object) -> object:
    if isinstance(text, str) and _MONTH.fullmatch(text):
        return f"{text}-01"
    raise PydanticKnownError("string_pattern_mismatch", {"pattern": _MONTH.pattern})


#: An accounting month in an address.
MonthPath = Annotated[
    date,
    Path(examples=["2019-12"], description="`YYYY-MM`"),
    BeforeValidator(_first_day),
    WithJsonSchema({"type": "string", "pattern": r"^2[01]\d{2}-(0[1-9]|1[0-2])$"}),
]

_STEP: JsonDict = {
    "step": "close",
    "taken_by": "finance-1",
    "approved_by": "finance-2",
    "approval_id": 12,
    "taken_at": "2020-01-08T10:00:00+08:00",
}
_PERIOD: JsonDict = {
    "county": "youxi",
    "month": "2019-12",
    "state": "closed",
    "sha256": "5e884898da28047151d0e56f8dc6292773603d0d6aabbd62a11ef721d1542d8",
    "steps": [
        {
            "step": "lock",
            "taken_by": "finance-1",
            "approved_by": None,
            "approval_id": None,
            "taken_at": "2020-01-06T09:00:00+08:00",
        },
        _STEP,
    ],
}
_ACCOUNT: JsonDict = {
    "coverage_year": 2020,
    "account": "clearing:tax",
    "title": "With the payment channel",
    "title_zh": "渠道在途资金",
    "opening_fen": 1250000,
    "debit_fen": 500000,
    "credit_fen": 1250000,
    "closing_fen": 500000,
}
FLAW: JsonDict = {
    "check": "movement_case_open",
    "title": "Whether money that moved off its way was right is not decided",
    "title_zh": "未按规定路径或部门划转的资金尚未核定",
    "mend": "Decide the case under /v1/cases; two persons.",
    "mend_zh": "请在 /v1/cases 办结该事项（须两人）。",
    "subject": "movements/7",
    "amount_fen": 25000,
}


class CloseMonthRequest(Body):
    """Ask for a second person who closes the month."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"note": "12月凭证已核对"}]})

    note: FreeText | None = Field(default=None, max_length=500)


class ReopenRequest(Body):
    """Why a locked month has to be opened again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "漏记一笔12月的划转"}]})

    reason: FreeText = Field(min_length=1, max_length=500)


class StepTaken(Answer):
    """A step about a month; a reason stands with the approval."""

    model_config = ConfigDict(json_schema_extra={"examples": [_STEP]})

    step: Step
    taken_by: str
    approved_by: str | None
    approval_id: int | None
    taken_at: Instant


class Period(Answer):
    """An accounting month of a county, for all its coverage years."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PERIOD]})

    county: str
    month: AccountingMonth
    state: State
    sha256: str | None = Field(description="over the frozen totals, when it is closed")
    steps: list[StepTaken]


class PeriodPage(Page[Period]):
    """All months of a county from the first in which anything is booked, oldest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_PERIOD], "next_after": None}]})


class AccountTurnover(Answer):
    """One account: what stood there before the month, what came and left in it, what stood there after it."""

    coverage_year: int
    account: str
    title: str
    title_zh: str
    opening_fen: int
    debit_fen: int
    credit_fen: int
    closing_fen: int


class TrialBalance(Answer):
    """The trial balance of a month: frozen when it is closed, provisional before. Debits equal credits."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "county": "youxi",
                    "month": "2019-12",
                    "state": "closed",
                    "provisional": False,
                    "entries": 3121,
                    "debit_fen": 1750000,
                    "credit_fen": 1750000,
                    "accounts": [_ACCOUNT],
                    "sha256": "5e884898da28047151d0e56f8dc6292773603d0d6aabbd62a11ef721d1542d8",
                    "previous_sha256": None,
                }
            ]
        }
    )

    county: str
    month: AccountingMonth
    state: State
    provisional: bool
    entries: int = Field(description="how many entries the journal of the month has")
    debit_fen: int
    credit_fen: int
    accounts: list[AccountTurnover]
    sha256: str | None
    previous_sha256: str | None


class Flaw(Answer):
    """Something for which a month is not closed, and how to mend it."""

    model_config = ConfigDict(json_schema_extra={"examples": [FLAW]})

    check: str
    title: str
    title_zh: str
    mend: str
    mend_zh: str
    subject: str
    amount_fen: int | None


class Examination(Page[Flaw]):
    """What closing the month would be refused for; nothing: it may be closed."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [FLAW], "next_after": None}]})
