"""How a payout is shown."""

from typing import Literal

from pydantic import ConfigDict, Field, JsonValue

from libs.common.web.schemas import Answer, Instant, Page
from services.subsidy.payouts.rules import NextStep, PayoutState

_PAYOUT: dict[str, JsonValue] = {
    "payout_id": 12,
    "kind": "subsidy",
    "grant_id": 9,
    "refund_id": None,
    "county": "huining",
    "coverage_year": 2021,
    "division_code": "620422101201",
    "person_id": 4711,
    "payer": "county_finance",
    "amount_fen": 20000,
    "state": "waiting_card",
    "reason": "no_account",
    "attempt": 0,
    "batch_id": None,
    "account_masked": None,
    "created_at": "2020-10-20T10:00:00+08:00",
    "next_step": "record_card",
}
#: The hash of a file.
_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_SAID: dict[str, JsonValue] = {
    "outcome": "returned",
    "reason": "账户已注销",
    "answered_at": "2020-12-28T10:00:00+08:00",
    "counts": True,
    "file_sha256": _SHA256,
    "received_by": "bank-desk",
}
WHOLE_PAYOUT: dict[str, JsonValue] = _PAYOUT | {
    "state": "needs_card",
    "reason": "账户已注销",
    "attempt": 1,
    "batch_id": 3,
    "account_masked": "***************0018",
    "next_step": "correct_card",
    "attempts": [
        {
            "attempt": 1,
            "batch_id": 3,
            "account_masked": "***************0018",
            "bank": "会宁农商银行",
            "batched_at": "2020-12-20T09:00:00+08:00",
            "sent_at": "2020-12-20T10:00:00+08:00",
            "outcome": "returned",
            "reason": "账户已注销",
            "settled_at": "2020-12-28T10:00:00+08:00",
            "contradicted": False,
            "answers": [
                _SAID | {"outcome": "paid", "reason": None, "answered_at": "2020-12-22T10:00:00+08:00"},
                _SAID,
            ],
        }
    ],
}
_SUM: dict[str, JsonValue] = {
    "division_prefix": "620422101",
    "state": "open",
    "next_step": "make_batch",
    "count": 305,
    "amount_fen": 6100000,
}

_BANK_SUM: dict[str, JsonValue] = {
    "bank": "农商银行",
    "batch_id": 3,
    "kind": "subsidy",
    "outcome": "paid",
    "count": 305,
    "amount_fen": 6100000,
}


class Payout(Answer):
    """One sum to one card. `reason` is `no_account` for waiting_card, else what the bank said."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PAYOUT]})

    payout_id: int
    kind: str = Field(description="subsidy or refund")
    grant_id: int | None
    refund_id: int | None
    county: str | None
    coverage_year: int | None
    division_code: str | None
    person_id: int | None
    payer: str | None
    amount_fen: int
    state: PayoutState
    reason: str | None
    attempt: int
    batch_id: int | None
    account_masked: str | None
    created_at: Instant
    next_step: NextStep = Field(description="what has to be done for the money to go on")


class AttemptAnswer(Answer):
    """What one file of the bank said of a sending; a sum that is returned was paid before."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SAID]})

    outcome: str = Field(description="paid, failed, returned")
    reason: str | None = Field(description="in the bank's words")
    answered_at: Instant
    counts: bool = Field(description="false: against what the bank had said, and a case came of it")
    file_sha256: str | None = Field(
        description="SHA-256 of its file, with the name of its profile before it where it is not generic; "
        "null: taken in before these were kept"
    )
    received_by: str | None = Field(description="who took the file in")


class PayoutAttempt(Answer):
    """One sending of a payout to the bank.

    `outcome`, `reason` and `settled_at` are of its last answer that changed anything.
    """

    attempt: int
    batch_id: int
    account_masked: str
    bank: str
    batched_at: Instant
    sent_at: Instant | None = Field(
        description="when a second person agreed: from then on the file may leave"
    )
    outcome: str | None = Field(
        description="paid, failed, returned; refused by the second person; null: open"
    )
    reason: str | None = Field(description="in the bank's words")
    settled_at: Instant | None
    contradicted: bool = Field(description="the bank said failed first, and paid later")
    answers: list[AttemptAnswer] = Field(
        description="all that the bank said, in the order in which it was taken in; also what it said again"
    )


class WholePayout(Payout):
    """A payout with all that was tried, the first one first."""

    model_config = ConfigDict(json_schema_extra={"examples": [WHOLE_PAYOUT]})

    attempts: list[PayoutAttempt]


class PayoutPage(Page[Payout]):
    """A page of payouts."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_PAYOUT], "next_after": None}]})


class PayoutSum(Answer):
    """Payouts of a township that need the same next; `paid` and `cancelled` ones need nothing."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SUM]})

    division_prefix: str | None
    state: Literal["open", "paid", "cancelled"]
    next_step: NextStep
    count: int
    amount_fen: int


class PayoutTotals(Page[PayoutSum]):
    """How far the payouts of a county and year are; one page."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_SUM], "next_after": None}]})


class BankSum(Answer):
    """What of a batch one bank was sent. `outcome`: paid, failed, returned; sent where it has not answered.

    A sum that is sent again stands in each of its batches.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_BANK_SUM]})

    bank: str
    batch_id: int
    kind: str = Field(description="subsidy or refund")
    outcome: str
    count: int
    amount_fen: int


class BankTotals(Page[BankSum]):
    """All of a county and year; one page."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_BANK_SUM], "next_after": None}]})
