"""What is asked and answered about movements of money."""

from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from libs.common.clock import business_date
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
from services.ledger.debts.rules import PAYING
from services.ledger.debts.schemas import NamedDays, PaidDay
from services.ledger.movements.rules import StepKind
from services.ledger.periods.schemas import AccountingMonth
from services.ledger.postings.kinds import Kind

Reference = Annotated[PaperNumber, Field(min_length=1, max_length=100)]


class MovementRequest(Body):
    """Money moved on. Without `amount_fen` all that is there; without channel too, that of all channels.

    `add_on_handover` gives a `payee` its money out of the special fiscal account, or out of what a `channel`
    still holds; without `amount_fen` all that stands with that payee by name. `employee_fund_transfer` is
    what an employees' fund pays of personal accounts: its channel is `employee_fund:<account of the notice>`.
    `channel_fee` is what a channel kept as its fee on the day of `business_at`, where collection gets no bill
    of it, which it books by itself; `channel_fee_reimbursed` is how who bears it makes up for it.
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
    days: NamedDays | None = Field(
        default=None,
        description="the days that it pays, where the slip says so; else they are found by its sum, or the "
        "oldest are paid in turn",
    )
    moved_because: FreeText | None = Field(
        default=None,
        min_length=1,
        max_length=500,
        description="why the money has moved otherwise than the notice has it: kept then, with a case",
    )

    @model_validator(mode="after")
    def _says_how_much(self) -> Self:
        if self.kind == Kind.CHANNEL_FEE and (self.channel is None or self.amount_fen is None):
            raise PydanticCustomError(
                "fee_of_a_channel",
                "A fee names its channel and the amount.",
                {"message_zh": "手续费须填写渠道和金额。"},
            )
        return self

    @model_validator(mode="after")
    def _days_are_its_own(self) -> Self:
        if self.days is None:
            return self
        named_fen = sum(one.amount_fen for one in self.days)
        if self.channel is None or self.kind not in PAYING or named_fen <= 0:
            raise PydanticCustomError(
                "days_of_a_channel",
                "Only what one channel pays is matched to days, and it is more than nothing.",
                {"message_zh": "仅单一渠道的划款可指定收款日期，且各日合计须大于零。"},
            )
        if named_fen != (self.amount_fen or named_fen):
            raise PydanticCustomError(
                "days_add_up",
                "The amounts of the days have to add up to amount_fen.",
                {"message_zh": "各日金额之和须等于 amount_fen。"},
            )
        if any(one.on > business_date(self.business_at) for one in self.days):
            raise PydanticCustomError(
                "days_before",
                "A slip pays no day after its own.",
                {"message_zh": "划款不能对应其日期之后的收款。"},
            )
        return self


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
                    "days": [{"channel": "tax", "on": "2019-12-01", "amount_fen": 50000}],
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
    days: list[PaidDay] = Field(description="the days that it pays; none where it was reversed")


class MovementPage(Page[Movement]):
    """Movements in the order in which they were recorded."""
