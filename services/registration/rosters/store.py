"""SQL of rosters: the statuses on record, the owners of numbers, and the append of new versions."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.engine import copy_rows
from services.registration.rosters.rules import Header, Listed, Owner, Tag

_APPENDED = (
    "county",
    "coverage_year",
    "number",
    "name",
    "person_id",
    "status",
    "class",
    "grade",
    "department",
    "effective_on",
    "ended_on",
    "listed_on",
    "roster_id",
    "known_at",
)

_OWNERS = text("""
    SELECT d.number, d.person_id, p.name, h.division_code
    FROM documents d JOIN persons p ON p.id = d.person_id JOIN households h ON h.id = p.household_id
    WHERE d.county = :county AND d.number = ANY(CAST(:numbers AS text[]))
""")

_TAG_COLUMNS = """id, number, class, grade, department, effective_on, ended_on, listed_on, name, person_id"""

_ON_RECORD = text(f"""
    SELECT {_TAG_COLUMNS} FROM status_tags
    WHERE county = :county AND coverage_year = :year AND status = :status AND known_until IS NULL
      AND number = ANY(CAST(:numbers AS text[]))
""")

_WHOLE_ROSTER = text(f"""
    SELECT {_TAG_COLUMNS} FROM status_tags
    WHERE county = :county AND coverage_year = :year AND status = :status AND known_until IS NULL
""")

_ROSTER = text("""
    INSERT INTO rosters
        (county, coverage_year, status, department, listed_on, mode, import_id, counts, sent_by, known_at)
    VALUES (:county, :year, :status, :department, :listed_on, :mode, :import_id, :counts, :sent_by, :known_at)
    RETURNING id
""").bindparams(bindparam("counts", type_=JSONB))

_SUPERSEDE = text("""
    UPDATE status_tags SET known_until = :now WHERE id = ANY(CAST(:ids AS bigint[])) RETURNING person_id
""")

_AFFECTED = text("""
    SELECT id FROM enrollments
    WHERE person_id = ANY(CAST(:people AS bigint[])) AND coverage_year = :year AND county = :county
      AND state <> 'cancelled'
    ORDER BY id
""")


async def owners(conn: AsyncConnection, county: str, numbers: Sequence[str]) -> dict[str, Owner]:
    """The registered people of these numbers."""
    found = await conn.execute(_OWNERS, {"county": county, "numbers": list(numbers)})
    return {number: Owner(*rest) for number, *rest in found}


async def on_record(
    conn: AsyncConnection, header: Header, numbers: Sequence[str], *, whole: bool
) -> list[Tag]:
    """The statuses believed now of these numbers, or of everybody (`whole`)."""
    values: dict[str, Any] = {"county": header.county, "year": header.year, "status": header.status}
    if whole:
        return [Tag(*row) for row in await conn.execute(_WHOLE_ROSTER, values)]
    return [Tag(*row) for row in await conn.execute(_ON_RECORD, values | {"numbers": list(numbers)})]


async def keep_roster(
    conn: AsyncConnection,
    header: Header,
    counts: Mapping[str, int],
    sent_by: str,
    known_at: datetime,
    import_id: int | None,
) -> int:
    """Note that a roster arrived; give its id."""
    return (
        await conn.execute(
            _ROSTER,
            {
                "county": header.county,
                "year": header.year,
                "status": header.status,
                "department": header.department,
                "listed_on": header.listed_on,
                "mode": header.mode,
                "import_id": import_id,
                "counts": dict(counts),
                "sent_by": sent_by,
                "known_at": known_at,
            },
        )
    ).scalar_one()


async def append_tags(
    conn: AsyncConnection,
    header: Header,
    roster_id: int,
    tags: Sequence[tuple[Listed, date]],
    owned: Mapping[str, Owner],
    known_at: datetime,
) -> None:
    """Append versions of statuses: believed from `known_at` on."""
    rows = [
        (
            header.county,
            header.year,
            row.number,
            row.name,
            owned[row.number].person_id if row.number in owned else None,
            header.status,
            row.status_class,
            row.grade,
            header.department,
            row.effective_on,
            row.ended_on,
            listed_on,
            roster_id,
            known_at,
        )
        for row, listed_on in tags
    ]
    await copy_rows(conn, "status_tags", _APPENDED, rows)


async def supersede(conn: AsyncConnection, ids: Sequence[int], now: datetime) -> set[int]:
    """Stop believing versions; give the people concerned."""
    if not ids:
        return set()
    found = await conn.execute(_SUPERSEDE, {"ids": sorted(ids), "now": now})
    return {person_id for person_id in found.scalars() if person_id is not None}


async def affected(conn: AsyncConnection, county: str, year: int, people: Sequence[int]) -> list[int]:
    """The enrollments of these people for the year."""
    found = await conn.execute(_AFFECTED, {"county": county, "year": year, "people": list(people)})
    return list(found.scalars())
