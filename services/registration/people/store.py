"""SQL of people: finding one, what is on record about one, what was known of one earlier."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

_PERSON = """p.id, p.county, p.household_id, p.name, p.sex, p.born, p.facts, p.guardian_id, p.known_at,
    h.household_no, h.division_code, h.address, h.head_id"""

_FIND = text(f"""
    SELECT {_PERSON} FROM documents d
    JOIN persons p ON p.id = d.person_id JOIN households h ON h.id = p.household_id
    WHERE d.number = :number AND d.type = :type
    ORDER BY p.id
""")

_ONE = text(f"""
    SELECT {_PERSON} FROM persons p JOIN households h ON h.id = p.household_id WHERE p.id = :id
""")

_DOCUMENTS = text("SELECT type, number, digest FROM documents WHERE person_id = :id ORDER BY type, number")
_MEMBERS = text("SELECT id, name FROM persons WHERE household_id = :id ORDER BY id")
_EVENTS = text(
    "SELECT kind, happened_on, known_at FROM life_events WHERE person_id = :id ORDER BY happened_on, id"
)
_STATUSES = text("""
    SELECT coverage_year, status, class AS status_class, grade, department, effective_on, ended_on, listed_on,
           known_at, known_until
    FROM status_tags WHERE person_id = :id ORDER BY coverage_year DESC, known_at, id
""")

_VERSION = text("""
    SELECT name, sex, born, facts, guardian_id FROM person_versions
    WHERE person_id = :id AND known_at <= :at AND :at < known_until ORDER BY id DESC LIMIT 1
""")

_OPEN = text("""
    SELECT id FROM enrollments
    WHERE person_id = ANY(CAST(:people AS bigint[])) AND state IN ('registered', 'assessed') ORDER BY id
""")


async def find(conn: AsyncConnection, kind: str, number: str) -> Sequence[Row]:
    """The people with this document (one per county)."""
    return (await conn.execute(_FIND, {"type": kind, "number": number})).all()


async def one(conn: AsyncConnection, person_id: int) -> Row | None:
    """One person with the household."""
    return (await conn.execute(_ONE, {"id": person_id})).one_or_none()


async def documents(conn: AsyncConnection, person_id: int) -> Sequence[Row]:
    """The identity documents of a person."""
    return (await conn.execute(_DOCUMENTS, {"id": person_id})).all()


async def members(conn: AsyncConnection, household_id: int) -> Sequence[Row]:
    """The members of a household."""
    return (await conn.execute(_MEMBERS, {"id": household_id})).all()


async def life_events(conn: AsyncConnection, person_id: int) -> Sequence[Row]:
    """The life events of a person, oldest first."""
    return (await conn.execute(_EVENTS, {"id": person_id})).all()


async def statuses(conn: AsyncConnection, person_id: int) -> Sequence[Row]:
    """Every version of every status of a person."""
    return (await conn.execute(_STATUSES, {"id": person_id})).all()


async def version_at(conn: AsyncConnection, person_id: int, at: datetime) -> Row | None:
    """What was known of a person at an instant, if that has changed since."""
    return (await conn.execute(_VERSION, {"id": person_id, "at": at})).one_or_none()


async def open_enrollments(conn: AsyncConnection, people: Sequence[int]) -> list[int]:
    """The enrollments of these people that are not complete."""
    return list((await conn.execute(_OPEN, {"people": list(people)})).scalars())
