"""What is asked and answered about movements of money."""

from typing import Annotated

from pydantic import ConfigDict, Field

from libs.common.web.schemas import (
    Answer,
    Body,
    CountyCode,
    CoverageYear,
    FreeText,
    GivenInstant,
    Instant,
    Page,
    PaperNumber,
)
from services.ledger.movements.rules import StepKind
from services.ledger.periods.schemas import AccountingMonth

Reference = Annotated[PaperNumber, Field(min_length=1, max_length=100)]


class MovementRequest(Body):
    """Money moved on. Without `amount_fen` all that is there; without channel too, that of all channels.

    `add_on_handover` gives a `payee` its money out of the special fiscal account, or out of what a `channel`
    still holds; without `amount_fen` all that stands with that payee by name. `employee_fund_transfer` is
    what an employees' fund pays of personal accounts: its channel is `employee_fund:<account of the notice>`.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "county": "youxi",
                    "coverage_year": 2020,
                    "kind": "channel_settlement",
                    "channel": "tax",
                    "amount_fen": 50000,
                    "business_at": "2019-12-02T16:30:00+08:00",
                    "reference": "HK20191202-0031",
                }
            ]
        },
    )

    county: CountyCode
    coverage_year: CoverageYear
    kind: StepKind
    channel: Annotated[str | None, Field(min_length=1, max_length=80)] = None
    payee: Annotated[str | None, Field(pattern=r"^[a-z0-9_]{1,60}$", examples=["china_life"])] = None
    amount_fen: Annotated[int | None, Field(gt=0, le=10**15)] = None
    business_at: GivenInstant
    reference: Reference
    moved_because: FreeText | None = Field(
        default=None,
        min_length=1,
        max_length=500,
        description="why the money has moved otherwise than the notice has it: kept then, with a case",
    )


class ReversalRequest(Body):
    """A movement that was wrong is mirrored; then the right one is recorded."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"business_at": "2019-12-03T09:00:00+08:00", "reference": "HK20191202-0031-R"}]
        },
    )

    business_at: GivenInstant
    reference: Reference


class Movement(Answer):
    """A recorded movement. `amount_fen` is what really moved."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "movement_id": 7,
                    "county": "youxi",
                    "coverage_year": 2020,
                    "kind": "channel_settlement",
                    "channel": "tax",
                    "payee": None,
                    "amount_fen": 50000,
                    "business_at": "2019-12-02T16:30:00+08:00",
                    "reference": "HK20191202-0031",
                    "reverses_id": None,
                    "recorded_at": "2019-12-02T16:41:07+08:00",
                    "clause": "六(一)",
                    "off_path": None,
                    "accounting_month": "2019-12",
                }
            ]
        }
    )

    movement_id: int
    county: str
    coverage_year: int
    kind: str
    channel: str | None
    payee: str | None
    amount_fen: int
    business_at: Instant
    reference: str
    reverses_id: int | None
    recorded_at: Instant
    clause: str | None = Field(description="the clause of the notice's step that it is, where it has one")
    off_path: str | None = Field(description="`not_on_path` or `other_department`: money that has moved so")
    accounting_month: AccountingMonth = Field(
        description="in which it is booked; later than its own where that is shut"
    )


class MovementPage(Page[Movement]):
    """Movements in the order in which they were recorded."""
