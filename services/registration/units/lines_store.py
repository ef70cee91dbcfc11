"""SQL of those who are on the list of a unit, as they are shown and given out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import fetch_as, statement
from services.registration import tables
from services.registration.enrollments.rules import State

_LINES = statement(
    """
    SELECT l.id, l.line_no, l.person_id, p.name, d.type AS document_type, d.number, e.state, e.paid_fen,
           e.completed_at, l.listed_at,
           ARRAY(SELECT DISTINCT o.code FROM unit_lines x JOIN units o ON o.id = x.unit_id
                 WHERE x.person_id = l.person_id AND x.until_version IS NULL AND o.id <> u.id
                   AND o.county = u.county AND o.coverage_year = u.coverage_year
                 ORDER BY o.code) AS also_listed_by
    FROM unit_lines l JOIN units u ON u.id = l.unit_id JOIN persons p ON p.id = l.person_id
    LEFT JOIN enrollments e ON e.person_id = l.person_id AND e.county = u.county
     AND e.coverage_year = u.coverage_year
    LEFT JOIN LATERAL (
        SELECT d.type, d.number FROM documents d WHERE d.person_id = l.person_id
        ORDER BY d.type <> 'resident_id', d.type, d.digest LIMIT 1
    ) d ON true
    WHERE l.unit_id = :id AND l.until_version IS NULL AND l.id > :after
      AND (CAST(:state AS text) IS NULL OR e.state = :state)
    ORDER BY l.id LIMIT :limit
""",
    tables.persons.c.name,
    tables.documents.c.number,
)

_UNITS_OF = statement("""
    SELECT DISTINCT u.name, u.rule FROM unit_lines l JOIN units u ON u.id = l.unit_id
    WHERE l.person_id = :person_id AND l.until_version IS NULL AND u.county = :county
      AND u.coverage_year = :coverage_year
    ORDER BY u.name
""")


@dataclass(frozen=True, slots=True)
class Listing:
    """A unit that lists somebody, and which of the notice's it is."""

    name: str
    rule: str


@dataclass(frozen=True, slots=True)
class ShownLine:
    """Somebody on a list, how their enrollment stands, and the codes of other units that list them."""

    id: int
    line_no: int
    person_id: int
    name: str
    document_type: str | None
    number: str | None
    state: State | None
    paid_fen: int | None
    completed_at: datetime | None
    listed_at: datetime
    also_listed_by: Sequence[str]


async def lines(
    conn: AsyncConnection, unit_id: int, after: int, limit: int, state: str | None = None
) -> list[ShownLine]:
    """Who is on the list of a unit, in the order in which they came."""
    return await fetch_as(conn, ShownLine, _LINES, id=unit_id, after=after, limit=limit, state=state)


async def units_of(conn: AsyncConnection, county: str, coverage_year: int, person_id: int) -> list[Listing]:
    """The units on whose lists somebody stands."""
    season = {"county": county, "coverage_year": coverage_year}
    return await fetch_as(conn, Listing, _UNITS_OF, **season, person_id=person_id)
