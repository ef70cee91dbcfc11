"""SQL of tickets that are late."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import fetch_as, fetch_value, statement
from services.registration.tickets.rules import OPEN

_LATE = statement(f"""
    SELECT id AS ticket_id, division_code, person_id, kind, reported_at, taken_by FROM tickets
    WHERE county = :county AND coverage_year = :coverage_year AND state IN {OPEN} AND reported_at < :before
    ORDER BY id
""")
_NEWEST = statement("""
    SELECT greatest((SELECT max(completed_at) FROM completions), (SELECT max(reported_at) FROM tickets))
""")


@dataclass(frozen=True, slots=True)
class Late:
    """A ticket that should be answered by now."""

    ticket_id: int
    division_code: str
    person_id: int | None
    kind: str
    reported_at: datetime
    taken_by: str | None


async def late(conn: AsyncConnection, county: str, coverage_year: int, before: datetime) -> list[Late]:
    """Open tickets of a season that were reported before an instant."""
    season = {"county": county, "coverage_year": coverage_year}
    return await fetch_as(conn, Late, _LATE, **season, before=before)


async def newest(conn: AsyncConnection) -> datetime | None:
    """The newest instant that money or a village has told of."""
    return await fetch_value(conn, datetime, _NEWEST)
