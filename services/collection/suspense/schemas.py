"""Money in suspense as the API shows and takes it."""

from typing import Annotated

from pydantic import ConfigDict, Field

from libs.common.web.schemas import Answer, Body, CountyCode, CoverageYear, FreeText, Id, Instant, Page
from services.collection.examples import APPLIED, SUSPENSE, shown
from services.collection.fitting.rules import Reason
from services.collection.matching.rules import LineState


class SuspendedLine(Answer):
    """Part of a payment whose place is not found.

    `amount_fen` is what is left of it; `age_days` are business days of waiting, from its arrival.
    `giving_back`: its channel is to give money of it back, and it cannot be applied meanwhile.
    """

    payment_id: int
    line_no: int
    channel: str
    transaction_no: str
    order_no: str | None
    amount_fen: int
    reason: Reason
    county: str | None
    coverage_year: int | None
    division_code: str | None
    masked_id: str | None
    masked_name: str | None
    person_id: int | None
    paid_at: Instant
    received_at: Instant
    age_days: int
    giving_back: bool


class SuspenseTotal(Answer):
    """Count and money of one reason, with the oldest."""

    reason: Reason
    count: int
    amount_fen: int
    oldest_received_at: Instant


class Suspense(Page[SuspendedLine]):
    """A page of lines, oldest first, and the totals of everything that fits the filters."""

    model_config = shown(SUSPENSE)

    totals: list[SuspenseTotal]
    count: int
    amount_fen: int


class Apply(Body):
    """Whose money it is. Without `person_id` the line is only judged again as it stands."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"person_id": 101, "coverage_year": 2020, "note": "Name misspelled by the bank"}]
        }
    )

    person_id: Id | None = None
    county: CountyCode | None = None
    coverage_year: CoverageYear | None = None
    note: Annotated[FreeText, Field(max_length=500)] | None = None


class Applied(Answer):
    """The line as it stands now."""

    model_config = shown(APPLIED)

    payment_id: int
    line_no: int
    state: LineState
    person_id: int
    coverage_year: int
    amount_fen: int
    voucher_no: str | None
    applied_at: Instant
    applied_by: str | None
