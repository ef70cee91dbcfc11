"""The log of the embedded bus: appending, reading and purging runs of messages (SQL and encoding only)."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg
import orjson

from libs.common.bus.port import Message, Outgoing, UnknownTopic, partition_of
from libs.common.db.engine import DriverConnection

#: The channel on which appending tells readers to look; its payload is the topic.
CHANNEL = "canbao_bus"
#: Messages in one row at most: what a reader has to decode at once.
RUN = 500

_LOCK_TOPIC = "SELECT topic_id, heads FROM topics WHERE topic = $1 FOR UPDATE"
_APPEND = """
    WITH appended AS (
        INSERT INTO runs (topic_id, partition, last_position, messages, records)
        SELECT $1, run.* FROM unnest($2::int[], $3::bigint[], $4::int[], $5::text[]) AS run
    )
    UPDATE topics SET heads = $6 WHERE topic_id = $1 RETURNING pg_notify($7, topic)
"""
_READ = """
    SELECT wanted.topic_id, wanted.partition, run.last_position, run.messages, run.records
    FROM unnest($1::int[], $2::int[], $3::bigint[]) AS wanted(topic_id, partition, position)
    CROSS JOIN LATERAL (
        SELECT last_position, messages, records
        FROM (
            SELECT last_position, messages, records,
                   sum(messages) OVER (ORDER BY last_position) - messages AS before
            FROM (
                SELECT last_position, messages, records FROM runs
                WHERE topic_id = wanted.topic_id AND partition = wanted.partition
                  AND last_position >= wanted.position
                ORDER BY last_position LIMIT $4
            ) AS next
        ) AS summed
        WHERE before < $4 ORDER BY last_position
    ) AS run
"""
_PURGE = """
    DELETE FROM runs WHERE (topic_id, partition, last_position) IN (
        SELECT r.topic_id, r.partition, r.last_position FROM runs AS r
        WHERE r.appended_at < now() - make_interval(hours => $1)
          AND NOT EXISTS (
              SELECT FROM positions AS p
              WHERE p.topic_id = r.topic_id AND p.partition = r.partition AND p.position <= r.last_position)
        LIMIT 1000 FOR UPDATE SKIP LOCKED)
"""


def encode(messages: Sequence[Outgoing]) -> str:
    """Write messages as the JSON array that `decode` reads."""
    rows = [
        (m.key, m.id, m.source, m.type, m.time, m.data.decode(), m.subject, m.correlation_id, m.causation_id)
        for m in messages
    ]
    return orjson.dumps(rows).decode()


def decode(records: str, topic: str, partition: int, last_position: int) -> list[Message]:
    """Read the messages of one run."""
    rows = orjson.loads(records)
    first = last_position - len(rows) + 1
    parse = datetime.fromisoformat
    return [
        Message(topic, partition, position, key, id_, source, type_, parse(at), data.encode(), *connected)
        for position, (key, id_, source, type_, at, data, *connected) in enumerate(rows, first)
    ]


async def append(
    connection: DriverConnection, topic: str, partitions: int, messages: Sequence[Outgoing]
) -> None:
    """Append messages of one topic in one transaction; readers see all of them or none."""
    by_partition: dict[int, list[Outgoing]] = {}
    for message in messages:
        by_partition.setdefault(partition_of(message.key, partitions), []).append(message)
    runs = [
        (partition, len(run), encode(run))
        for partition, its in sorted(by_partition.items())
        for run in (its[at : at + RUN] for at in range(0, len(its), RUN))
    ]
    async with connection.transaction():
        row = await connection.fetchrow(_LOCK_TOPIC, topic)
        if row is None:
            raise UnknownTopic([topic])
        heads: list[int] = row["heads"]
        last_positions = []
        for partition, size, _ in runs:
            heads[partition] += size
            last_positions.append(heads[partition] - 1)
        await connection.execute(
            _APPEND,
            row["topic_id"],
            [partition for partition, _, _ in runs],
            last_positions,
            [size for _, size, _ in runs],
            [records for _, _, records in runs],
            heads,
            CHANNEL,
        )


async def read(
    connection: DriverConnection, wanted: Sequence[tuple[int, int, int]], limit: int
) -> list[asyncpg.Record]:
    """Read about `limit` messages for each (topic_id, partition, position) of `wanted`, oldest first."""
    return await connection.fetch(
        _READ, [w[0] for w in wanted], [w[1] for w in wanted], [w[2] for w in wanted], limit
    )


async def purge(connection: DriverConnection, hours: int) -> int:
    """Delete up to 1,000 runs that are older than `hours` and behind every group; gives how many."""
    return int((await connection.execute(_PURGE, hours)).split()[-1])
