"""What a snapshot is made of, how its units stand against goals and each other, and how it is kept.

A unit is that of the notice's tasks: a township, or a village.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, Literal, get_args

from libs.common.dates import instant_of
from libs.common.divisions import CODE_LENGTH
from libs.common.policy import Notice
from libs.common.policy.engine.goals import Figures, Group, Reached, reached
from libs.common.policy.engine.reports import end_of, season_of
from services.registration.statuses.rules import Recorded

FigureKind = Literal["population", "employees"]
FIGURE_KINDS: tuple[str, ...] = get_args(FigureKind)
#: What a ticket may be about that was entered wrongly; a death is news.
ENTRY_KINDS = ("name", "number", "status", "household", "place")
#: Answers of people who have cover somewhere else.
ELSEWHERE = ("employee_insurance", "insured_elsewhere", "school")
#: Before the payer in the name of a number: what that payer granted.
HELP = "help "
_TOWNSHIP_DIGITS = 9
#: A city counts its counties, a county its townships, a township its villages.
_DIGITS = {"city": 6, "county": _TOWNSHIP_DIGITS, "township": CODE_LENGTH}
_TWO_DECIMALS = 100
_HUNDRED = 100
#: Measures that grow from nothing while people enroll.
_GROWING = ("task_completion", "enrollment_rate", "entry_rate")
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Number:
    """A number or a sum of a unit, by its name: a state of enrollments, say, or the help of a payer."""

    unit: str
    name: str
    value: int


@dataclass(frozen=True, slots=True)
class OfDay:
    """How many became complete on a day, and how many were by its end."""

    completed_on: date
    completed: int
    complete: int


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody whom rosters name: where and how the enrollment stands."""

    person_id: int
    unit: str
    enrolled: bool
    completed_at: datetime | None
    wrong: bool
    dead: bool


@dataclass(frozen=True, slots=True)
class Held:
    """People alike whom rosters name once with each status. `held` are pairs of status and listing day.

    They are registered nowhere where `unit` is None. Of `completed_at` the month is told.
    """

    unit: str | None
    held: Sequence[str]
    enrolled: bool | None
    completed_at: datetime | None
    wrong: bool
    dead: bool
    people: int


@dataclass(frozen=True, slots=True)
class Said(Recorded):
    """What a roster says, of a person or of a number that nobody registered has."""

    number_digest: bytes


@dataclass(frozen=True, slots=True)
class Entered:
    """A figure that an office entered."""

    division_code: str
    kind: str
    value: int
    dated_on: date
    source: str
    entered_by: str
    entered_at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """All that the store found for an instant."""

    numbers: Sequence[Number]
    held: Sequence[Held]
    said: Sequence[Said]
    holders: Sequence[Holder]
    entered: Sequence[Entered]
    has_schools: bool
    has_cards: bool
    not_told: int


@dataclass(frozen=True)
class Snapshot:
    """How far a season is at an instant. Of `not_told` people nobody kept how they stood then."""

    as_of: datetime
    units: Mapping[str, Figures]
    total: Figures
    not_told: int = 0
    #: People whom rosters name and nobody registered: they are in the total, in no unit.
    unplaced_people: int = 0
    #: By which it is known where it is kept.
    kept_id: int | None = None


def asks_for_cards(notice: Notice) -> bool:
    """Whether a goal, or an item of the score, is about accounts of cards on record."""
    document = notice.document
    items = document.score.items if document.score is not None else ()
    measured = {goal.measure for goal in document.goals} | {name for one in items for name in one.measures}
    return "account_capture" in measured


def digits_of(notice: Notice) -> int:
    """How much of a division code names a unit.

    It is that of the tasks of the notice, or else what an office of its level counts.
    """
    rows = notice.targets.rows if notice.targets else ()
    if any(not row.division.endswith("000") for row in rows):
        return CODE_LENGTH
    return _TOWNSHIP_DIGITS if rows else _DIGITS[notice.document.notice.level]


def unit_of(division_code: str, digits: int) -> str:
    """The unit in which a village lies."""
    return division_code[:digits].ljust(CODE_LENGTH, "0")


def goals_reached(notice: Notice, figures: Figures, *, total: bool) -> list[Reached]:
    """How the goals of the notice stand: those of the county for the total alone."""
    return [reached(goal, figures) for goal in notice.document.goals if total or goal.per == "township"]


def ranks(notice: Notice, units: Mapping[str, Figures]) -> dict[str, int]:
    """Places by the completion of the task, or else by the first goal that can be told; equals share one."""
    told = {unit: percent for unit, one in units.items() if (percent := _ranked_by(notice, one)) is not None}
    return {unit: 1 + sum(other > percent for other in told.values()) for unit, percent in told.items()}


def _ranked_by(notice: Notice, figures: Figures) -> Fraction | None:
    if figures.task:
        return Fraction(figures.enrolled, figures.task)
    for goal in notice.document.goals:
        if goal.per == "township" and (percent := reached(goal, figures).share.percent) is not None:
            return percent
    return None


def percent_words(percent: Fraction) -> str:
    """A percentage with two decimals. The rest is cut off: 96.999 has not reached 97."""
    hundredths = int(percent * _TWO_DECIMALS)
    return f"{hundredths // _TWO_DECIMALS}.{hundredths % _TWO_DECIMALS:02d}"


def elapsed(notice: Notice, day: date) -> Fraction:
    """How much of the season has passed, in percent: the straight line to a goal of all."""
    first, last = season_of(notice)
    passed, whole = (day - first).days + 1, (last - first).days + 1
    return Fraction(_HUNDRED * max(min(passed, whole), 0), whole)


def target_of(notice: Notice, division: str) -> int | None:
    """The task of a county, or of one of its units; None where the notice sets none."""
    if not notice.targets:
        return None
    if notice.division.startswith(division):
        return notice.targets.stated_total
    tasks = [row.task for row in notice.targets.rows if row.division.startswith(division)]
    return sum(tasks) if tasks else None


def behind(notice: Notice, figures: Figures, day: date, margin: int, *, total: bool) -> list[Reached]:
    """The goals that are more than so many points behind the straight line of their season.

    What grows as people enroll has such a line; how right the entries are has none.
    """
    line = elapsed(notice, day)
    return [
        one
        for one in goals_reached(notice, figures, total=total)
        if one.goal.measure in _GROWING
        and (percent := one.share.percent) is not None
        and percent < line * Fraction(one.goal.percent) / _HUNDRED - margin
    ]


def dates_named(notice: Notice) -> dict[datetime, list[str]]:
    """The instants that a notice asks figures of: ends of windows, deadlines, items of a score."""
    named: dict[datetime, list[str]] = defaultdict(list)
    for window in notice.document.windows:
        if window.event is None:
            named[instant_of(window.to) - _SECOND].append(window.clause)
    for deadline in notice.document.deadlines:
        named[instant_of(deadline.by) - _SECOND].append(deadline.clause)
    for item in notice.document.score.items if notice.document.score else ():
        if item.as_of is not None:
            named[end_of(item.as_of)].append(item.clause)
    return dict(sorted(named.items()))


def frozen(made: Snapshot) -> dict[str, object]:
    """A snapshot as it is kept."""
    return {
        "units": {unit: asdict(one) for unit, one in made.units.items()},
        "total": asdict(made.total),
        "not_told": made.not_told,
        "unplaced_people": made.unplaced_people,
    }


def thawed(kept: dict[str, Any], as_of: datetime, kept_id: int) -> Snapshot:
    """A snapshot as it was kept."""
    units = {unit: _figures(one) for unit, one in kept["units"].items()}
    total = _figures(kept["total"])
    return Snapshot(as_of, units, total, kept["not_told"], kept["unplaced_people"], kept_id)


def _figures(kept: dict[str, Any]) -> Figures:
    groups = {
        name: {key: Group(**group) for key, group in kept[name].items()} for name in ("groups", "statuses")
    }
    return Figures(**{**kept, **groups})
