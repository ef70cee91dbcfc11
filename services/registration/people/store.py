"""SQL of people: finding one, what is on record about one, what was known of one earlier, and corrections."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import (
    Records,
    any_of,
    execute,
    fetch_as,
    fetch_one_as,
    fetch_values,
    statement,
    value_of,
)
from services.registration import tables
from services.registration.enrollments.rules import ACTIVE, OPEN
from services.registration.people.rules import Facts
from services.registration.statuses.rules import Recorded

_PERSON = """p.id, p.county, p.household_id, p.name, p.sex, p.born, p.facts, p.guardian_id, p.known_at,
    h.household_no, h.division_code, h.address, h.head_id"""
_OPENED = (tables.persons.c.name, tables.households.c.address)

_TURN = statement("SELECT pg_advisory_xact_lock(hashtextextended('registering ' || :county, 0))")

_FIND = statement(
    f"""
    SELECT {_PERSON} FROM documents d
    JOIN persons p ON p.id = d.person_id JOIN households h ON h.id = p.household_id
    WHERE d.number_digest = {value_of(tables.documents.c.number_digest, "number")} AND d.type = :type
    ORDER BY p.id
""",
    *_OPENED,
)

_THE = f"""
    SELECT {_PERSON} FROM persons p JOIN households h ON h.id = p.household_id
    WHERE p.id = coalesce((SELECT merged_into FROM persons WHERE id = :id), :id)
"""
_ONE = statement(f"{_THE} AND p.erased_at IS NULL", *_OPENED)
_ANY = statement(_THE, *_OPENED)

_DOCUMENTS = statement(
    "SELECT type, number FROM documents WHERE person_id = :id ORDER BY type, recorded_at, digest",
    tables.documents.c.number,
)
# Of a person with several documents the resident identity card is what offices go by.
_IDENTITIES = statement(
    f"""
    SELECT w.id AS person_id, p.name, h.division_code, d.type, d.number
    FROM persons w JOIN persons p ON p.id = coalesce(w.merged_into, w.id)
    JOIN households h ON h.id = p.household_id
    LEFT JOIN LATERAL (
        SELECT type, number FROM documents WHERE person_id = p.id
        ORDER BY type <> 'resident_id', type, recorded_at, digest LIMIT 1
    ) d ON true
    WHERE w.id {any_of(tables.persons.c.id, "ids")} AND p.erased_at IS NULL ORDER BY w.id
""",
    tables.persons.c.name,
    tables.documents.c.number,
)
_MEMBERS = statement(
    """
    SELECT id, name FROM persons
    WHERE household_id = :id AND merged_into IS NULL AND erased_at IS NULL ORDER BY id
    """,
    tables.persons.c.name,
)
_MERGED = statement("SELECT id FROM persons WHERE merged_into = :id ORDER BY id")
_EVENTS = statement("""
    SELECT id, kind, happened_on, known_at, withdrawn_at FROM life_events
    WHERE person_id = :id ORDER BY happened_on, id
""")
_STATEMENTS = statement("""
    SELECT id, person_id, coverage_year, status, said, class AS status_class, grade, department,
           effective_on, ended_on, listed_on, known_at
    FROM status_statements WHERE person_id = :id ORDER BY coverage_year DESC, known_at, id
""")

_OPEN = statement(f"""
    SELECT id FROM enrollments
    WHERE person_id {any_of(tables.enrollments.c.person_id, "people")} AND state IN {OPEN} ORDER BY id
""")

_ACTIVE = statement(f"""
    SELECT id FROM enrollments
    WHERE person_id {any_of(tables.enrollments.c.person_id, "people")} AND state IN {(*ACTIVE, "withdrawn")}
    ORDER BY id
""")

_TOLD = statement(f"""
    SELECT id FROM enrollments
    WHERE person_id {any_of(tables.enrollments.c.person_id, "people")} AND merged_into IS NULL ORDER BY id
""")

_KEEP_VERSIONS = statement(f"""
    INSERT INTO person_versions (person_id, name, sex, born, facts, guardian_id, known_at, known_until)
    SELECT id, name, sex, born, facts, guardian_id, known_at, :now
    FROM persons WHERE id {any_of(tables.persons.c.id, "ids")} ORDER BY id
""")

_CORRECTED = Records(tables.persons, "id", "name", "sex", "born", "facts")
_CORRECT = statement(f"""
    UPDATE persons p
    SET name = coalesce(rows.name, p.name), sex = coalesce(rows.sex, p.sex),
        born = coalesce(rows.born, p.born), facts = coalesce(rows.facts, p.facts), known_at = :now
    FROM {_CORRECTED} WHERE p.id = rows.id
""")

_CHANGED = Records(tables.persons, "id", "household_id", "name", "sex", "born", "facts", "guardian_id")
_UPDATE = statement(f"""
    UPDATE persons p
    SET {_CHANGED.changes("household_id", "name", "sex", "born", "facts")},
        guardian_id = coalesce(rows.guardian_id, p.guardian_id), known_at = :now
    FROM {_CHANGED} WHERE p.id = rows.id
""")


@dataclass(frozen=True, slots=True)
class Person:
    """A person on record, with the household."""

    id: int
    county: str
    household_id: int
    name: str
    sex: str | None
    born: date
    facts: Facts
    guardian_id: int | None
    known_at: datetime
    household_no: str
    division_code: str
    address: str | None
    head_id: int | None


@dataclass(frozen=True, slots=True)
class IdentityOnRecord:
    """Who somebody is, and where: the id that was asked by, the name, and the number where there is one."""

    person_id: int
    name: str
    division_code: str
    type: str | None
    number: str | None


@dataclass(frozen=True, slots=True)
class DocumentOnRecord:
    """An identity document."""

    type: str
    number: str


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a household."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class LifeEvent:
    """What happened to a person."""

    id: int
    kind: str
    happened_on: date
    known_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class Corrected:
    """What changes about one person; None stays as it is."""

    id: int
    name: str | None = None
    sex: str | None = None
    born: date | None = None
    facts: Facts | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """A person as a row that was registered again says; a guardian of None stays."""

    id: int
    household_id: int
    name: str
    sex: str | None
    born: date
    facts: Facts
    guardian_id: int | None


async def take_turn(conn: AsyncConnection, county: str) -> None:
    """Wait until no other transaction registers people of `county`; held to the end of the transaction."""
    await execute(conn, _TURN, county=county)


async def find(conn: AsyncConnection, kind: str, number: str) -> list[Person]:
    """The people with this document (one per county)."""
    return await fetch_as(conn, Person, _FIND, type=kind, number=number)


async def one(conn: AsyncConnection, person_id: int) -> Person | None:
    """One person with the household, unless erased; by the id of a merged record whoever goes on."""
    return await fetch_one_as(conn, Person, _ONE, id=person_id)


async def the(conn: AsyncConnection, person_id: int) -> Person:
    """A person who is known to be on record, or to have been before they were erased."""
    person = await fetch_one_as(conn, Person, _ANY, id=person_id)
    assert person is not None, "nobody is taken off the record"
    return person


async def identities(conn: AsyncConnection, person_ids: Sequence[int]) -> list[IdentityOnRecord]:
    """Who these people are, in the order of their ids; of who was erased nothing."""
    return await fetch_as(conn, IdentityOnRecord, _IDENTITIES, ids=person_ids)


async def documents(conn: AsyncConnection, person_id: int) -> list[DocumentOnRecord]:
    """The identity documents of a person."""
    return await fetch_as(conn, DocumentOnRecord, _DOCUMENTS, id=person_id)


async def merged(conn: AsyncConnection, person_id: int) -> list[int]:
    """The records that turned out to be this person."""
    return await fetch_values(conn, int, _MERGED, id=person_id)


async def members(conn: AsyncConnection, household_id: int) -> list[Member]:
    """The members of a household."""
    return await fetch_as(conn, Member, _MEMBERS, id=household_id)


async def life_events(conn: AsyncConnection, person_id: int) -> list[LifeEvent]:
    """The life events of a person, oldest first."""
    return await fetch_as(conn, LifeEvent, _EVENTS, id=person_id)


async def statements(conn: AsyncConnection, person_id: int) -> list[Recorded]:
    """What rosters said of a person, newest year first, in the order in which it became known."""
    return await fetch_as(conn, Recorded, _STATEMENTS, id=person_id)


async def open_enrollments(conn: AsyncConnection, people: Sequence[int]) -> list[int]:
    """The enrollments of these people that are not complete."""
    return await fetch_values(conn, int, _OPEN, people=list(people))


async def told_enrollments(conn: AsyncConnection, people: Sequence[int]) -> list[int]:
    """The enrollments of these people that others know: all but those of records that were merged."""
    return await fetch_values(conn, int, _TOLD, people=list(people))


async def active_enrollments(conn: AsyncConnection, people: Sequence[int]) -> list[int]:
    """The enrollments of these people that have not ended, or that may come back."""
    return await fetch_values(conn, int, _ACTIVE, people=list(people))


async def keep_versions(conn: AsyncConnection, ids: Sequence[int], now: datetime) -> None:
    """Keep what was known of people until now, before they change."""
    await execute(conn, _KEEP_VERSIONS, ids=list(ids), now=now)


async def correct(conn: AsyncConnection, people: Sequence[Corrected], now: datetime) -> None:
    """Write corrected people, after keeping what was known of them until now."""
    if not people:
        return
    ordered = sorted(people, key=lambda person: person.id)
    await keep_versions(conn, [person.id for person in ordered], now)
    await execute(conn, _CORRECT, rows=ordered, now=now)


async def update(conn: AsyncConnection, people: Sequence[Changed], now: datetime) -> None:
    """Write people that changed, after keeping what was known of them until now."""
    if not people:
        return
    ordered = sorted(people, key=lambda person: person.id)
    await keep_versions(conn, [person.id for person in ordered], now)
    await execute(conn, _UPDATE, rows=ordered, now=now)
