"""The frozen base of all event contracts, and the attributes of every event."""

from datetime import date, datetime
from typing import ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict


class Fact(BaseModel):
    """A fact in the past tense, published by one service and immutable.

    `type` is the CloudEvents type and ends in the version; a fact only ever gains optional fields, anything
    else is a new type published beside the old one. `topic` is the topic of the publishing service.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: ClassVar[str]
    topic: ClassVar[str]


class EventAttributes(BaseModel):
    """CloudEvents context attributes plus the two that connect cause and effect."""

    model_config = ConfigDict(frozen=True)

    id: str
    source: str
    type: str
    time: AwareDatetime
    subject: str | None = None
    correlation_id: str | None = None
    causation_id: str | None = None


class SubsidyLine(BaseModel):
    """One subsidy within a due: who pays, for which status, how much and by which mechanism."""

    model_config = ConfigDict(frozen=True)

    payer: str
    status: str
    amount_fen: int
    mechanism: str


class RepairTerms(BaseModel):
    """Lapsed years that may be repaired beside the contribution, which shortens the wait for cover.

    `years` in the order in which they are repaired, each for `each_fen`. `months` is the wait with none of
    them repaired, with the first, with the first two. It runs from `waits_from`; where that is null, from the
    day that `anchor` (a word of the notice) makes of the day of payment. `latest` is with_contribution, or
    before_wait_ends: until the day on which cover would begin without it.
    """

    model_config = ConfigDict(frozen=True)

    years: tuple[int, ...]
    each_fen: int
    months: tuple[int, ...]
    anchor: str
    waits_from: date | None = None
    latest: str
    clause: str


class DueSegment(BaseModel):
    """What one person owes when paying within [from_at, until_at); outside of all, nothing can be paid."""

    model_config = ConfigDict(frozen=True)

    from_at: AwareDatetime
    until_at: AwareDatetime | None = None
    outcome: str
    reason_codes: tuple[str, ...] = ()
    window: str | None = None
    price_fen: int | None = None
    own_due_fen: int | None = None
    add_on_due_fen: int = 0
    #: What of the add-ons is a part of the price, and cannot be left out.
    included_fen: int = 0
    subsidies: tuple[SubsidyLine, ...] = ()
    repair: RepairTerms | None = None

    def covers(self, instant: datetime) -> bool:
        """Whether a payment at `instant` falls into this segment."""
        return self.from_at <= instant and (self.until_at is None or instant < self.until_at)


class MergedEnrollment(BaseModel):
    """Of two enrollments of one person and year the one that stands, and the one that ended for it."""

    model_config = ConfigDict(frozen=True)

    coverage_year: int
    enrollment_id: int
    merged_enrollment_id: int


class TierSchedule(BaseModel):
    """What one person would owe with a tier, where the notice has tiers and none is chosen."""

    model_config = ConfigDict(frozen=True)

    tier: int
    schedule: tuple[DueSegment, ...]


class EarlierSchedule(BaseModel):
    """What one person would have owed by what was known from `assessed_at` on, which nobody was told."""

    model_config = ConfigDict(frozen=True)

    assessment_id: int
    revision: int
    assessed_at: AwareDatetime
    schedule: tuple[DueSegment, ...]
    choices: tuple[TierSchedule, ...] = ()


class UnitFunds(BaseModel):
    """Work funds of a township or village: all of them, and how much more than the sheet before gave it."""

    model_config = ConfigDict(frozen=True)

    division_code: str
    amount_fen: int
    change_fen: int
