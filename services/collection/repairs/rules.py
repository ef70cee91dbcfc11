"""Which lapsed years somebody can repair, beside the contribution or after it, and what cover that brings.

The terms are those of the price at the instant that the contribution was paid, or the exemption began. The
day of the repair itself matters only for until when it can be done, and cover never begins before it.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from libs.common.clock import business_date
from libs.common.dates import add_months
from libs.common.events import DueSegment, RepairTerms
from services.collection.dues.rules import Due, Stated, segment_at
from services.collection.matching.rules import PersonYear, person_year

NOTHING_TO_REPAIR = (
    "Has no lapsed year to repair: nothing would shorten the wait.",
    "没有可补缴的断保年度：补缴不能再缩短等待期。",
)


@dataclass(frozen=True, slots=True)
class RepairStanding:
    """When a contribution was paid, on which tier; which lapsed years were repaired beside it, last when."""

    person_id: int
    coverage_year: int
    paid_at: datetime | None = None
    tier: int | None = None
    repaired_years: Sequence[int] = ()
    repaired_at: datetime | None = None


class RepairsKnown:
    """How people stand, as far as it is known and as it grows."""

    def __init__(self, found: Iterable[RepairStanding] = ()) -> None:
        self._of = {PersonYear(one.coverage_year, one.person_id): one for one in found}

    def of(self, whose: PersonYear) -> RepairStanding:
        """How somebody stands; nothing was paid of whom nothing is known."""
        return self._of.get(whose) or RepairStanding(whose.person_id, whose.coverage_year)

    def note_paid(self, whose: PersonYear, paid_at: datetime, tier: int | None) -> None:
        """Take in that the contribution is paid."""
        self._of[whose] = replace(self.of(whose), paid_at=paid_at, tier=tier)

    def note_repaired(self, whose: PersonYear, year: int) -> None:
        """Take in that a year is repaired."""
        known = self.of(whose)
        self._of[whose] = replace(known, repaired_years=(*known.repaired_years, year))


@dataclass(frozen=True, slots=True)
class Repairing:
    """What somebody can repair: the years that are `left`, in their order, after `before` others.

    `completed_on` is the day of the contribution or exemption; None while there is none yet. `repaired_on` is
    the day of the last of the others.
    """

    segment: DueSegment
    terms: RepairTerms
    before: int
    left: tuple[int, ...]
    completed_on: date | None
    repaired_on: date | None = None

    def waits_from(self, paid_on: date) -> date | None:
        """The day from which the wait runs; None where only registration knows it."""
        day = self.completed_on or paid_on
        if self.terms.waits_from is not None:
            return self.terms.waits_from
        match self.terms.anchor:
            case "payment_day":
                return day
            case "day_after_payment":
                return day + timedelta(days=1)
            case "month_of_payment":
                return day.replace(day=1)
            case "month_after_payment":
                return day.replace(day=monthrange(day.year, day.month)[1]) + timedelta(days=1)
        return None

    def cover_from(self, more: int, paid_on: date) -> date | None:
        """The first day of cover with so many more years repaired on a day; None where it is not known."""
        begins = self.waits_from(paid_on)
        if begins is None:
            return None
        number = min(self.before + more, len(self.terms.months) - 1)
        start = add_months(begins, self.terms.months[number])
        late = more > 0 and self.completed_on is not None and paid_on > self.completed_on
        return max(start, paid_on) if late else start

    def cover_as_it_is(self, paid_on: date) -> date | None:
        """The first day of cover with no more years: what was repaired later counts from that day on."""
        start = self.cover_from(0, paid_on)
        late = self.repaired_on is not None and self.repaired_on > (self.completed_on or paid_on)
        return max(start, self.repaired_on) if start and self.repaired_on and late else start

    @property
    def until(self) -> date | None:
        """The day on which it is too late to repair after the contribution; None while there is none yet.

        Where the notice knows no later repair, that is the day after the contribution.
        """
        return self.until_after(0)

    def until_after(self, more: int) -> date | None:
        """The same of the next year once so many more are repaired: each of them ends the wait earlier."""
        if self.completed_on is None:
            return None
        too_late = self.completed_on + timedelta(days=1)
        ends = self.cover_from(more, self.completed_on)
        return too_late if self.terms.latest == "with_contribution" or ends is None else max(too_late, ends)

    def left_on(self, on: date) -> tuple[int, ...]:
        """The years that can be repaired on a day, one after another."""
        ends = map(self.until_after, range(len(self.left)))
        return tuple(year for year, until in zip(self.left, ends, strict=True) if until is None or on < until)

    def choose(self, wanted: int, on: date) -> tuple[tuple[int, ...], tuple[str, str] | None]:
        """So many years to repair on a day, from the first; or none, and why, in both languages."""
        if not self.left:
            return (), NOTHING_TO_REPAIR
        possible = self.left_on(on)
        if not possible:
            return (), (
                f"It is too late to repair ({self.terms.clause}): that was possible before {self.until}.",
                f"按通知{self.terms.clause}，{self.until} 前才能补缴断保年度，现已逾期。",
            )
        if wanted > len(possible):
            most = len(possible)
            return (), (f"At most {most} can be repaired.", f"最多可补缴 {most} 年。")
        return possible[:wanted], None

    def possible(self, on: date) -> bool:
        """Whether a year can be repaired on a day."""
        return bool(self.left_on(on))


def repairing(
    due: Due, known: RepairStanding, now: datetime, stated: Stated | None = None
) -> Repairing | None:
    """What can be repaired by what was `stated`, else by the newest assessment; None: nothing is offered."""
    if due.state == "cancelled":
        return None
    completed_at = known.paid_at or (due.exempt_at if due.state == "exempt" else None)
    for segment in _segments(stated or due.newest, completed_at or now, known.tier):
        if segment.repair is None:
            continue
        years, done = segment.repair.years, set(known.repaired_years)
        before = min(len(done), len(years))
        left = tuple(year for year in years if year not in done)[: len(years) - before]
        completed_on = business_date(completed_at) if completed_at is not None else None
        repaired_on = business_date(known.repaired_at) if known.repaired_at is not None else None
        return Repairing(segment, segment.repair, before, left, completed_on, repaired_on)
    return None


def _segments(stated: Stated, instant: datetime, tier: int | None) -> Iterator[DueSegment]:
    """What is said of an instant; where only an order or an amount chose the tier, of that one first."""
    every = [
        stated.schedule,
        *(one.schedule for one in sorted(stated.choices, key=lambda one: one.tier != tier)),
    ]
    for schedule in every:
        if (segment := segment_at(schedule, instant)) is not None:
            yield segment


def offers_repair(due: Due) -> bool:
    """Whether any price of a due has lapsed years to repair beside it."""
    every = [due.schedule, *(one.schedule for one in due.choices)]
    return any(segment.repair is not None for schedule in every for segment in schedule)


def whose_repairs(dues: Iterable[Due]) -> list[PersonYear]:
    """The persons and years of dues beside which something can be repaired, in order."""
    return sorted({person_year(due) for due in dues if offers_repair(due)})
