"""What is asked and answered about debits."""

from datetime import date
from typing import Annotated

from pydantic import ConfigDict, Field, JsonValue

from libs.common.web.schemas import (
    Answer,
    Body,
    CountyCode,
    CoverageYear,
    FreeText,
    GivenDay,
    Instant,
    Page,
)
from services.collection.debits.rules import BatchState, DebitOutcome, Reason
from services.collection.mandates.schemas import ChannelName
from services.collection.orders.schemas import Why

_WANTED: dict[str, JsonValue] = {
    "county": "youxi",
    "coverage_year": 2020,
    "channel": "debit-rcb",
    "debit_on": "2019-11-25",
}
_BATCH: dict[str, JsonValue] = _WANTED | {
    "batch_id": 1,
    "debit_at": "2019-11-25T16:30:00+08:00",
    "state": "given_out",
    "declared_count": 3,
    "declared_total_fen": 75000,
    "created_by": "tax-office",
    "created_at": "2019-11-20T10:00:00+08:00",
    "approval_id": 4,
    "decided_by": "finance-office",
    "decided_at": "2019-11-20T11:00:00+08:00",
    "given_at": "2019-11-25T09:00:00+08:00",
}
_SUMS: dict[str, JsonValue] = {
    "paid": {"count": 2, "amount_fen": 50000},
    "failed": {"count": 1, "amount_fen": 25000},
}
_LEFT_OUT: dict[str, JsonValue] = {
    "mandate_id": 7,
    "person_id": 107,
    "reason": "paid",
    "why": {"zh": "已缴费。", "en": "Has been paid for already."},
}
_DEBIT: dict[str, JsonValue] = {
    "debit_id": 1,
    "debit_no": "D000000000001",
    "mandate_id": 1,
    "order_no": "CB2019112000000000000007",
    "account_masked": "***************0018",
    "people": 1,
    "amount_fen": 25000,
    "outcome": "failed",
    "reason": "余额不足",
    "paid_at": None,
    "payment_id": None,
}


class NewDebitBatch(Body):
    """Whom a bank is to debit: everybody with a mandate there who owes something, at the price of a day."""

    model_config = ConfigDict(json_schema_extra={"examples": [_WANTED]})

    county: CountyCode
    coverage_year: CoverageYear
    channel: Annotated[ChannelName, Field(description="of the deployment: the bank that debits")]
    debit_on: Annotated[GivenDay, Field(description="on which the bank debits, today or later")]


class DebitBatch(Answer):
    """A debit batch. It is `making` until all mandates were looked at, then it waits for a second person.

    `declared_count` and `declared_total_fen` grow meanwhile, and lose what is taken out before the file
    leaves.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_BATCH]})

    batch_id: int
    county: str
    coverage_year: int
    channel: str
    debit_on: date
    debit_at: Instant
    state: BatchState
    declared_count: int
    declared_total_fen: int
    created_by: str
    created_at: Instant
    approval_id: int | None
    decided_by: str | None
    decided_at: Instant | None
    given_at: Instant | None


class DebitSum(Answer):
    """How many debits, and how much money."""

    count: int
    amount_fen: int


class DebitBatchState(DebitBatch):
    """A batch, what the bank answered so far (`unanswered`: not yet), and who was left out, by reason."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [_BATCH | {"progress": _SUMS, "left_out": {"paid": 1}}]}
    )

    progress: dict[str, DebitSum]
    left_out: dict[Reason, int]


class DebitBatches(Page[DebitBatch]):
    """A page of batches."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_BATCH], "next_after": None}]})


class DebitPreview(Answer):
    """What the mandates that were looked at would come to at this moment; nothing is kept of it.

    `next_after`: the last of them, where there are more; null: these were all.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"count": 3, "total_fen": 75000, "people": 3, "left_out": {"paid": 1}, "next_after": None}
            ]
        }
    )

    count: int
    total_fen: int
    people: int
    left_out: dict[Reason, int]
    next_after: str | None


class DebitLeftOut(Answer):
    """Somebody with a mandate who is not in the batch, and why."""

    model_config = ConfigDict(json_schema_extra={"examples": [_LEFT_OUT]})

    mandate_id: int
    person_id: int
    reason: Reason
    why: Why


class DebitsLeftOut(Page[DebitLeftOut]):
    """A page of those who are left out."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_LEFT_OUT], "next_after": None}]})


class Debit(Answer):
    """One line of a batch, and what became of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DEBIT]})

    debit_id: int
    debit_no: str
    mandate_id: int
    order_no: str
    account_masked: str
    people: int
    amount_fen: int
    outcome: DebitOutcome | None
    reason: str | None
    paid_at: Instant | None
    payment_id: int | None


class Debits(Page[Debit]):
    """A page of the lines of a batch."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_DEBIT], "next_after": None}]})


_RESULTS: dict[str, JsonValue] = _SUMS | {
    "batch_id": 1,
    "returned": {"count": 0, "amount_fen": 0},
    "contradictions": 0,
    "mandates_ended": 0,
    "repeated": False,
}


class DebitResults(Answer):
    """What a result file settled. `repeated` when the same file had been taken in before.

    `contradictions` are lines against what the bank said before: each is a case, the other lines count.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_RESULTS]})

    batch_id: int
    paid: DebitSum
    failed: DebitSum
    returned: DebitSum
    contradictions: int = 0
    mandates_ended: int = 0
    repeated: bool = False


class ResultsOfDebitBatches(Answer):
    """What a result file settled, batch by batch."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"batches": [_RESULTS]}]})

    batches: list[DebitResults]


class GivingUp(Body):
    """Why a batch comes to nothing: the bank says that it has debited nobody of whom it told nothing."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "银行书面确认该批次未执行"}]})

    reason: Annotated[FreeText, Field(min_length=2, max_length=200)]
