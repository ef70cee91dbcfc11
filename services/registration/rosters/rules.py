"""What a row of a roster may say, and what a roster changes beside the statuses on record."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StrictInt, ValidationError, field_validator
from pydantic_core.core_schema import ValidationInfo

from libs.common.identity import DocumentType
from libs.common.names import normalize_name
from libs.common.policy.engine.contract import Contract, Day
from libs.common.policy.engine.contract import Said as Meant
from libs.common.web.problems import Problem
from libs.common.web.translations import row_errors
from services.registration.people.rules import Fault, IdNumber, Name, Text
from services.registration.registering.problems import OTHER_NAME, ROW_INVALID
from services.registration.rosters import problems as reasons
from services.registration.statuses.rules import Said, Statement, Version, history

Mode = Literal["add", "remove", "replace"]
Grade = Annotated[
    StrictInt,
    Field(ge=1, le=10),
    Meant("must be a whole number from 1 to 10", "须为 1 至 10 的整数"),
]
StatusClass = Annotated[Text, Field(min_length=1, max_length=60)]


class RosterRow(Contract):
    """One person of a roster, and since when the status holds."""

    document_type: DocumentType | None = None
    id_number: IdNumber
    name: Annotated[Name | None, Field(description="checked against the registered name, if given")] = None
    effective_on: Day
    ended_on: Annotated[Day | None, Field(description="the first day without the status")] = None
    status_class: StatusClass | None = Field(default=None, alias="class")
    grade: Grade | None = None

    @field_validator("ended_on")
    @classmethod
    def _begins_before(cls, ended_on: date | None, info: ValidationInfo) -> date | None:
        effective_on = info.data.get("effective_on")
        if ended_on is not None and effective_on is not None and ended_on < effective_on:
            raise Fault("lies before effective_on", "早于生效日期")
        return ended_on


@dataclass(frozen=True, slots=True)
class Header:
    """What a roster says about all of its rows."""

    county: str
    coverage_year: int
    status: str
    department: str
    listed_on: date
    mode: Mode


@dataclass(slots=True)
class Listed:
    """One row of a roster: a person and the validity of the status."""

    line: int
    number: str
    name: str | None
    effective_on: date
    ended_on: date | None
    status_class: str | None
    grade: int | None
    problem: Problem | None = None
    document_type: str = DocumentType.RESIDENT_ID
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """The registered person of a number."""

    person_id: int
    name: str
    division_code: str


@dataclass(frozen=True, slots=True)
class Stated:
    """What is said of a person by one row: to be kept, and folded with what was said before."""

    number: str
    name: str | None
    said: Said
    status_class: str | None
    grade: int | None
    effective_on: date
    ended_on: date | None
    listed_on: date


@dataclass(frozen=True, slots=True)
class Turn:
    """How the history of a number changed: the version that was, and the one that is instead."""

    number: str
    what: Literal["begun", "changed", "ended"]
    before: Version | None
    after: Version | None


@dataclass(slots=True)
class Changes:
    """What the roster says that was not said before, and what became of the rows.

    `touched` are the numbers whose history changed, `turns` say how.
    """

    stated: list[Stated] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    turns: list[Turn] = field(default_factory=list)
    rejected: list[tuple[int, Problem]] = field(default_factory=list)
    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    not_registered_yet: int = 0


#: What was said before, by number.
OnRecord = Mapping[str, Sequence[Statement]]


def read_row(given: object, line: int, defaults: Mapping[str, object], today: date) -> Listed | Problem:
    """Read one row; class, grade and effective day may come from the header (`defaults`)."""
    if isinstance(given, Mapping):
        given = {**defaults, **{name: value for name, value in given.items() if value is not None}}
    try:
        return listed(RosterRow.model_validate(given, context={"today": today}), line)
    except ValidationError as error:
        return ROW_INVALID.problem(errors=row_errors(error))


def listed(row: RosterRow, line: int) -> Listed:
    """The person of a row, with the validity of the status."""
    return Listed(
        line=line,
        number=row.id_number.number,
        name=row.name,
        effective_on=row.effective_on,
        ended_on=row.ended_on,
        status_class=row.status_class,
        grade=row.grade,
        document_type=str(row.id_number.type),
    )


def decide(
    header: Header,
    rows: Sequence[Listed],
    on_record: OnRecord,
    owners: Mapping[str, Owner],
    named: Collection[str] = (),
) -> Changes:
    """Compare rows with what was said before; for `replace`, `on_record` is everybody with the status.

    `named` are the numbers of the whole roster, where `rows` are a part of it.
    """
    changes = Changes()
    taken: set[str] = set()
    if header.mode == "replace":
        # A faulty row still names somebody: nobody loses a status because of a misspelled date. This is said
        # first: whom the list has under another number, as it turns out one day, is on it.
        _end_missing(header, on_record, {*named, *(row.number for row in rows)}, changes)
    for row in rows:
        before = on_record.get(row.number, ())
        row.problem = row.problem or _fault(row, taken, owners) or _nothing_to_end(header, row, before)
        if row.problem is not None:
            changes.rejected.append((row.line, row.problem))
            continue
        taken.add(row.number)
        _state(header, _stated(header, row), before, changes)
    return changes


def _fault(row: Listed, taken: set[str], owners: Mapping[str, Owner]) -> Problem | None:
    if row.number in taken:
        return reasons.TWICE_ON_ROSTER.problem()
    owner = owners.get(row.number)
    if owner is not None and row.name is not None and normalize_name(owner.name) != normalize_name(row.name):
        return OTHER_NAME.problem()
    return None


def _nothing_to_end(header: Header, row: Listed, before: Sequence[Statement]) -> Problem | None:
    if header.mode != "remove":
        return None
    end = row.ended_on or header.listed_on
    if any(version.ended_on is None or version.ended_on > end for version in history(before)):
        return None
    return reasons.NOT_ON_ROSTER.problem()


def _stated(header: Header, row: Listed) -> Stated:
    return Stated(
        number=row.number,
        name=row.name,
        said="remove" if header.mode == "remove" else "add",
        status_class=row.status_class,
        grade=row.grade,
        effective_on=row.effective_on,
        ended_on=row.ended_on,
        listed_on=header.listed_on,
    )


def _state(header: Header, stated: Stated, before: Sequence[Statement], changes: Changes) -> None:
    """Keep what is said, unless the very same was said on the same day, and count what it changes.

    What was struck out since and is said again counts after that, whichever day its paper bears.
    """
    number = 1 + max((said.id for said in before), default=0)
    newest = statement_of(header, stated, number)
    if any(newest.repeats(said) for said in before):
        if stated.said == "remove" or any(v.holds_on(stated.effective_on) for v in history(before)):
            changes.unchanged += 1
            return
        stated = replace(stated, listed_on=max(said.listed_on for said in before))
        newest = statement_of(header, stated, number)
    changes.stated.append(stated)
    known, now = history(before), history([*before, newest])
    if known == now:
        changes.unchanged += 1
        return
    changes.touched.add(stated.number)
    what: Literal["begun", "changed", "ended"] = "changed"
    if stated.said == "remove":
        what = "ended"
        changes.removed += 1
    elif len(_runs(now)) > len(_runs(known)):
        what = "begun"
        changes.added += 1
    else:
        changes.changed += 1
    changes.turns.append(Turn(stated.number, what, _last_beside(known, now), _last_beside(now, known)))


def statement_of(header: Header, stated: Stated, number: int) -> Statement:
    """What is said, as it is folded."""
    return Statement(
        id=number,
        said=stated.said,
        effective_on=stated.effective_on,
        ended_on=stated.ended_on,
        status_class=stated.status_class,
        grade=stated.grade,
        listed_on=stated.listed_on,
        department=header.department,
    )


def _last_beside(versions: Sequence[Version], others: Sequence[Version]) -> Version | None:
    """The last version that the others have not."""
    return next((one for one in reversed(versions) if one not in others), None)


def _runs(versions: Sequence[Version]) -> set[date]:
    return {version.identified_on for version in versions}


def _end_missing(header: Header, on_record: OnRecord, named: set[str], changes: Changes) -> None:
    for number in sorted(on_record.keys() - named):
        before = on_record[number]
        last = max(history(before), key=lambda version: version.effective_on, default=None)
        if last is None or last.department != header.department:
            continue
        if last.ended_on is None or last.ended_on > header.listed_on:
            ended = Stated(
                number=number,
                name=None,
                said="remove",
                status_class=last.status_class,
                grade=last.grade,
                effective_on=header.listed_on,
                ended_on=None,
                listed_on=header.listed_on,
            )
            _state(header, ended, before, changes)
