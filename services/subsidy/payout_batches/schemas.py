"""What is asked and answered about payout batches."""

from pydantic import ConfigDict, Field, JsonValue

from libs.common.web.schemas import Answer, Body, CountyCode, CoverageYear, Instant, Page, Text

_BATCH: dict[str, JsonValue] = {
    "batch_id": 1,
    "county": "huining",
    "coverage_year": 2021,
    "division_prefix": "620422",
    "declared_count": 3,
    "declared_total_fen": 60000,
    "created_by": "township-office",
    "created_at": "2020-12-20T09:00:00+08:00",
    "approval_id": 4,
    "decided_by": "finance-office",
    "approved_at": "2020-12-20T10:00:00+08:00",
    "refused_at": None,
}
_PROGRESS: dict[str, JsonValue] = {
    "paid": {"count": 2, "amount_fen": 40000},
    "failed": {"count": 1, "amount_fen": 20000},
}
_RETURNED: dict[str, JsonValue] = {"returned": {"count": 0, "amount_fen": 0}}


class NewBatch(Body):
    """For which county and coverage year everything that is ready is to be paid out."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"county": "youxi", "coverage_year": 2020}]})

    county: CountyCode
    coverage_year: CoverageYear
    division_prefix: str | None = Field(
        default=None, pattern=r"^\d{6}(\d{3}(\d{3})?)?$", description="only this township or village"
    )
    bank: Text | None = Field(
        default=None, min_length=1, max_length=60, description="only cards of this bank"
    )
    most: int | None = Field(default=None, ge=1, le=1_000_000, description="no more than so many payouts")


class Batch(Answer):
    """A payout batch with what it declares to the bank.

    Another person agrees to it under `approval_id` (or refuses: its payouts wait for the next batch).
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_BATCH]})

    batch_id: int
    county: str
    coverage_year: int
    division_prefix: str = Field(description="of which part of the county it takes payouts")
    declared_count: int
    declared_total_fen: int
    created_by: str
    created_at: Instant
    approval_id: int | None
    decided_by: str | None
    approved_at: Instant | None
    refused_at: Instant | None


class Sum(Answer):
    """How many payouts, and how much money."""

    count: int
    amount_fen: int


class BatchState(Batch):
    """A batch and what the bank answered so far; `sent` is without an answer."""

    model_config = ConfigDict(json_schema_extra={"examples": [_BATCH | {"progress": _PROGRESS}]})

    progress: dict[str, Sum]


class BatchPage(Page[Batch]):
    """A page of batches."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_BATCH], "next_after": None}]})


_RESULTS: dict[str, JsonValue] = (
    {"batch_id": 1, "contradictions": 0, "repeated": False} | _PROGRESS | _RETURNED
)


class ResultsAnswer(Answer):
    """What a result file settled. `repeated` when the same file had been taken in before.

    `contradictions` are lines against what the bank said before: each is a case, the other lines count.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_RESULTS]})

    batch_id: int
    paid: Sum
    failed: Sum
    returned: Sum
    contradictions: int = 0
    repeated: bool = False


class ResultsOfBatches(Answer):
    """What a result file settled, batch by batch."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"batches": [_RESULTS]}]})

    batches: list[ResultsAnswer]
