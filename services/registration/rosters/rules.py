"""What a row of a roster may say, and what a roster changes beside the statuses on record."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StrictInt, ValidationError, field_validator
from pydantic_core.core_schema import ValidationInfo

from libs.common.identity import DocumentType
from libs.common.names import normalize_name
from libs.common.policy.engine.contract import Contract, Day, Said
from libs.common.web.problems import Problem
from libs.common.web.translations import row_errors
from services.registration.people.rules import Fault, IdNumber, Name, Text
from services.registration.registering.problems import OTHER_NAME, ROW_INVALID
from services.registration.rosters import problems as reasons

Mode = Literal["add", "remove", "replace"]
Grade = Annotated[
    StrictInt,
    Field(ge=1, le=10),
    Said("must be a whole number from 1 to 10", "须为 1 至 10 的整数"),
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


@dataclass(frozen=True, slots=True)
class Tag:
    """A status as it is believed now."""

    id: int
    number: str
    status_class: str | None
    grade: int | None
    department: str
    effective_on: date
    ended_on: date | None
    listed_on: date
    name: str | None = None
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """The registered person of a number."""

    person_id: int
    name: str
    division_code: str


@dataclass(slots=True)
class Changes:
    """What the roster changes: versions to add, versions no longer believed, and what became of the rows."""

    tags: list[tuple[Listed, date]] = field(default_factory=list)
    superseded: list[int] = field(default_factory=list)
    rejected: list[tuple[int, Problem]] = field(default_factory=list)
    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0


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
    )


def decide(
    header: Header, rows: Sequence[Listed], on_record: Iterable[Tag], owners: Mapping[str, Owner]
) -> Changes:
    """Compare rows with what is on record; for `replace`, `on_record` is everybody with the status."""
    changes = Changes()
    tags: dict[str, Tag] = {}
    for tag in on_record:
        known = tags.get(tag.number)
        if known is None or known.effective_on < tag.effective_on:
            tags[tag.number] = tag
    taken: set[str] = set()
    for row in rows:
        row.problem = row.problem or _fault(row, taken, owners)
        if row.problem is not None:
            changes.rejected.append((row.line, row.problem))
            continue
        taken.add(row.number)
        if header.mode == "remove":
            _remove(header, row, tags.get(row.number), changes)
        else:
            _add(header, row, tags.get(row.number), changes)
    if header.mode == "replace":
        # A faulty row still names somebody: nobody loses a status because of a misspelled date.
        _remove_missing(header, tags.values(), {row.number for row in rows}, changes)
    return changes


def _fault(row: Listed, taken: set[str], owners: Mapping[str, Owner]) -> Problem | None:
    if row.number in taken:
        return reasons.TWICE_ON_ROSTER.problem()
    owner = owners.get(row.number)
    if owner is not None and row.name is not None and normalize_name(owner.name) != normalize_name(row.name):
        return OTHER_NAME.problem()
    return None


def _add(header: Header, row: Listed, known: Tag | None, changes: Changes) -> None:
    if known is None or _begins_anew(row, known):
        changes.tags.append((row, header.listed_on))
        changes.added += 1
        return
    same_help = (row.status_class, row.grade) == (known.status_class, known.grade)
    if same_help and (row.effective_on, row.ended_on) == (known.effective_on, known.ended_on):
        changes.unchanged += 1
        return
    # Cut-offs ask when the department first listed the person for this help, not when it mended a date.
    changes.tags.append((row, known.listed_on if same_help else header.listed_on))
    changes.superseded.append(known.id)
    changes.changed += 1


def _begins_anew(row: Listed, known: Tag) -> bool:
    return known.ended_on is not None and row.effective_on >= known.ended_on


def _remove(header: Header, row: Listed, known: Tag | None, changes: Changes) -> None:
    if known is None or (known.ended_on is not None and known.ended_on <= header.listed_on):
        changes.rejected.append((row.line, reasons.NOT_ON_ROSTER.problem()))
        return
    _end(known, row.ended_on or header.listed_on, changes)


def _end(known: Tag, ended_on: date, changes: Changes) -> None:
    """Believe from now on that the status ends; one that never began is not believed any more."""
    changes.superseded.append(known.id)
    changes.removed += 1
    if ended_on > known.effective_on:
        ended = Listed(
            line=0,
            number=known.number,
            name=known.name,
            effective_on=known.effective_on,
            ended_on=ended_on,
            status_class=known.status_class,
            grade=known.grade,
        )
        changes.tags.append((ended, known.listed_on))


def _remove_missing(header: Header, known: Iterable[Tag], named: set[str], changes: Changes) -> None:
    for tag in known:
        gone = tag.number not in named and tag.department == header.department
        if gone and (tag.ended_on is None or tag.ended_on > header.listed_on):
            _end(tag, header.listed_on, changes)
