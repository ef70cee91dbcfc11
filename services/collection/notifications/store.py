"""SQL that reads a notification as it was stored."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import fetch_one_as, fetch_values, statement
from services.collection.tables import notifications

_ONE = statement(
    """
    SELECT id AS notification_id, channel, dedupe_key AS transaction_no, kind, county, coverage_year,
           received_at, headers, raw, content, content_sha256
    FROM notifications WHERE id = :notification_id
""",
    *(notifications.c.headers, notifications.c.raw, notifications.c.content),
)
_PEOPLE = statement("""
    SELECT DISTINCT person_id FROM payment_lines
    WHERE payment_id = :notification_id AND person_id IS NOT NULL ORDER BY person_id
""")


@dataclass(frozen=True, slots=True)
class StoredNotification:
    """A notification byte for byte; `content` is what was decrypted of it, where it came encrypted."""

    notification_id: int
    channel: str
    transaction_no: str
    kind: str
    county: str | None
    coverage_year: int | None
    received_at: datetime
    headers: str
    raw: bytes
    content: bytes | None
    content_sha256: bytes


async def one(conn: AsyncConnection, notification_id: int) -> StoredNotification | None:
    """One notification by its id, which is also that of its payment."""
    return await fetch_one_as(conn, StoredNotification, _ONE, notification_id=notification_id)


async def people(conn: AsyncConnection, notification_id: int) -> list[int]:
    """Who was paid for by it."""
    return await fetch_values(conn, int, _PEOPLE, notification_id=notification_id)
