"""What a unit may list: how a line is read, until when, and what a newer list changes."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, JsonValue, ValidationError

from libs.common.dates import instant_of, second_of
from libs.common.policy.engine.contract import Day, Positive
from libs.common.policy.format.work_rules import UnitRule
from libs.common.web.problems import FieldError, Problem
from libs.common.web.translations import row_errors
from services.registration.enrollments.rules import State
from services.registration.people.rules import Described, Facts, MemberGiven, described
from services.registration.registering.problems import DUPLICATE_IN_INPUT, ROW_INVALID
from services.registration.units.problems import EVENT_DAY_MISSING, LATE

#: What becomes of a line: a new person, a known one newly enrolled, one whom somebody else had enrolled, one
#: who stood on the list before, or nobody.
LineResult = Literal["registered", "enrolled", "listed", "kept", "refused"]
#: What somebody should look at, on the list and in its dry run: another unit lists them too; they were paid
#: for (by their household, say) before this unit listed them.
Trouble = Literal["on_two_lists", "paid_before"]
#: Digits of a digest that number a household of one: a unit lists some thousands.
_DIGITS = 12


class LineGiven(MemberGiven):
    """One line of a unit's list: a person, as in a household, with the day on which the unit took them in."""

    tier: Positive | None = None
    event_on: Annotated[Day | None, Field(description="asked for where the notice has such an event")] = None


@dataclass(frozen=True, slots=True)
class ListLine:
    """A line that could be read; `line` counts from 1."""

    line: int
    person: Described
    tier: int | None
    event_on: date | None

    @property
    def numbers(self) -> tuple[str, ...]:
        """The numbers by which the person is found."""
        return tuple([document.number for document in self.person.documents])


@dataclass(frozen=True, slots=True)
class GivenLine:
    """A line as it was sent, or why nobody can read it; `place` tells the sheet of a workbook."""

    line: int
    given: JsonValue | Problem
    place: str | None = None


@dataclass(slots=True)
class Reading:
    """The lines of a list that could be read, and why the others could not, by line."""

    lines: list[ListLine]
    refused: dict[int, Problem]


def read_lines(
    given: Sequence[GivenLine],
    rule: UnitRule,
    today: date,
    faults_of: Callable[[ValidationError], list[FieldError]] = row_errors,
) -> Reading:
    """Read a list; what the unit vouches for goes with every line. A number may stand in it once."""
    read, first = Reading([], {}), dict[str, int]()
    for one in given:
        number = one.line
        if isinstance(one.given, Problem):
            read.refused[number] = one.given
            continue
        try:
            line = LineGiven.model_validate(one.given, context={"today": today})
        except ValidationError as error:
            read.refused[number] = ROW_INVALID.problem(errors=faults_of(error))
            continue
        person = described(line, line.facts() | vouched(rule))
        twice = [place for d in person.documents if (place := first.setdefault(d.number, number)) != number]
        if twice:
            read.refused[number] = DUPLICATE_IN_INPUT.problem(first_line=twice[0])
        elif event_of(rule) is not None and line.event_on is None:
            read.refused[number] = EVENT_DAY_MISSING.problem(clause=rule.clause)
        else:
            read.lines.append(ListLine(number, person, line.tier, line.event_on))
    return read


def vouched(rule: UnitRule) -> Facts:
    """What people are by being listed by such a unit, in the form of the contract."""
    listed_as, facts = rule.listed_as, Facts()
    if listed_as is None:
        return facts
    if listed_as.school is not None:
        facts["school"] = listed_as.school
    if listed_as.service is not None:
        facts["service"] = {"kind": listed_as.service, "stationed": bool(listed_as.stationed_here)}
    return facts


def event_of(rule: UnitRule) -> str | None:
    """What happened to everybody whom such a unit lists."""
    return None if rule.listed_as is None else rule.listed_as.event


def is_late(rule: UnitRule, now: datetime) -> bool:
    """Whether the deadline is over: the last second that the notice names still counts."""
    return rule.by is not None and second_of(now) >= rule.by


def late(rule: UnitRule) -> Problem:
    """Why nobody new is taken, and where such people go."""
    assert rule.by is not None, "who has no deadline is never late"
    instead = None if rule.late is None else {"zh": rule.late.zh, "en": rule.late.en}
    closed_at = instant_of(rule.by - 1).isoformat()
    return LATE.problem(closed_at=closed_at, clause=rule.clause, instead=instead)


def last_second(rule: UnitRule) -> datetime | None:
    """The last second in which such a unit may list people."""
    return None if rule.by is None else instant_of(rule.by - 1)


def home_of(code: str, digest: str) -> str:
    """The number of the household of one in which a unit's new person is registered; always the same."""
    return f"{code}-{digest[:_DIGITS]}"


@dataclass(frozen=True, slots=True)
class OnList:
    """Somebody on the list of a unit."""

    person_id: int
    line_no: int
    listed_at: datetime


def troubles_of(
    state: str | None, completed_at: datetime | None, listed_at: datetime, others: Collection[str]
) -> list[Trouble]:
    """What should be looked at; `others` are the codes of other units that list the person."""
    found: list[Trouble] = ["on_two_lists"] if others else []
    if state == "paid" and completed_at is not None and completed_at < listed_at:
        found.append("paid_before")
    return found


@dataclass(frozen=True, slots=True)
class OnLists:
    """Which part of a unit's list is wanted."""

    after: int
    limit: int
    state: State | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """What a newer list changes: whom it adds, whom it keeps, and whom it leaves out. Nobody loses cover."""

    added: tuple[int, ...]
    kept: tuple[int, ...]
    left_out: tuple[OnList, ...]

    @property
    def changes(self) -> bool:
        """Whether there is a new version at all."""
        return bool(self.added or self.left_out)


def difference(before: Mapping[int, OnList], people: Iterable[int]) -> Difference:
    """Compare a list with those who are on it by now."""
    after = set(people)
    return Difference(
        added=tuple(sorted(after - before.keys())),
        kept=tuple(sorted(after & before.keys())),
        left_out=tuple([one for person, one in sorted(before.items()) if person not in after]),
    )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is kept of a list: by person the line, what changes, and how many lines were refused, or late."""

    line_of: Mapping[int, int]
    difference: Difference
    refused: int
    late: int
