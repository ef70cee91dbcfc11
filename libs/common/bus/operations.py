"""What an operator can do about events: list, retry or discard dead letters, publish again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from libs.common.bus.dead_letters import TopicKey
from libs.common.bus.driver import borrowed_connection
from libs.common.bus.port import Bus
from libs.common.bus.relay import CHUNK, outgoing
from libs.common.bus.shards import SHARD
from libs.common.db.rows import execute, fetch, fetch_as, fetch_one_as, fetch_values, statement

_LETTERS = statement("""
    SELECT id, topic, key, source, event_id, type, state, attempts, parked_at, reason, trace
    FROM dead_letters
    WHERE state = ANY(CAST(:states AS text[])) AND id > :after ORDER BY id LIMIT :limit
""")
_ASK_RETRY = statement("""
    UPDATE dead_letters SET state = 'retrying', changed_at = now()
    WHERE state = 'parked' AND (CAST(:ids AS bigint[]) IS NULL OR id = ANY(CAST(:ids AS bigint[])))
    RETURNING id
""")
_OUTCOME = statement("""
    SELECT state, count(*) AS letters FROM dead_letters WHERE id = ANY(CAST(:ids AS bigint[])) GROUP BY state
""")
_DISCARD = statement("""
    WITH gone AS (
        UPDATE dead_letters
        SET state = 'discarded', changed_at = now(),
            reason = left('Discarded: ' || :why || ' | ' || reason, 1000)
        WHERE id = :id AND state = 'parked' RETURNING topic, key, source, event_id
    ), entered AS (
        INSERT INTO inbox (source, event_id) SELECT source, event_id FROM gone ON CONFLICT DO NOTHING
    )
    SELECT topic, key FROM gone
""")
_GO_ON = statement("""
    UPDATE dead_letters SET state = 'retrying', changed_at = now()
    WHERE topic = :topic AND key = :key AND state = 'parked'
""")
_OF_KEYS = statement("""
    SELECT id FROM outbox
    WHERE key = ANY(CAST(:keys AS text[])) AND type = ANY(CAST(:types AS text[])) ORDER BY id
""")
# What an operator gave up for good stays so.
_FORGET = statement("""
    DELETE FROM inbox i WHERE i.source = :source AND i.event_id = ANY(CAST(:ids AS text[]))
      AND NOT EXISTS (SELECT FROM dead_letters d
                      WHERE d.source = i.source AND d.event_id = i.event_id AND d.state = 'discarded')
    RETURNING event_id::bigint
""")
_SOME = """
    SELECT id, key, type, time, subject, correlation_id, causation_id, data
    FROM outbox WHERE id = ANY($1::bigint[]) ORDER BY id
"""
# What is not published yet is the relay's to do, in order.
_PUBLISHED_SINCE = f"""
    SELECT id, key, type, time, subject, correlation_id, causation_id, data FROM outbox AS o
    WHERE o.id >= $1 AND appended_at >= $2 AND EXISTS (
        SELECT FROM outbox_cursor AS c
        WHERE c.id = {SHARD} AND pg_visible_in_snapshot(o.transaction_id::text::xid8, c.seen::pg_snapshot))
    ORDER BY o.id LIMIT $3
"""


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter as an operator sees it; its payload stays in the database."""

    id: int
    topic: str
    key: str
    source: str
    event_id: str
    type: str
    state: str
    attempts: int
    parked_at: datetime
    reason: str
    trace: str | None


async def letters(
    conn: AsyncConnection, states: Sequence[str] = ("parked", "retrying"), after: int = 0, limit: int = 100
) -> list[Letter]:
    """Give dead letters in `states` with ids above `after`, oldest first."""
    return await fetch_as(conn, Letter, _LETTERS, states=list(states), after=after, limit=limit)


async def ask_retry(conn: AsyncConnection, ids: Sequence[int] | None = None) -> list[int]:
    """Have parked letters (all, or those of `ids`) tried again by the running service; gives their ids.

    A key's letters are handled in their order, so those before and behind a letter are tried with it.
    """
    return sorted(await fetch_values(conn, int, _ASK_RETRY, ids=None if ids is None else list(ids)))


async def outcome(conn: AsyncConnection, ids: Sequence[int]) -> dict[str, int]:
    """Count letters by what has become of them."""
    return {row["state"]: row["letters"] for row in await fetch(conn, _OUTCOME, ids=list(ids))}


async def discard(conn: AsyncConnection, letter_id: int, why: str) -> bool:
    """Give up on one parked letter for good; the messages behind it are tried. False when it is not parked.

    The letter stays on record with `why`, and its event counts as handled should it be delivered again.
    """
    gone = await fetch_one_as(conn, TopicKey, _DISCARD, id=letter_id, why=why)
    if gone is None:
        return False
    await execute(conn, _GO_ON, topic=gone.topic, key=gone.key)
    return True


async def republish(engine: AsyncEngine, bus: Bus, name: str, since: datetime) -> int:
    """Publish again what the service `name` published of events appended since an instant; gives how many.

    For a bus that has lost acknowledged messages. The inboxes drop what was handled. What had been lost comes
    after newer events of its key, so handlers that keep the newest state by a revision are unharmed.
    """
    number, first = 0, 0
    async with borrowed_connection(engine) as connection:
        first = await connection.fetchval("SELECT min(id) FROM outbox WHERE appended_at >= $1", since)
        while first is not None:
            rows = await connection.fetch(_PUBLISHED_SINCE, first, since, CHUNK)
            if not rows:
                break
            await bus.publish(outgoing(rows, f"canbao.{name}", f"canbao/{name}"))
            number += len(rows)
            first = rows[-1]["id"] + 1
    return number


async def events_of(conn: AsyncConnection, keys: Sequence[str], types: Sequence[str]) -> list[int]:
    """Give the ids of the events that a service published under these keys, in their order."""
    return await fetch_values(conn, int, _OF_KEYS, keys=list(keys), types=list(types))


async def forget(conn: AsyncConnection, publisher: str, ids: Sequence[int]) -> list[int]:
    """Have a consumer handle events once more when they come again; gives those that it had handled.

    Only for handlers that know by the fact itself what they have already.
    """
    told = [str(id_) for id_ in ids]
    return sorted(await fetch_values(conn, int, _FORGET, source=f"canbao/{publisher}", ids=told))


async def publish_again(engine: AsyncEngine, bus: Bus, name: str, ids: Sequence[int]) -> None:
    """Publish these events of the service `name` again, in their order."""
    async with borrowed_connection(engine) as connection:
        for start in range(0, len(ids), CHUNK):
            rows = await connection.fetch(_SOME, list(ids[start : start + CHUNK]))
            await bus.publish(outgoing(rows, f"canbao.{name}", f"canbao/{name}"))
