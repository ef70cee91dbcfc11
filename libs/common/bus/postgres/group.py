"""Which member of a consumer group holds which partitions of the embedded bus (SQL only).

Members announce themselves and stay alive for a while. Each works out its share by itself from the list of
the living; a partition changes hands when its holder gives it up or is dead. The generation of a holding
fences: a member that was taken for dead can not move a position that it lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from libs.common.db.engine import DriverConnection

_ANNOUNCE = """
    INSERT INTO members AS m (consumer_group, member, topics, alive_until)
    VALUES ($1, $2, $3, now() + $4::float8 * interval '1 s')
    ON CONFLICT (consumer_group, member) DO UPDATE SET alive_until = excluded.alive_until
"""
_LIVING = """
    SELECT member, topics FROM members WHERE consumer_group = $1 AND alive_until > now() ORDER BY member
"""
_CREATE_POSITIONS = """
    INSERT INTO positions (consumer_group, topic_id, partition, position)
    SELECT $1, t.topic_id, p.partition, coalesce(
        (SELECT r.last_position - r.messages + 1 FROM runs AS r
         WHERE r.topic_id = t.topic_id AND r.partition = p.partition ORDER BY r.last_position LIMIT 1),
        t.heads[p.partition + 1])
    FROM topics AS t CROSS JOIN LATERAL generate_series(0, t.partitions - 1) AS p(partition)
    WHERE t.topic = ANY($2::text[])
    ON CONFLICT DO NOTHING
"""
_CLAIM = """
    UPDATE positions SET owner = $2, generation = generation + 1
    WHERE (consumer_group, topic_id, partition) IN (
        SELECT p.consumer_group, p.topic_id, p.partition FROM positions AS p
        JOIN unnest($3::int[], $4::int[]) AS share(topic_id, partition) USING (topic_id, partition)
        WHERE p.consumer_group = $1
          AND (p.owner IS NULL OR p.owner = $2 OR NOT EXISTS (
              SELECT FROM members AS m
              WHERE m.consumer_group = p.consumer_group AND m.member = p.owner AND m.alive_until > now()))
        ORDER BY p.topic_id, p.partition FOR UPDATE OF p SKIP LOCKED)
    RETURNING topic_id, partition, position, generation
"""
_HELD = """
    SELECT topic_id, partition, generation FROM positions WHERE consumer_group = $1 AND owner = $2
"""
_STORE = """
    UPDATE positions AS p SET position = greatest(p.position, n.position)
    FROM (SELECT * FROM unnest($3::int[], $4::int[], $5::bigint[], $6::bigint[])
            AS u(topic_id, partition, generation, position) ORDER BY 1, 2) AS n
    WHERE p.consumer_group = $1 AND p.owner = $2 AND p.topic_id = n.topic_id AND p.partition = n.partition
      AND p.generation = n.generation
"""
_RELEASE = """
    UPDATE positions AS p SET owner = NULL
    FROM unnest($3::int[], $4::int[], $5::bigint[]) AS n(topic_id, partition, generation)
    WHERE p.consumer_group = $1 AND p.owner = $2 AND p.topic_id = n.topic_id AND p.partition = n.partition
      AND p.generation = n.generation
"""
_LEAVE = (
    "DELETE FROM members WHERE consumer_group = $1 AND (member = $2 OR alive_until < now() - interval '1 h')"
)
_LAG = """
    SELECT t.topic, s.partition, s.head - coalesce(p.position, (
        SELECT r.last_position - r.messages + 1 FROM runs AS r
        WHERE r.topic_id = t.topic_id AND r.partition = s.partition ORDER BY r.last_position LIMIT 1
    ), s.head) AS lag
    FROM topics AS t
    CROSS JOIN LATERAL (SELECT no::int - 1, head FROM unnest(t.heads) WITH ORDINALITY AS u(head, no))
      AS s(partition, head)
    LEFT JOIN positions AS p
      ON p.consumer_group = $1 AND p.topic_id = t.topic_id AND p.partition = s.partition
    WHERE t.topic = ANY($2::text[]) ORDER BY 1, 2
"""

Place = tuple[int, int]
"""(topic_id, partition)"""


@dataclass(frozen=True, slots=True)
class Holding:
    """A partition that this member holds, from which position on, under which generation."""

    position: int
    generation: int


class Membership:
    """One member's dealings with its group."""

    def __init__(
        self, group: str, member: str, topics: dict[int, tuple[str, int]], alive_seconds: float
    ) -> None:
        self._group = group
        self._member = member
        self._topics = topics
        self._names = sorted(name for name, _ in topics.values())
        self._alive_seconds = alive_seconds
        #: What is notified when members come or go or partitions become free.
        self.channel_payload = f"group {group}"

    async def announce(self, connection: DriverConnection) -> set[Place]:
        """Say that this member lives; gives the partitions that are its share among the living."""
        await connection.execute(_ANNOUNCE, self._group, self._member, self._names, self._alive_seconds)
        living = await connection.fetch(_LIVING, self._group)
        share: set[Place] = set()
        for topic_id, (name, partitions) in self._topics.items():
            members = [row["member"] for row in living if name in row["topics"]]
            rank = members.index(self._member)
            share |= {(topic_id, partition) for partition in range(rank, partitions, len(members))}
        return share

    async def create_positions(self, connection: DriverConnection) -> None:
        """Begin what the group has never read at the oldest message that is kept."""
        await connection.execute(_CREATE_POSITIONS, self._group, self._names)

    async def claim(self, connection: DriverConnection, places: Sequence[Place]) -> dict[Place, Holding]:
        """Take those of `places` that nobody living holds."""
        rows = await connection.fetch(_CLAIM, self._group, self._member, *_columns(places, 2))
        return {
            (row["topic_id"], row["partition"]): Holding(row["position"], row["generation"]) for row in rows
        }

    async def held(self, connection: DriverConnection) -> dict[Place, int]:
        """What the database says this member holds: place -> generation."""
        rows = await connection.fetch(_HELD, self._group, self._member)
        return {(row["topic_id"], row["partition"]): row["generation"] for row in rows}

    async def store(
        self, connection: DriverConnection, positions: Sequence[tuple[int, int, int, int]]
    ) -> None:
        """Move positions: (topic_id, partition, generation, position); lost ones are left alone."""
        await connection.execute(_STORE, self._group, self._member, *_columns(positions, 4))

    async def release(self, connection: DriverConnection, places: Sequence[tuple[int, int, int]]) -> None:
        """Give up (topic_id, partition, generation)."""
        await connection.execute(_RELEASE, self._group, self._member, *_columns(places, 3))

    async def leave(self, connection: DriverConnection) -> None:
        """Say that this member is gone, so that the others need not wait for it to be taken for dead."""
        await connection.execute(_LEAVE, self._group, self._member)


async def lag(connection: DriverConnection, group: str, topics: Sequence[str]) -> dict[tuple[str, int], int]:
    """Count what `group` has not committed, per (topic, partition)."""
    rows = await connection.fetch(_LAG, group, list(topics))
    return {(row["topic"], row["partition"]): row["lag"] for row in rows}


def _columns(rows: Sequence[tuple[int, ...]], width: int) -> list[list[int]]:
    return [[row[column] for row in rows] for column in range(width)]
