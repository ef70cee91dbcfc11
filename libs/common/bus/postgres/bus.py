"""The bus where no Kafka runs: a durable log on PostgreSQL with virtual partitions."""

import asyncio
import logging
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import asyncpg

from libs.common.bus.port import Outgoing, UnknownTopic
from libs.common.bus.postgres import group as postgres_group
from libs.common.bus.postgres import log as postgres_log
from libs.common.bus.postgres import schema as postgres_schema
from libs.common.bus.postgres.group import Membership
from libs.common.bus.postgres.log import CHANNEL
from libs.common.bus.postgres.subscription import PostgresSubscription
from libs.common.db.engine import DriverConnection, plain_url
from libs.common.db.silence import SERVER_LOOKS, LookingConnection

log = logging.getLogger(__name__)

PURGE_EVERY_SECONDS = 600


class PostgresBus:
    """The embedded event bus. Appending is durable; NOTIFY only wakes readers, looking guarantees.

    A member that was not heard of for `alive_seconds` loses its partitions to the others. Messages are kept
    for `retention_hours` and until every group has handled them.
    """

    def __init__(
        self,
        url: str,
        *,
        alive_seconds: float = 8.0,
        look_seconds: float = 0.5,
        retention_hours: int = 168,
        connections: int = 10,
    ) -> None:
        self._url = plain_url(url)
        self._alive_seconds = alive_seconds
        self._look_seconds = look_seconds
        self._retention_hours = retention_hours
        self._connections = connections
        self._pool: asyncpg.Pool | None = None
        self._topics: dict[str, tuple[int, int]] = {}
        self._subscriptions: set[PostgresSubscription] = set()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Connect, and bring the schema of the log up to date."""
        self._pool = await asyncpg.create_pool(
            self._url,
            min_size=0,
            max_size=self._connections,
            timeout=10,
            command_timeout=60,
            reset=_keep_session,
            connection_class=LookingConnection,
            server_settings={
                "application_name": "canbao-bus",
                "timezone": "UTC",
                "jit": "off",
                **SERVER_LOOKS,
            },
        )
        async with self._pool.acquire() as connection:
            await postgres_schema.migrate(connection)
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._purge())]

    async def stop(self) -> None:
        """Leave all groups and close the connections, by force after five seconds."""
        for subscription in list(self._subscriptions):
            await subscription.leave()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        if self._pool is not None:
            try:
                async with asyncio.timeout(5):
                    await self._pool.close()
            except TimeoutError:
                self._pool.terminate()
            self._pool = None

    async def create_topics(self, topics: Sequence[str], partitions: int) -> None:
        """Create what is missing of `topics`; the number of partitions of a topic never changes."""
        async with self._open().acquire() as connection:
            await connection.execute(
                """
                INSERT INTO topics (topic, partitions, heads)
                SELECT topic, $2::int, array_fill(0::bigint, ARRAY[$2::int]) FROM unnest($1::text[]) AS topic
                ON CONFLICT (topic) DO NOTHING
                """,
                list(topics),
                partitions,
            )

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        """Append `messages` durably, all of a topic at once. Raises UnknownTopic."""
        by_topic: dict[str, list[Outgoing]] = {}
        for message in messages:
            by_topic.setdefault(message.topic, []).append(message)
        known = await self._known(list(by_topic))
        for topic, its in by_topic.items():
            async with self._open().acquire() as connection:
                await postgres_log.append(connection, topic, known[topic][1], its)

    @asynccontextmanager
    async def subscribe(
        self, group: str, topics: Sequence[str], max_batch: int = 500
    ) -> AsyncIterator[PostgresSubscription]:
        """Join `group`; leaving the context gives the partitions back. Raises UnknownTopic."""
        known = await self._known(topics)
        by_id = {topic_id: (topic, partitions) for topic, (topic_id, partitions) in known.items()}
        member = f"{time.time_ns():x}-{uuid.uuid4().hex[:8]}"
        subscription = PostgresSubscription(
            self._open(),
            Membership(group, member, by_id, self._alive_seconds),
            by_id,
            max_batch,
            beat_seconds=self._alive_seconds / 4,
            look_seconds=self._look_seconds,
        )
        self._subscriptions.add(subscription)
        try:
            await subscription.join()
            yield subscription
        finally:
            await subscription.leave()
            self._subscriptions.discard(subscription)

    async def lag(self, group: str, topics: Sequence[str]) -> dict[tuple[str, int], int]:
        """Count what `group` has not committed, per (topic, partition)."""
        async with self._open().acquire() as connection:
            return await postgres_group.lag(connection, group, topics)

    async def _known(self, topics: Sequence[str]) -> dict[str, tuple[int, int]]:
        """Give (topic_id, partitions) of `topics`; they never change, so they are asked for once."""
        if missing := [topic for topic in topics if topic not in self._topics]:
            async with self._open().acquire() as connection:
                rows = await connection.fetch(
                    "SELECT topic, topic_id, partitions FROM topics WHERE topic = ANY($1::text[])", missing
                )
            self._topics.update((row["topic"], (row["topic_id"], row["partitions"])) for row in rows)
        if unknown := [topic for topic in topics if topic not in self._topics]:
            raise UnknownTopic(unknown)
        return {topic: self._topics[topic] for topic in topics}

    def _open(self) -> asyncpg.Pool:
        if self._pool is None:
            raise RuntimeError("the bus is not started")
        return self._pool

    async def _listen(self) -> None:
        """Pass notifications on to the subscriptions; without a connection their looking has to do."""
        while True:
            with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                connection = await asyncpg.connect(
                    self._url,
                    timeout=10,
                    connection_class=LookingConnection,
                    server_settings=dict(SERVER_LOOKS),
                )
                try:
                    closed = asyncio.Event()
                    connection.add_termination_listener(lambda _, closed=closed: closed.set())
                    await connection.add_listener(CHANNEL, self._heard)
                    await closed.wait()
                finally:
                    connection.terminate()
            await asyncio.sleep(1)

    def _heard(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        for subscription in self._subscriptions:
            subscription.wake(str(payload))

    async def _purge(self) -> None:
        """Throw away what is old and handled, a little at a time."""
        while True:
            await asyncio.sleep(PURGE_EVERY_SECONDS)
            try:
                async with self._open().acquire() as connection:
                    purged = 1
                    while purged:
                        purged = await postgres_log.purge(connection, self._retention_hours)
                        await asyncio.sleep(0.05)
            except Exception as error:
                log.warning("the log was not purged, will try again: %s", type(error).__name__)


async def _keep_session(_connection: DriverConnection) -> None:
    """Nothing here changes the session, so a connection goes back to the pool without a round trip."""
