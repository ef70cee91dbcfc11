"""SQL of rosters: the statuses on record, the owners of numbers, and the append of new versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, any_of, copy, fetch_as, fetch_value, fetch_values, statement
from services.registration.rosters.rules import Header, Listed, Owner, Tag
from services.registration.tables import documents, enrollments, rosters, status_tags

_APPENDED = tuple([c.name for c in status_tags.c if c.name not in ("id", "known_until", "recorded_at")])

_OWNERS = statement(f"""
    SELECT d.number, d.person_id, p.name, h.division_code
    FROM documents d JOIN persons p ON p.id = d.person_id JOIN households h ON h.id = p.household_id
    WHERE d.county = :county AND d.number {any_of(documents.c.number, "numbers")}
""")

_TAG = """id, number, class AS status_class, grade, department, effective_on, ended_on, listed_on, name,
    person_id"""

_ON_RECORD = statement(f"""
    SELECT {_TAG} FROM status_tags
    WHERE county = :county AND coverage_year = :coverage_year AND status = :status AND known_until IS NULL
      AND number {any_of(status_tags.c.number, "numbers")}
""")

_WHOLE_ROSTER = statement(f"""
    SELECT {_TAG} FROM status_tags
    WHERE county = :county AND coverage_year = :coverage_year AND status = :status AND known_until IS NULL
""")

_ARRIVED = Records(
    rosters,
    *(c.name for c in rosters.c if c.name not in ("id", "recorded_at")),
)
_ROSTER = statement(
    f"INSERT INTO rosters ({_ARRIVED.names}) SELECT {_ARRIVED.names} FROM {_ARRIVED} RETURNING id"
)

_SUPERSEDE = statement(f"""
    UPDATE status_tags SET known_until = :now WHERE id {any_of(status_tags.c.id, "ids")} RETURNING person_id
""")

_AFFECTED = statement(f"""
    SELECT id FROM enrollments
    WHERE person_id {any_of(enrollments.c.person_id, "people")} AND coverage_year = :coverage_year
      AND county = :county AND state <> 'cancelled'
    ORDER BY id
""")


@dataclass(frozen=True, slots=True)
class _Owned:
    """A number and its registered person."""

    number: str
    person_id: int
    name: str
    division_code: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """A roster that arrived, as it is kept."""

    county: str
    coverage_year: int
    status: str
    department: str
    listed_on: date
    mode: str
    import_id: int | None
    counts: Mapping[str, int]
    sent_by: str
    known_at: datetime


async def owners(conn: AsyncConnection, county: str, numbers: Sequence[str]) -> dict[str, Owner]:
    """The registered people of these numbers."""
    found = await fetch_as(conn, _Owned, _OWNERS, county=county, numbers=list(numbers))
    return {
        row.number: Owner(person_id=row.person_id, name=row.name, division_code=row.division_code)
        for row in found
    }


async def on_record(
    conn: AsyncConnection, header: Header, numbers: Sequence[str], *, whole: bool
) -> list[Tag]:
    """The statuses believed now of these numbers, or of everybody (`whole`)."""
    more: dict[str, object] = {} if whole else {"numbers": list(numbers)}
    return await fetch_as(
        conn,
        Tag,
        _WHOLE_ROSTER if whole else _ON_RECORD,
        county=header.county,
        coverage_year=header.coverage_year,
        status=header.status,
        **more,
    )


async def keep_roster(conn: AsyncConnection, roster: Arrived) -> int:
    """Note that a roster arrived; give its id."""
    roster_id = await fetch_value(conn, int, _ROSTER, rows=[roster])
    assert roster_id is not None, "an inserted row has an id"
    return roster_id


async def append_tags(
    conn: AsyncConnection,
    header: Header,
    roster_id: int,
    tags: Sequence[tuple[Listed, date]],
    owned: Mapping[str, Owner],
    known_at: datetime,
) -> None:
    """Append versions of statuses, with the day of listing of each: believed from `known_at` on."""
    rows = [
        {
            "county": header.county,
            "coverage_year": header.coverage_year,
            "number": row.number,
            "name": row.name,
            "person_id": owned[row.number].person_id if row.number in owned else None,
            "status": header.status,
            "class": row.status_class,
            "grade": row.grade,
            "department": header.department,
            "effective_on": row.effective_on,
            "ended_on": row.ended_on,
            "listed_on": listed_on,
            "roster_id": roster_id,
            "known_at": known_at,
        }
        for row, listed_on in tags
    ]
    await copy(conn, status_tags, rows, *_APPENDED)


async def supersede(conn: AsyncConnection, ids: Sequence[int], now: datetime) -> set[int]:
    """Stop believing versions; give the people concerned."""
    if not ids:
        return set()
    found = await fetch_values(conn, int, _SUPERSEDE, ids=sorted(ids), now=now)
    return {person_id for person_id in found if person_id}


async def affected(
    conn: AsyncConnection, county: str, coverage_year: int, people: Sequence[int]
) -> list[int]:
    """The enrollments of these people for the year."""
    return await fetch_values(
        conn, int, _AFFECTED, county=county, coverage_year=coverage_year, people=list(people)
    )
