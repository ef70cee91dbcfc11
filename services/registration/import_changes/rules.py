"""What the rows of a file change: each change as one thing, from what to what. A dry run finds the same."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from pydantic import JsonValue

from services.registration.registering.plan import Plan, PlannedEnrollment, PlannedHousehold, PlannedPerson
from services.registration.rosters.rules import Changes, Header, Listed, Turn
from services.registration.statuses.rules import Version
from services.registration.surveys.rules import Beside, LeftOut, SurveyRow

Kind = Literal[
    "registered",
    "moved",
    "number_added",
    "details_changed",
    "enrolled",
    "choices_changed",
    "status_begun",
    "status_changed",
    "status_ended",
    "listed",
    "listing_changed",
    "left_out",
    "year_known",
]
KINDS: tuple[str, ...] = get_args(Kind)
#: What a file of a kind can change, in the order in which it is told.
KINDS_OF: Mapping[str, tuple[Kind, ...]] = {
    "households": (
        *("registered", "moved", "number_added", "details_changed", "enrolled", "choices_changed"),
    ),
    "statuses": ("status_begun", "status_changed", "status_ended"),
    "survey": ("listed", "listing_changed", "left_out"),
    "history": ("year_known",),
}
#: What of a row of a survey base may differ.
_OF_SURVEY = (
    *(
        "household_no",
        "head",
        "name",
        "sex",
        "born",
        "document_type",
        "address",
        "phone",
        "hukou",
        "hukou_kind",
    ),
    *("answer", "reason", "proof", "said_by", "said_on"),
)
_OF_TURNS: Mapping[str, Kind] = {
    "begun": "status_begun",
    "changed": "status_changed",
    "ended": "status_ended",
}


@dataclass(frozen=True, slots=True)
class Value:
    """A member that was something and is something else; None: nothing."""

    field: str
    before: JsonValue
    after: JsonValue


@dataclass(frozen=True, slots=True)
class Change:
    """One change, and the row that makes it; who it is, is kept where nobody is on record."""

    kind: Kind
    line: int | None
    person_id: int | None
    values: tuple[Value, ...]
    name: str | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who lives in a household."""

    person_id: int
    household_id: int


def moving(plan: Plan) -> dict[int, PlannedHousehold]:
    """The households that move to another village, by id: whoever lives there goes along."""
    found: dict[int, PlannedHousehold] = {}
    for home in plan.households:
        if home.before is not None and home.before.division_code != home.division_code:
            found.setdefault(home.id, home)
    return found


def of_plan(plan: Plan, members: Sequence[Member], *, dry_run: bool) -> list[Change]:
    """What registering rows changes, in the order of the file.

    `members` are those of the households that move: who has no row that moves them goes along by the row of
    the head. Whom a dry run registers has no id: it was taken back with the rest.
    """
    enrolled = {id(one.person): one for one in plan.enrollments}
    found = [
        change
        for person in sorted(plan.people, key=lambda one: one.line)
        for change in _of_person(person, enrolled.get(id(person)))
    ]
    told = {one.person_id for one in found if one.kind in ("registered", "moved")}
    homes = moving(plan)
    found += [_along(one, homes[one.household_id]) for one in members if one.person_id not in told]
    found.sort(key=lambda one: one.line or 0)
    return [_without_id(one) if dry_run and one.kind == "registered" else one for one in found]


def _along(member: Member, home: PlannedHousehold) -> Change:
    """Somebody without a row, who moves with the household."""
    assert home.before is not None, "what is new has not moved"
    place = Value("division_code", home.before.division_code, home.division_code)
    return Change("moved", home.head.line if home.head is not None else None, member.person_id, (place,))


def _without_id(change: Change) -> Change:
    return Change(change.kind, change.line, None, change.values, change.name, change.number)


def _of_person(person: PlannedPerson, enrollment: PlannedEnrollment | None) -> Iterator[Change]:
    if person.before is None:
        yield _registered(person, enrollment)
        return
    parts: tuple[tuple[Kind, Sequence[Value]], ...] = (
        ("moved", _place(person)),
        ("number_added", [Value("number", None, one.number) for one in person.new_documents]),
        ("details_changed", [*_details(person), *_household(person, person.household)]),
        *(() if enrollment is None else (_of_enrollment(enrollment),)),
    )
    for kind, values in parts:
        if values:
            yield Change(kind, person.line, person.id, tuple(values))


def _registered(person: PlannedPerson, enrollment: PlannedEnrollment | None) -> Change:
    home = person.household
    values = [
        Value("division_code", None, home.division_code),
        Value("household_no", None, home.household_no),
    ]
    if enrollment is not None:
        values.append(Value("coverage_year", None, enrollment.coverage_year))
    described = person.described
    number = described.documents[0].number
    return Change("registered", person.line, person.id, tuple(values), described.name, number)


def _place(person: PlannedPerson) -> list[Value]:
    before, now = person.before, person.household
    assert before is not None, "whoever is new has not moved"
    return _differing(
        ("division_code", before.division_code, now.division_code),
        ("household_no", before.household_no, now.household_no),
    )


def _details(person: PlannedPerson) -> list[Value]:
    """What is known of the person; the name differs at most in how it is written."""
    before, described = person.before, person.described
    assert before is not None, "of whoever is new nothing differs"
    if not person.changed:
        return []
    facts = sorted(before.facts.keys() | person.facts.keys())
    found = _differing(
        ("name", before.name, described.name),
        ("sex", before.sex, described.sex),
        ("born", before.born.isoformat(), described.born.isoformat()),
        *((name, before.facts.get(name), person.facts.get(name)) for name in facts),
    )
    if person.guardian is not None and before.guardian_id != person.guardian.id:
        found.append(Value("guardian", None, described.guardian))
    return found


def _household(person: PlannedPerson, household: PlannedHousehold) -> list[Value]:
    """What changes of the household as a whole, told of each of its rows."""
    before = household.before
    if before is None or not household.changed:
        return []
    found = _differing(("address", before.address, household.address))
    if household.head is person:
        return found + _differing(("is_head", before.head_id == person.id, True))
    if household.head is not None:
        known = household.head.id if household.head.before is not None else None
        return found + _differing(("head_id", before.head_id, known))
    return found + _differing(("head_id", before.head_id, household.head_known or before.head_id))


def _of_enrollment(enrollment: PlannedEnrollment) -> tuple[Kind, list[Value]]:
    before = enrollment.before
    tiers = (before.tier if before is not None else None), enrollment.tier
    add_ons = [*(before.add_ons if before is not None else ())], [*enrollment.add_ons]
    choices = _differing(("tier", *tiers), ("add_ons", ", ".join(add_ons[0]), ", ".join(add_ons[1])))
    if enrollment.kind == "changed":
        return "choices_changed", choices
    state = before.state if before is not None else None
    year = Value("coverage_year", None, enrollment.coverage_year)
    return "enrolled", [year, *_differing(("state", state, "registered"))]


def of_roster(header: Header, rows: Sequence[Listed], changes: Changes) -> list[Change]:
    """What rows of a roster change, in the order of the file."""
    by_number = {row.number: row for row in rows if row.problem is None}
    found = [_of_turn(header, turn, by_number.get(turn.number)) for turn in changes.turns]
    return sorted(found, key=lambda one: one.line or 0)


def _of_turn(header: Header, turn: Turn, row: Listed | None) -> Change:
    before, after = turn.before, turn.after
    values = (
        Value(
            "status",
            None if turn.what == "begun" else header.status,
            None if turn.what == "ended" else header.status,
        ),
        *_differing(
            *(
                (name, _of_version(before, name), _of_version(after, name))
                for name in ("status_class", "grade", "effective_on", "ended_on", "department")
            )
        ),
    )
    kind = _OF_TURNS[turn.what]
    if row is None:
        return Change(kind, None, None, values, None, turn.number)
    if row.person_id is not None:
        return Change(kind, row.line, row.person_id, values)
    return Change(kind, row.line, None, values, row.name, row.number)


def _of_version(version: Version | None, name: str) -> JsonValue:
    return _plain(getattr(version, name)) if version is not None else None


def _plain(value: object) -> JsonValue:
    if isinstance(value, date):
        return value.isoformat()
    assert value is None or isinstance(value, str | int), "what differs are texts, numbers and days"
    return value


def of_survey(rows: Sequence[SurveyRow], beside: Sequence[Beside]) -> list[Change]:
    """What rows of a survey file change in the bases of their villages."""
    by_line = {row.line: row for row in rows}
    return [_of_row(by_line[one.line], one) for one in beside]


def _of_row(row: SurveyRow, beside: Beside) -> Change:
    names = ("household_no", "answer", "reason") if beside.is_new else _OF_SURVEY
    values = _differing(
        *((name, _plain(getattr(beside, name)), _plain(getattr(row, name))) for name in names),
    )
    if beside.is_new:
        values.insert(0, Value("division_code", None, row.division_code))
    kind: Kind = "listed" if beside.is_new else "listing_changed"
    return Change(kind, row.line, beside.person_id, tuple(values), row.name, row.number)


def of_left_out(people: Sequence[LeftOut]) -> list[Change]:
    """Whom a survey file names no longer."""
    return [
        Change(
            "left_out",
            None,
            one.person_id,
            (
                Value("division_code", one.division_code, None),
                Value("household_no", one.household_no, None),
            ),
            one.name,
            one.number,
        )
        for one in people
    ]


def of_year(
    line: int, person_id: int | None, number: str, year: int, where: Mapping[str, str | None]
) -> Change:
    """A year of which a file of history says something new."""
    values = [Value("coverage_year", None, year), *(Value(name, None, said) for name, said in where.items())]
    return Change("year_known", line, person_id, tuple(one for one in values if one.after), None, number)


def _differing(*pairs: tuple[str, JsonValue, JsonValue]) -> list[Value]:
    return [Value(*pair) for pair in pairs if pair[1] != pair[2]]
