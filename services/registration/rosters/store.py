"""SQL of rosters: the statuses on record, the owners of numbers, and the append of new versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, any_of, copy, fetch_as, fetch_value, fetch_values, statement
from services.registration.rosters.rules import Header, Owner, Stated
from services.registration.statuses.rules import Statement
from services.registration.tables import documents, enrollments, persons, rosters, status_statements

_APPENDED = tuple([c.name for c in status_statements.c if c.name not in ("id", "recorded_at")])

_OWNERS = statement(
    f"""
    SELECT d.number, d.person_id, p.name, h.division_code
    FROM documents d JOIN persons p ON p.id = d.person_id JOIN households h ON h.id = p.household_id
    WHERE d.county = :county AND d.number_digest {any_of(documents.c.number_digest, "numbers")}
""",
    documents.c.number,
    persons.c.name,
)

_SAID = """
    SELECT id, number, person_id, said, class AS status_class, grade, department, effective_on, ended_on,
           listed_on
    FROM status_statements
    WHERE county = :county AND coverage_year = :coverage_year AND status = :status
"""
_ON_RECORD = statement(
    f"""
    {_SAID} AND (number_digest {any_of(status_statements.c.number_digest, "numbers")}
                 OR person_id {any_of(status_statements.c.person_id, "people")}) ORDER BY id
""",
    status_statements.c.number,
)
_WHOLE_ROSTER = statement(f"{_SAID} ORDER BY id", status_statements.c.number)

_ARRIVED = Records(
    rosters,
    *(c.name for c in rosters.c if c.name not in ("id", "recorded_at")),
)
_ROSTER = statement(
    f"INSERT INTO rosters ({_ARRIVED.names}) SELECT {_ARRIVED.names} FROM {_ARRIVED} RETURNING id"
)

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


@dataclass(frozen=True, slots=True)
class _Row(Statement):
    """A statement on record: the number it names, and whose that is."""

    number: str
    person_id: int | None


async def on_record(
    conn: AsyncConnection, header: Header, owners: Mapping[str, Owner], numbers: Sequence[str], *, whole: bool
) -> dict[str, list[Statement]]:
    """What was said of these numbers about the status, or of everybody (`whole`), in the order recorded.

    Of somebody with several numbers all of it is found under each that is asked for, or under the newest.
    """
    people = sorted({owner.person_id for owner in owners.values()})
    more: dict[str, object] = {} if whole else {"numbers": list(numbers), "people": people}
    rows = await fetch_as(
        conn,
        _Row,
        _WHOLE_ROSTER if whole else _ON_RECORD,
        county=header.county,
        coverage_year=header.coverage_year,
        status=header.status,
        **more,
    )
    asked: dict[int, set[str]] = {}
    for number, owner in owners.items():
        asked.setdefault(owner.person_id, set()).add(number)
    newest = {row.person_id: {row.number} for row in rows if row.person_id is not None}
    found: dict[str, list[Statement]] = {}
    for row in rows:
        known = row.person_id is not None and (asked.get(row.person_id) or newest[row.person_id])
        for number in known or {row.number}:
            found.setdefault(number, []).append(row)
    return found


async def keep_roster(conn: AsyncConnection, roster: Arrived) -> int:
    """Note that a roster arrived; give its id."""
    roster_id = await fetch_value(conn, int, _ROSTER, rows=[roster])
    assert roster_id is not None, "an inserted row has an id"
    return roster_id


async def append_statements(
    conn: AsyncConnection,
    header: Header,
    roster_id: int,
    stated: Sequence[Stated],
    owned: Mapping[str, Owner],
    known_at: datetime,
) -> None:
    """Append what a roster says; known from `known_at` on."""
    rows = [
        {
            "county": header.county,
            "coverage_year": header.coverage_year,
            "number": row.number,
            "name": row.name,
            "person_id": owned[row.number].person_id if row.number in owned else None,
            "status": header.status,
            "said": row.said,
            "class": row.status_class,
            "grade": row.grade,
            "department": header.department,
            "effective_on": row.effective_on,
            "ended_on": row.ended_on,
            "listed_on": row.listed_on,
            "roster_id": roster_id,
            "known_at": known_at,
        }
        for row in stated
    ]
    await copy(conn, status_statements, rows, *_APPENDED)


async def affected(
    conn: AsyncConnection, county: str, coverage_year: int, people: Sequence[int]
) -> list[int]:
    """The enrollments of these people for the year."""
    return await fetch_values(
        conn, int, _AFFECTED, county=county, coverage_year=coverage_year, people=list(people)
    )
