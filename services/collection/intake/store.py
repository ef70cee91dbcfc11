"""Writes notifications: one statement and one commit for a whole batch, over a raw asyncpg connection."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from services.collection.group_commit import NotStored, Write
from services.collection.intake.rules import Arrival, ContentConflict, Outcome, Stored

#: Also what the benchmark gives to pgbench. A payment enters the matching queue in the same statement.
STORE = """
    WITH arriving AS (
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::jsonb[],
                             $7::bytea[], $8::bytea[], $9::text[], $10::integer[], $11::timestamptz[])
          WITH ORDINALITY AS a(channel, dedupe_key, webhook_id, kind, content_sha256, headers, raw,
                               content, county, coverage_year, received_at, no)
    ), stored AS (
        INSERT INTO notifications (channel, dedupe_key, webhook_id, kind, content_sha256, headers, raw,
                                   content, county, coverage_year, received_at)
        SELECT channel, dedupe_key, webhook_id, kind, content_sha256, headers, raw,
               content, county, coverage_year, received_at
        FROM arriving ORDER BY no
        ON CONFLICT DO NOTHING
        RETURNING id, channel, dedupe_key, kind, received_at
    ), queued AS (
        INSERT INTO matching_queue (notification_id, line_no, occurred_at)
        SELECT id, 0, received_at FROM stored WHERE kind = 'payment'
    )
    SELECT id, channel, dedupe_key FROM stored
"""

_FIND = """
    SELECT wanted.channel, wanted.dedupe_key, n.id, n.content_sha256,
           EXISTS (SELECT FROM notifications w
                   WHERE w.channel = wanted.channel AND w.webhook_id = wanted.webhook_id) AS webhook_used
    FROM unnest($1::text[], $2::text[], $3::text[]) AS wanted(channel, dedupe_key, webhook_id)
    LEFT JOIN notifications n ON n.channel = wanted.channel AND n.dedupe_key = wanted.dedupe_key
"""

Key = tuple[str, str]

#: What the server may say about one row; the batch is then written row by row.
_ROW_FAULTS = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.ProgramLimitExceededError,
)
_DEADLOCKS = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
#: Longer than any commit; a server that hangs must not hold the senders, who give up after five seconds.
PATIENCE_SECONDS = 4.0


@asynccontextmanager
async def notification_writer(engine: AsyncEngine) -> AsyncIterator[Write]:
    """Hold a connection and yield what writes a batch with it; a connection that failed is thrown away."""
    async with engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection

        async def write(arrivals: Sequence[Arrival]) -> list[Outcome]:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await _write(driver, arrivals)

        try:
            yield write
        except BaseException:
            with contextlib.suppress(Exception):
                await connection.invalidate()
            raise


async def _write(connection: asyncpg.Connection, arrivals: Sequence[Arrival]) -> list[Outcome]:
    """Store a batch and say of each arrival how it stands; raise when the commit is not certain."""
    first: dict[Key, Arrival] = {}
    for arrival in arrivals:
        first.setdefault(_key(arrival), arrival)
    known: dict[Key, tuple[Stored, bytes]] = {}
    failed: dict[Key, Exception] = {}
    await _insert(connection, list(first.values()), known, failed)
    missing = [arrival for key, arrival in first.items() if key not in known and key not in failed]
    if missing:
        await _find(connection, missing, known, failed)
    return [_outcome(arrival, first[_key(arrival)] is arrival, known, failed) for arrival in arrivals]


async def _insert(
    connection: asyncpg.Connection,
    arrivals: list[Arrival],
    known: dict[Key, tuple[Stored, bytes]],
    failed: dict[Key, Exception],
) -> None:
    """Write all in one statement; when the server refuses, halve until the rows that it refuses are found."""
    try:
        rows = await _fetch(connection, arrivals)
    except _ROW_FAULTS as fault:
        if len(arrivals) == 1:
            failed[_key(arrivals[0])] = NotStored(type(fault).__name__)
            return
        middle = len(arrivals) // 2
        await _insert(connection, arrivals[:middle], known, failed)
        await _insert(connection, arrivals[middle:], known, failed)
        return
    content = {_key(arrival): arrival.notification.content_sha256 for arrival in arrivals}
    for row in rows:
        key = (row["channel"], row["dedupe_key"])
        known[key] = (Stored(row["id"]), content[key])


async def _find(
    connection: asyncpg.Connection,
    arrivals: Sequence[Arrival],
    known: dict[Key, tuple[Stored, bytes]],
    failed: dict[Key, Exception],
) -> None:
    """Find what stood in the way of each: its own key stored earlier, or its webhook id under another key."""
    rows = await connection.fetch(
        _FIND,
        [arrival.channel for arrival in arrivals],
        [arrival.notification.dedupe_key for arrival in arrivals],
        [arrival.notification.webhook_id for arrival in arrivals],
    )
    for row in rows:
        key = (row["channel"], row["dedupe_key"])
        if row["id"] is not None:
            known[key] = (Stored(row["id"], again=True), row["content_sha256"])
        elif row["webhook_used"]:
            failed[key] = ContentConflict("webhook id")
        else:
            failed[key] = NotStored("another instance was writing it and gave up")


async def _fetch(connection: asyncpg.Connection, arrivals: Sequence[Arrival]) -> list[asyncpg.Record]:
    notes = [arrival.notification for arrival in arrivals]
    columns = (
        [arrival.channel for arrival in arrivals],
        [note.dedupe_key for note in notes],
        [note.webhook_id for note in notes],
        [note.kind for note in notes],
        [note.content_sha256 for note in notes],
        [note.headers for note in notes],
        [arrival.raw for arrival in arrivals],
        [note.content for note in notes],
        [note.county for note in notes],
        [note.coverage_year for note in notes],
        [arrival.received_at for arrival in arrivals],
    )
    for _ in range(3):
        try:
            return await connection.fetch(STORE, *columns)
        except _DEADLOCKS:
            continue  # another instance stored the same notifications in another order; it has won by now
    return await connection.fetch(STORE, *columns)


def _outcome(
    arrival: Arrival, is_first: bool, known: dict[Key, tuple[Stored, bytes]], failed: dict[Key, Exception]
) -> Outcome:
    key = _key(arrival)
    if key in failed:
        return failed[key]
    stored, content = known[key]
    if content != arrival.notification.content_sha256:
        return ContentConflict("transaction number")
    return stored if is_first else Stored(stored.notification_id, again=True)


def _key(arrival: Arrival) -> Key:
    return arrival.channel, arrival.notification.dedupe_key
