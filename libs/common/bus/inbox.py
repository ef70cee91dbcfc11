"""Enters messages into the inbox, which makes their effect exactly once."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus.port import Message
from libs.common.bus.tables import BUS
from libs.common.db.rows import Records, any_of, execute, fetch_one, statement

_MESSAGES = Records(BUS.inbox, "source", "event_id", key=BUS.dead_letters.c.key, alias="messages")

# Keys with an open dead letter are locked against a retry of that letter, which holds FOR UPDATE: their later
# messages must queue behind it, or be handled after it, and never slip in between. Rows are inserted in the
# order of the unique key, so that two overlapping batches wait for each other instead of deadlocking.
# Which ones were entered is told only where some were not: nearly always all were.
_ACCEPT = statement(f"""
    WITH parked AS MATERIALIZED (
        SELECT key FROM dead_letters
        WHERE topic = :topic AND key {any_of(BUS.dead_letters.c.key, "keys")}
          AND state IN ('parked', 'retrying')
        FOR SHARE
    ), fresh AS (
        INSERT INTO inbox (source, event_id)
        SELECT source, event_id
        FROM {_MESSAGES}
        WHERE key NOT IN (SELECT key FROM parked)
        ORDER BY source COLLATE "C", event_id COLLATE "C"
        ON CONFLICT DO NOTHING
        RETURNING source, event_id
    )
    SELECT (SELECT array_agg(DISTINCT key) FROM parked) AS parked_keys, entered,
           CASE WHEN entered < :asked THEN (SELECT array_agg(source) FROM fresh) END AS sources,
           CASE WHEN entered < :asked THEN (SELECT array_agg(event_id) FROM fresh) END AS ids
    FROM (SELECT count(*) AS entered FROM fresh) AS counted
""")

_PURGE = statement("""
    DELETE FROM inbox WHERE (source, event_id) IN (
        SELECT source, event_id FROM inbox WHERE handled_at < now() - make_interval(days => :days) LIMIT 5000
    )
""")


@dataclass(frozen=True, slots=True)
class Accepted:
    """What is to be done with a batch: `fresh` is to be handled, `behind` waits behind a parked message."""

    fresh: list[Message]
    behind: list[Message]


async def accept(conn: AsyncConnection, topic: str, messages: Sequence[Message]) -> Accepted:
    """Enter `messages` of `topic` into the inbox and keep those that were not there, in their order.

    One statement. A duplicate within the batch counts once.
    """
    row = await fetch_one(
        conn,
        _ACCEPT,
        topic=topic,
        asked=len(messages),
        keys=[message.key for message in messages],
        messages=[{"source": m.source, "event_id": m.id, "key": m.key} for m in messages],
    )
    if row is None:
        return Accepted([], [])
    if row["entered"] == len(messages):
        return Accepted(list(messages), [])
    parked = frozenset(row["parked_keys"] or ())
    new = set(zip(row["sources"] or (), row["ids"] or (), strict=True))
    fresh, behind = [], []
    for message in messages:
        if message.key in parked:
            behind.append(message)
        elif (message.source, message.id) in new:
            new.discard((message.source, message.id))
            fresh.append(message)
    return Accepted(fresh, behind)


async def purge(conn: AsyncConnection, days: int) -> int:
    """Delete up to 5,000 entries older than `days`; gives how many."""
    return await execute(conn, _PURGE, days=days)
