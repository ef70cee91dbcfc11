"""The true history of a status: what rosters said, folded into what held when and since when it was known.

Rosters may come in any order, twice and late; what counts is the day on which each reached the bureau. A
roster that repeats a known status with another class, grade or date begins a new version on its own day; the
old one stays true for the time before. An unbroken run keeps its first day (the identification) and the day
on which it first arrived; a class counts from its own arrival only where the help differs by class.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal, Protocol

_ONE_DAY = timedelta(days=1)

#: What a roster says of a person: has the status, or has it no longer.
Said = Literal["add", "remove"]


@dataclass(frozen=True, slots=True)
class Statement:
    """What one roster says of one person's status. `ended_on` is the first day without it."""

    id: int
    said: Said
    effective_on: date
    ended_on: date | None
    status_class: str | None
    grade: int | None
    listed_on: date
    department: str

    def repeats(self, other: "Statement") -> bool:
        """Whether another one said the very same on the same day."""
        return self._said() == other._said()

    def _said(self) -> tuple[object, ...]:
        return (
            *(self.said, self.effective_on, self.ended_on, self.status_class, self.grade),
            *(self.listed_on, self.department),
        )


@dataclass(frozen=True, slots=True)
class Recorded(Statement):
    """A statement on record, known from `known_at` on."""

    person_id: int
    coverage_year: int
    status: str
    known_at: datetime


class Versioned(Protocol):
    """Anything of a class and a grade."""

    @property
    def status_class(self) -> str | None: ...
    @property
    def grade(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Arrival:
    """On which day a class and grade of a run reached the bureau."""

    status_class: str | None
    grade: int | None
    listed_on: date


@dataclass(frozen=True, slots=True)
class Version:
    """A status from `effective_on` until the day before `ended_on`, within its run.

    `identified_on` is the first day of the run; `arrivals` are those of the run up to this version, in order.
    """

    status_class: str | None
    grade: int | None
    effective_on: date
    ended_on: date | None
    department: str
    identified_on: date
    arrivals: tuple[Arrival, ...]

    @property
    def listed_on(self) -> date:
        """The day on which this version itself arrived."""
        return self.arrivals[-1].listed_on

    def holds_on(self, day: date) -> bool:
        """Whether the status is in force on a day."""
        return self.effective_on <= day and (self.ended_on is None or day < self.ended_on)


@dataclass(frozen=True, slots=True)
class Counted:
    """A stretch of a run in which the help is the same, as the contract asks about it."""

    status_class: str | None
    grade: int | None
    effective_on: date
    ended_on: date | None
    listed_on: date
    identified_on: date


def history(statements: Iterable[Statement]) -> list[Version]:
    """Fold what rosters said into versions, oldest first; the order of `statements` does not matter."""
    versions: list[Version] = []
    struck: list[Version] = []
    for statement in sorted(statements, key=lambda said: (said.listed_on, said.id)):
        if statement.said == "add":
            versions = _with(statement, versions, struck)
        else:
            versions, gone = _without(statement, versions)
            struck += gone
    return versions


def _with(said: Statement, versions: Sequence[Version], struck: Sequence[Version]) -> list[Version]:
    start, end = said.effective_on, said.ended_on
    before = [v for v in versions if v.effective_on < start]
    replaced = [v for v in versions if start <= v.effective_on and (end is None or v.effective_on < end)]
    after = [v for v in versions if end is not None and v.effective_on >= end]
    run = [*_joined(before[-1:], start), *replaced]
    if not run:
        # What was struck out by mistake and is said again was never gone.
        run = [v for v in struck if start <= v.identified_on or v.effective_on == start][:1]
    if _says_nothing_new(said, before, replaced):
        return list(versions)
    arrivals = _arrivals(run, Arrival(said.status_class, said.grade, said.listed_on))
    version = Version(
        status_class=said.status_class,
        grade=said.grade,
        effective_on=start,
        ended_on=end,
        department=said.department,
        identified_on=min([start, *(v.identified_on for v in run)]),
        arrivals=arrivals,
    )
    if before and (before[-1].ended_on is None or before[-1].ended_on > start):
        before[-1] = replace(before[-1], ended_on=start)
    return [*before, version, *after]


def _joined(last: Sequence[Version], start: date) -> list[Version]:
    """The version before, if the run is not broken in between."""
    return [v for v in last if v.ended_on is None or start <= v.ended_on + _ONE_DAY]


def _says_nothing_new(said: Statement, before: Sequence[Version], replaced: Sequence[Version]) -> bool:
    """Whether a version says the same already: recertified, or the same roster again."""
    known = replaced or before[-1:]
    return (
        len(known) == 1
        and known[0].effective_on <= said.effective_on
        and known[0].ended_on == said.ended_on
        and (known[0].status_class, known[0].grade) == (said.status_class, said.grade)
    )


def _arrivals(run: Sequence[Version], newest: Arrival) -> tuple[Arrival, ...]:
    """All arrivals of the run so far, in the order in which they reached the bureau."""
    earlier = {arrival: None for version in run for arrival in version.arrivals}
    return (*sorted(earlier, key=lambda arrival: arrival.listed_on), newest)


def _without(said: Statement, versions: Sequence[Version]) -> tuple[list[Version], list[Version]]:
    """End the status; versions that would never have begun are struck out."""
    end = said.ended_on or said.listed_on
    kept: list[Version] = []
    struck: list[Version] = []
    for version in versions:
        if version.effective_on >= end:
            struck.append(version)
        elif version.ended_on is None or version.ended_on > end:
            kept.append(replace(version, ended_on=end))
        else:
            kept.append(version)
    return kept, struck


def counted(versions: Sequence[Version], same_help: Callable[[Versioned, Versioned], bool]) -> list[Counted]:
    """What the contract is asked about: neighbours within a run that bring the same help are one.

    A stretch counts from the day on which its own help arrived; until then the one before it goes on.
    """
    stretches: list[Counted] = []
    last: Version | None = None
    for version in versions:
        joined = last is not None and last.identified_on == version.identified_on
        if joined and last is not None and same_help(last, version):
            stretches[-1] = replace(
                stretches[-1],
                status_class=version.status_class,
                grade=version.grade,
                ended_on=version.ended_on,
            )
        else:
            listed_on = _arrived(version, same_help)
            if joined and stretches[-1].ended_on is not None:
                until = max(version.effective_on, listed_on)
                stretches[-1] = replace(stretches[-1], ended_on=max(stretches[-1].ended_on, until))
            stretches.append(
                Counted(
                    status_class=version.status_class,
                    grade=version.grade,
                    effective_on=version.effective_on,
                    ended_on=version.ended_on,
                    listed_on=listed_on,
                    identified_on=version.identified_on,
                )
            )
        last = version
    return stretches


def _arrived(version: Version, same_help: Callable[[Versioned, Versioned], bool]) -> date:
    """The first arrival of the help that the version brings, since which it did not change."""
    first = version.arrivals[-1].listed_on
    for arrival in reversed(version.arrivals):
        if not same_help(arrival, version):
            break
        first = min(first, arrival.listed_on)
    return first
