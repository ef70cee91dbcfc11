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
