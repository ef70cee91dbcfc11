"""SQL of work that the matcher set aside because it failed by itself."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import execute, fetch_as, fetch_value, statement

_PAGE = statement("""
    SELECT q.notification_id, q.line_no, n.channel, n.dedupe_key AS transaction_no, n.county, n.coverage_year,
           n.received_at, q.attempts, q.parked_at, q.fault
    FROM matching_queue q JOIN notifications n ON n.id = q.notification_id
    WHERE q.parked_at IS NOT NULL AND q.notification_id > :after
    ORDER BY q.notification_id, q.line_no LIMIT :limit
""")
_COUNT = statement("SELECT count(*) FROM matching_queue WHERE parked_at IS NOT NULL")
_RETRY = statement("""
    UPDATE matching_queue SET parked_at = NULL
    WHERE notification_id = :notification_id AND parked_at IS NOT NULL
""")


@dataclass(frozen=True, slots=True)
class ParkedWork:
    """A notification (`line_no` 0), or a line in suspense, that could not be matched."""

    notification_id: int
    line_no: int
    channel: str
    transaction_no: str
    county: str | None
    coverage_year: int | None
    received_at: datetime
    attempts: int
    parked_at: datetime
    fault: str


async def page(conn: AsyncConnection, after: int, limit: int) -> list[ParkedWork]:
    """Parked work in the order of arrival, behind a notification."""
    return await fetch_as(conn, ParkedWork, _PAGE, after=after, limit=limit)


async def count(conn: AsyncConnection) -> int:
    """How much is parked."""
    return await fetch_value(conn, int, _COUNT) or 0


async def retry(conn: AsyncConnection, notification_id: int) -> int:
    """Queue what is parked of one notification again; give how much that was."""
    return await execute(conn, _RETRY, notification_id=notification_id)
