"""What a life and the model have to know of a notice: plain days, words and amounts.

`noticing` takes them out of the notice's own file, so that a new county needs no code. What follows from them
is the model's own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8))
#: After every season: everything is closed, and looked at.
AT_THE_END = datetime(2023, 1, 1, tzinfo=SHANGHAI)


@dataclass(frozen=True, slots=True)
class StatusKind:
    """A status that people may have, with the classes and grades that the notice knows."""

    code: str
    classes: Sequence[str | None] = (None,)
    grades: Sequence[int | None] = (None,)


@dataclass(frozen=True, slots=True)
class Selector:
    """Whom of a status one rule helps. Without classes or grades it is everybody."""

    status: str
    classes: frozenset[str] = frozenset()
    grades: frozenset[int] = frozenset()
    not_grades: frozenset[int] = frozenset()

    def fits(self, status_class: str | None, grade: int | None) -> bool:
        """Whether it takes somebody of this class and grade."""
        return (
            (not self.classes or status_class in self.classes)
            and (not self.grades or grade in self.grades)
            and grade not in self.not_grades
        )


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Statuses that take their help with them when they end from a day on and before another."""

    statuses: frozenset[str]
    first: date
    until: date


@dataclass(frozen=True, slots=True)
class Deadline:
    """One handover of the notice, and the days that it accounts for."""

    id: str
    series: str
    first: date
    last: date
    due_on: date


@dataclass(frozen=True, slots=True)
class Terms:
    """One notice. `first` and `last` bound what may happen; `main` are the days of its main windows."""

    county: str
    year: int
    first: date
    last: date
    main: tuple[date, date]
    borders: Sequence[date]
    opens: Sequence[date]
    #: What may open a window for one person, besides a birth and a status.
    events: Sequence[str]
    #: Values that the notice leaves open, as the bureau supplies them before the season.
    supplied: Mapping[str, int]
    deadlines: Sequence[Deadline]
    cancelled: Sequence[Cancelled]
    statuses: Sequence[StatusKind]
    selectors: Sequence[Selector]
    #: What people without help pay, and what those with a status (and class or grade) may have to pay.
    prices_fen: Sequence[int]
    helped_fen: Mapping[str, Sequence[int]]
    tiers: Sequence[int]
    same_tier: bool
    together: bool
    #: Whether help that was due before a payment is given back whenever that turns out.
    helps_any_time: bool
    #: Whether nobody may move after paying.
    locks: bool
    #: From when to when the windows are open that open for everybody.
    plain: Sequence[tuple[datetime, datetime]]
    #: How money is taken by hand, and whether a collector may bring it to the bank without a review.
    by_hand: Sequence[str]
    deposits: bool
    #: Since which year a year without insurance makes somebody wait; None where none does.
    counted_from: int | None

    def alike(
        self, status: str, one: tuple[str | None, int | None], other: tuple[str | None, int | None]
    ) -> bool:
        """Whether the same rules help two versions of a status."""
        return all(
            selector.fits(*one) == selector.fits(*other)
            for selector in self.selectors
            if selector.status == status
        )

    def counted_until(self, completed_at: datetime, now: datetime) -> date:
        """Up to which day rosters change who bears: the end of the handover that counts the grant first."""
        completed_on, today = day_of(completed_at), day_of(now)
        ends = [one.last for one in self.deadlines if one.first <= completed_on <= one.last]
        return min(today, min(ends)) if ends else max(today, completed_on)


def start(day: date) -> datetime:
    """The first instant of a day."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def day_of(at: datetime) -> date:
    """The day of an instant."""
    return at.astimezone(SHANGHAI).date()
