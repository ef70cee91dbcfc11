"""SQL of the queue of what the matcher has still to look at."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, execute, fetch_as, fetch_value, statement
from services.collection.channels.port import NotificationKind
from services.collection.tables import matching_queue, notifications


@dataclass(frozen=True, slots=True)
class QueuedWork:
    """A notification to match (`line_no` 0), or one of its lines in suspense to judge again."""

    notification_id: int
    line_no: int
    occurred_at: datetime
    channel: str
    kind: NotificationKind
    raw: bytes
    content: bytes | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits of one county: its oldest notification, and how much, counted up to a limit.

    What waits of no county that is known before it is read stands under None.
    """

    county: str | None
    oldest: int
    number: int


_QUEUE_LENGTH = statement("SELECT count(*) FROM matching_queue WHERE parked_at IS NULL")
# From county to county by the index: there are few, and much may wait of each.
_WAITING = statement("""
    WITH RECURSIVE heads AS (
        (SELECT county, notification_id AS oldest FROM matching_queue
         WHERE parked_at IS NULL AND county IS NOT NULL ORDER BY county, notification_id LIMIT 1)
        UNION ALL
        SELECT following.county, following.notification_id
        FROM heads CROSS JOIN LATERAL (
            SELECT q.county, q.notification_id FROM matching_queue q
            WHERE q.parked_at IS NULL AND q.county > heads.county ORDER BY q.county, q.notification_id LIMIT 1
        ) AS following
    )
    SELECT heads.county, heads.oldest, counted.number
    FROM heads CROSS JOIN LATERAL (
        SELECT count(*) AS number FROM (
            SELECT FROM matching_queue q WHERE q.parked_at IS NULL AND q.county = heads.county LIMIT :limit
        ) AS first_ones
    ) AS counted
    UNION ALL
    SELECT CAST(NULL AS text), min(notification_id), count(*) FROM (
        SELECT notification_id FROM matching_queue
        WHERE parked_at IS NULL AND county IS NULL ORDER BY notification_id LIMIT :limit
    ) AS unplaced HAVING count(*) > 0
    ORDER BY 2
""")
_OF_WORK = """
    SELECT q.notification_id, q.line_no, q.occurred_at, n.channel, n.kind, n.raw, n.content, n.received_at
    FROM ({queue}) q JOIN notifications n ON n.id = q.notification_id
    ORDER BY q.notification_id, q.line_no
"""
_SEALED = (notifications.c.raw, notifications.c.content)
_QUEUED = statement(
    _OF_WORK.format(
        queue="""
        SELECT * FROM matching_queue WHERE parked_at IS NULL
        ORDER BY notification_id, line_no LIMIT :limit"""
    ),
    *_SEALED,
)
_QUEUED_OF = statement(
    _OF_WORK.format(
        queue="""
        SELECT * FROM matching_queue
        WHERE parked_at IS NULL AND county = ANY(CAST(:counties AS text[]))
          AND notification_id < coalesce((
              SELECT min(notification_id) FROM matching_queue WHERE parked_at IS NULL AND county IS NULL
          ), 9223372036854775807)
        ORDER BY notification_id, line_no LIMIT :limit"""
    ),
    *_SEALED,
)
_DONE = Records(matching_queue, "notification_id", "line_no")
_UNQUEUE = statement(f"""
    DELETE FROM matching_queue q USING {_DONE}
    WHERE q.notification_id = rows.notification_id AND q.line_no = rows.line_no
""")
_PARK = statement("""
    UPDATE matching_queue SET parked_at = now(), attempts = attempts + 1, fault = :fault
    WHERE notification_id = :notification_id AND line_no = :line_no
""")


async def waiting(conn: AsyncConnection, limit: int) -> list[Waiting]:
    """What waits of each county, that with the oldest first, without waiting for anybody."""
    return await fetch_as(conn, Waiting, _WAITING, limit=limit)


async def queued(conn: AsyncConnection, limit: int) -> list[QueuedWork]:
    """The next work in the order of arrival."""
    return await fetch_as(conn, QueuedWork, _QUEUED, limit=limit)


async def queued_of(conn: AsyncConnection, counties: Collection[str], limit: int) -> list[QueuedWork]:
    """The next work of these counties in the order of arrival, up to what may be of any county."""
    return await fetch_as(conn, QueuedWork, _QUEUED_OF, counties=list(counties), limit=limit)


async def unqueue(conn: AsyncConnection, work: Sequence[QueuedWork]) -> None:
    """Take finished work off the queue."""
    done = [{"notification_id": one.notification_id, "line_no": one.line_no} for one in work]
    await execute(conn, _UNQUEUE, rows=done)


async def park(conn: AsyncConnection, work: QueuedWork, fault: str) -> None:
    """Set work aside that fails by itself, until an operator asks for another try."""
    await execute(conn, _PARK, notification_id=work.notification_id, line_no=work.line_no, fault=fault)


async def queue_length(conn: AsyncConnection) -> int:
    """How much waits to be matched."""
    return await fetch_value(conn, int, _QUEUE_LENGTH) or 0
