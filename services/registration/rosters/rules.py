"""Answers "what does this roster change?": compares its rows with the statuses on record."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from libs.common.names import normalize_name
from libs.common.web.problems import Problem
from services.registration.people.rules import Faults, check_texts, read_date, read_name, read_number
from services.registration.registering.problems import OTHER_NAME, ROW_INVALID
from services.registration.rosters import problems as reasons

MODES = ("add", "remove", "replace")


@dataclass(frozen=True, slots=True)
class Header:
    """What a roster says about all of its rows."""

    county: str
    year: int
    status: str
    department: str
    listed_on: date
    mode: str


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


def read_row(given: Any, line: int, defaults: Mapping[str, Any], today: date) -> Listed | Problem:
    """Read one row; class, grade and effective day may come from the header (`defaults`)."""
    if not isinstance(given, Mapping):
        return ROW_INVALID.problem("The row must be an object.", "该行须为对象。")
    faults = Faults()
    document = read_number(given.get("document_type"), given.get("id_number"), today, "#/id_number", faults)
    name = read_name(given["name"], "#/name", faults) if given.get("name") is not None else None
    effective_on = read_date(
        given.get("effective_on") or defaults.get("effective_on"), "#/effective_on", faults
    )
    if effective_on is None and not faults:
        faults.add("#/effective_on", "is needed: since when the status holds", "必填：身份生效日期")
    ended_on = read_date(given.get("ended_on"), "#/ended_on", faults)
    if effective_on and ended_on and ended_on < effective_on:
        faults.add("#/ended_on", "lies before effective_on", "早于生效日期")
    status_class = given.get("class") or defaults.get("class")
    if status_class is not None and not isinstance(status_class, str):
        faults.add("#/class", "must be text", "须为文本")
    elif status_class is not None:
        check_texts([status_class], "#/class", faults)
    grade = given.get("grade", defaults.get("grade"))
    if grade is not None and (type(grade) is not int or not 1 <= grade <= 10):
        faults.add("#/grade", "must be a whole number from 1 to 10", "须为 1 至 10 的整数")
    if faults or document is None or effective_on is None:
        return ROW_INVALID.problem(errors=faults.found)
    return Listed(line, document.number, name, effective_on, ended_on, status_class, grade)


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
            0,
            known.number,
            known.name,
            known.effective_on,
            ended_on,
            known.status_class,
            known.grade,
        )
        changes.tags.append((ended, known.listed_on))


def _remove_missing(header: Header, known: Iterable[Tag], named: set[str], changes: Changes) -> None:
    for tag in known:
        gone = tag.number not in named and tag.department == header.department
        if gone and (tag.ended_on is None or tag.ended_on > header.listed_on):
            _end(tag, header.listed_on, changes)
