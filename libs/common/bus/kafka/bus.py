"""The bus in production: Kafka, through aiokafka, with an idempotent producer."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    GroupCoordinatorNotAvailableError,
    GroupLoadInProgressError,
    KafkaTimeoutError,
    NotCoordinatorForGroupError,
    TopicAlreadyExistsError,
    for_code,
)
from aiokafka.structs import OffsetAndMetadata

from libs.common.bus.kafka.records import headers_of
from libs.common.bus.kafka.subscription import KafkaSubscription, bounded, close_consumer
from libs.common.bus.port import Outgoing, UnknownTopic, partition_of

log = logging.getLogger(__name__)

#: Uncompressed bytes of one record batch; stays far below the broker's limit of a megabyte.
BATCH_BYTES = 256 * 1024
_COORDINATOR_SECONDS = 5.0


class KafkaBus:
    """The production event bus. `connection` are aiokafka's options for TLS and SASL, common to all clients.

    A member that was not heard of for `alive_seconds` loses its partitions to the others.
    Offsets are committed explicitly and per partition after the database commit. There are no Kafka
    transactions: outbox and inbox give exactly-once effects without them.
    """

    def __init__(
        self,
        bootstrap: str,
        *,
        alive_seconds: float = 10.0,
        silence_seconds: float = 60.0,
        **connection: object,
    ) -> None:
        self._connection = {"bootstrap_servers": bootstrap, **connection}
        self._alive_seconds = alive_seconds
        self._silence_seconds = silence_seconds
        self._producer: AIOKafkaProducer | None = None
        self._producing = asyncio.Lock()
        self._admin: AIOKafkaAdminClient | None = None
        self._observer: AIOKafkaConsumer | None = None
        self._partitions: dict[str, int] = {}
        self._subscriptions: set[KafkaSubscription] = set()

    async def start(self) -> None:
        """Connect to the brokers. Raises KafkaConnectionError."""
        admin = AIOKafkaAdminClient(**self._connection)
        try:
            await admin.start()
        except BaseException:
            await bounded(5, admin.close())
            raise
        self._admin = admin

    async def stop(self) -> None:
        """Leave all groups and close the connections, each within five seconds."""
        for subscription in list(self._subscriptions):
            await subscription.leave()
        await self._drop_producer()
        observer, self._observer = self._observer, None
        if observer is not None:
            await close_consumer(observer)
        admin, self._admin = self._admin, None
        if admin is not None:
            await bounded(5, admin.close())

    async def create_topics(self, topics: Sequence[str], partitions: int) -> None:
        """Create what is missing of `topics`, replicated as the brokers do by default.

        Raises KafkaError, and TimeoutError when the brokers do not take notice of them."""
        new = [NewTopic(topic, partitions, replication_factor=1) for topic in topics]
        for topic in new:
            topic.replication_factor = -1  # the brokers' default; the constructor refuses what brokers accept
        response = await self._open().create_topics(new)
        for topic, code, *message in response.topic_errors:
            if code not in (0, TopicAlreadyExistsError.errno):
                raise for_code(code)(f"{topic}: {message}")
        async with asyncio.timeout(30):
            for topic in topics:
                await self._known(topic)

    async def _known(self, topic: str) -> None:
        """Wait until the brokers know a topic that was created: they hear of it a moment later."""
        while True:
            try:
                await self._count(topic)
                return
            except UnknownTopic:
                await asyncio.sleep(0.1)

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        """Append `messages`; return when all replicas in sync have them.

        Raises KafkaError, UnknownTopic, and TimeoutError when the brokers do not answer.

        After a failure the producer is made anew: a batch that was given up leaves a hole in its sequence
        numbers that the old one could not get over.
        """
        async with self._producing:
            by_partition: dict[tuple[str, int], list[Outgoing]] = {}
            for message in messages:
                number = partition_of(message.key, await self._count(message.topic))
                by_partition.setdefault((message.topic, number), []).append(message)
            try:
                producer = await self._produce()
                sent = [self._send(producer, *place, its) for place, its in by_partition.items()]
                results = await asyncio.gather(*sent, return_exceptions=True)
                for result in results:
                    if isinstance(result, BaseException):
                        raise result
            except KafkaTimeoutError as error:
                await self._drop_producer()
                raise TimeoutError(str(error)) from error
            except BaseException:
                await self._drop_producer()
                raise

    async def _send(
        self, producer: AIOKafkaProducer, topic: str, partition: int, messages: Sequence[Outgoing]
    ) -> None:
        """Send messages of one partition in as few record batches as fit."""
        acknowledged = []
        batch = producer.create_batch()
        for message in messages:
            record = {
                "key": message.key.encode(),
                "value": message.data,
                "timestamp": None,
                "headers": headers_of(message),
            }
            if batch.append(**record) is None:
                acknowledged.append(await producer.send_batch(batch, topic, partition=partition))
                batch = producer.create_batch()
                batch.append(**record)
        batch.close()
        acknowledged.append(await producer.send_batch(batch, topic, partition=partition))
        await asyncio.gather(*acknowledged)

    @asynccontextmanager
    async def subscribe(
        self, group: str, topics: Sequence[str], max_batch: int = 500
    ) -> AsyncIterator[KafkaSubscription]:
        """Join `group`; leaving the context commits what is handled and leaves the group."""
        for topic in topics:
            await self._count(topic)
        subscription = KafkaSubscription(
            lambda: self._consumer(group), topics, max_batch, self._silence_seconds
        )
        self._subscriptions.add(subscription)
        try:
            await subscription.join()
            yield subscription
        finally:
            self._subscriptions.discard(subscription)
            await subscription.leave()

    async def lag(self, group: str, topics: Sequence[str]) -> dict[tuple[str, int], int]:
        """Count what `group` has not committed, per (topic, partition)."""
        places = [TopicPartition(topic, n) for topic in topics for n in range(await self._count(topic))]
        observer = await self._observe()
        committed = await self._committed(group, places)
        ends = await observer.end_offsets(places)
        begins = await observer.beginning_offsets(places)
        lag = {}
        for place in places:
            offset = committed[place].offset if place in committed else -1
            lag[place.topic, place.partition] = ends[place] - max(offset, begins[place])
        return lag

    async def _committed(
        self, group: str, places: Sequence[TopicPartition]
    ) -> Mapping[TopicPartition, OffsetAndMetadata]:
        """What a group has committed. Brokers that have just begun need a moment to know who keeps that."""
        patience = time.monotonic() + _COORDINATOR_SECONDS
        while True:
            try:
                known: Mapping[
                    TopicPartition, OffsetAndMetadata
                ] = await self._open().list_consumer_group_offsets(group, partitions=places)
                return known
            except (GroupCoordinatorNotAvailableError, GroupLoadInProgressError, NotCoordinatorForGroupError):
                if time.monotonic() > patience:
                    raise
                await asyncio.sleep(0.1)

    def _consumer(self, group: str) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            **self._connection,
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=round(self._alive_seconds * 1000),
            heartbeat_interval_ms=round(self._alive_seconds * 200),
            rebalance_timeout_ms=60_000,
            max_poll_interval_ms=900_000,
            fetch_max_wait_ms=250,
        )

    async def _count(self, topic: str) -> int:
        """Give the number of partitions of `topic`, which never changes. Raises UnknownTopic."""
        if topic not in self._partitions:
            (described,) = await self._open().describe_topics([topic])
            if described["error_code"] != 0:
                raise UnknownTopic([topic])
            self._partitions[topic] = len(described["partitions"])
        return self._partitions[topic]

    async def _produce(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(
                **self._connection,
                enable_idempotence=True,
                acks="all",
                compression_type="lz4",
                max_batch_size=BATCH_BYTES,
                request_timeout_ms=20_000,
            )
            await _started(producer)
            self._producer = producer
        return self._producer

    async def _drop_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await bounded(5, producer.stop())

    async def _observe(self) -> AIOKafkaConsumer:
        """A client without a group, for asking where partitions begin and end."""
        if self._observer is None:
            observer = AIOKafkaConsumer(**self._connection)
            await _started(observer)
            self._observer = observer
        return self._observer

    def _open(self) -> AIOKafkaAdminClient:
        if self._admin is None:
            raise RuntimeError("the bus is not started")
        return self._admin


async def _started(client: AIOKafkaProducer | AIOKafkaConsumer) -> None:
    """Start a client, or close what it has opened."""
    try:
        await client.start()
    except BaseException:
        await bounded(5, client.stop())
        raise
