"""One member of a consumer group on Kafka: batches, explicit offsets, safe rebalances."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import (
    CommitFailedError,
    IllegalGenerationError,
    IllegalStateError,
    KafkaError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)

from libs.common.bus.kafka.records import message_of
from libs.common.bus.port import Batch

log = logging.getLogger(__name__)

#: Offsets are committed this long after a batch, together: the inbox makes the repeats of a crash harmless.
STORE_SECONDS = 0.1
#: How long a rebalance waits for batches in flight. The group's rebalance timeout is longer.
DRAIN_SECONDS = 20.0
#: The membership has changed: somebody else reads on from the last committed offset.
_LOST = (
    CommitFailedError,
    IllegalGenerationError,
    IllegalStateError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)


class ConsumerSilent(Exception):
    """Messages wait, but the client gives none: it is thrown away and the group joined anew."""


async def bounded(seconds: float, closing: Coroutine[object, object, None]) -> None:
    """Do what belongs to closing, but not for long: a broker that is away must not keep a process alive."""
    task = asyncio.create_task(closing)
    await asyncio.wait([task], timeout=seconds)
    if not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=1)
    if task.done() and not task.cancelled() and task.exception() is not None:
        log.info("not closed properly: %s", type(task.exception()).__name__)


async def close_consumer(consumer: AIOKafkaConsumer) -> None:
    """Leave the group and disconnect. Without a broker `stop` gives up before it has disconnected."""
    await bounded(5, consumer.stop())
    await bounded(1, consumer._client.close())


class KafkaSubscription(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """A member of a consumer group on Kafka; made by `KafkaBus.subscribe`."""

    def __init__(
        self,
        make_consumer: Callable[[], AIOKafkaConsumer],
        topics: Sequence[str],
        max_batch: int,
        silence_seconds: float,
    ) -> None:
        self._make_consumer = make_consumer
        self._topics = topics
        self._max_batch = max_batch
        self._silence_seconds = silence_seconds
        self._consumer: AIOKafkaConsumer | None = None
        self._generation = 0
        self._revoking = False
        self._in_flight: dict[TopicPartition, Batch] = {}
        self._offsets: dict[TopicPartition, int] = {}
        self._changed = asyncio.Event()
        self._landed = asyncio.Event()
        self._heard_at = time.monotonic()
        self._tasks: list[asyncio.Task[None]] = []

    # What the bus calls.

    async def join(self) -> None:
        """Become a member; partitions come with the first rebalance."""
        self._consumer = self._make_consumer()
        self._consumer.subscribe(list(self._topics), listener=self)
        await self._consumer.start()
        for work in (self._store_lazily, self._watch):
            task = asyncio.create_task(work())
            task.add_done_callback(lambda _: self._changed.set())
            self._tasks.append(task)

    async def leave(self) -> None:
        """Commit what is handled and leave the group within a bounded time."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        consumer, self._consumer = self._consumer, None
        if consumer is None:
            return
        await bounded(5, self._store(consumer))
        await close_consumer(consumer)

    # What aiokafka calls.

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        """Hand out nothing more, wait for what is in flight, commit it; what is late is not committed."""
        self._revoking = True
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while self._in_flight:
                    self._landed.clear()
                    await self._landed.wait()
        if self._consumer is not None:
            await bounded(5, self._store(self._consumer))
        self._generation += 1
        self._in_flight.clear()
        self._offsets.clear()

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        """Begin with the new share."""
        self._revoking = False
        self._heard_at = time.monotonic()
        self._changed.set()

    # The port.

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """Yield batches; raises what made the subscription fail."""
        while self._consumer is not None:
            for task in self._tasks:
                if task.done():
                    if not task.cancelled():
                        task.result()
                    return
            self._changed.clear()
            found = False
            for partition in self._free():
                for batch in await self._take([partition], 0):
                    found = True
                    yield batch
            if not found:
                for batch in await self._wait():
                    yield batch

    def _free(self) -> list[TopicPartition]:
        """The partitions that are held and have no batch in flight."""
        if self._revoking or self._consumer is None:
            return []
        return sorted(self._consumer.assignment() - self._in_flight.keys())

    async def _take(self, partitions: Sequence[TopicPartition], wait_ms: int) -> list[Batch]:
        """Take what the client has read ahead of `partitions`, waiting for something up to `wait_ms`."""
        consumer, generation = self._consumer, self._generation
        if consumer is None or self._revoking:
            return []
        records = await consumer.getmany(*partitions, timeout_ms=wait_ms, max_records=self._max_batch)
        if self._revoking or generation != self._generation:
            return []  # read before a rebalance: reading goes on from the committed offset
        if records:
            self._heard_at = time.monotonic()
        batches = []
        for partition, some in records.items():
            messages = tuple(message_of(record) for record in some)
            batch = Batch(partition.topic, partition.partition, messages, generation)
            self._in_flight[partition] = batch
            batches.append(batch)
        return batches

    async def _wait(self) -> list[Batch]:
        """Wait until a free partition has something, or something else has changed."""
        change = asyncio.ensure_future(self._changed.wait())
        free = self._free()
        taken = asyncio.ensure_future(self._take(free, 1000)) if free else None
        waits = [change] if taken is None else [change, taken]
        try:
            await asyncio.wait(waits, timeout=2, return_when=asyncio.FIRST_COMPLETED)
            return taken.result() if taken is not None and taken.done() else []
        finally:
            # Cancelling loses no records: the client takes them only when it is about to return them.
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def commit(self, batches: Sequence[Batch]) -> None:
        """Note the offsets behind `batches`; they are committed a moment later, per partition."""
        for batch in batches:
            if (partition := self._land(batch)) is not None:
                self._offsets[partition] = batch.messages[-1].position + 1

    def _land(self, batch: Batch) -> TopicPartition | None:
        """End the flight of a batch; None when its partition was revoked meanwhile."""
        partition = TopicPartition(batch.topic, batch.partition)
        if self._in_flight.get(partition) is not batch or batch.generation != self._generation:
            return None
        del self._in_flight[partition]
        self._landed.set()
        self._changed.set()
        return partition

    # The work behind it.

    async def _store_lazily(self) -> None:
        while True:
            await asyncio.sleep(STORE_SECONDS)
            if self._offsets and self._consumer is not None and not self._revoking:
                try:
                    await self._store(self._consumer)
                except KafkaError as error:
                    log.warning("offsets were not committed, will try again: %s", type(error).__name__)
                    await asyncio.sleep(1)

    async def _store(self, consumer: AIOKafkaConsumer) -> None:
        """Commit exactly the offsets of handled batches. What another member holds now is left alone."""
        offsets = dict(self._offsets)
        if not offsets:
            return
        try:
            await consumer.commit(offsets)
        except _LOST as error:
            log.info("offsets belong to another member now: %s", type(error).__name__)
        for partition, offset in offsets.items():
            if self._offsets.get(partition) == offset:
                del self._offsets[partition]

    async def _watch(self) -> None:
        """Fail when messages wait but none was handed out for long; the worker then joins anew."""
        while True:
            await asyncio.sleep(self._silence_seconds / 4)
            idle = time.monotonic() - self._heard_at
            if self._consumer is None or self._in_flight or self._revoking or idle < self._silence_seconds:
                continue
            if await self._waiting(self._consumer):
                raise ConsumerSilent(f"nothing was received for {idle:.0f} s although messages wait")
            self._heard_at = time.monotonic()

    async def _waiting(self, consumer: AIOKafkaConsumer) -> bool:
        """Whether the broker has messages that we were not given; an unreachable broker counts, too."""
        try:
            async with asyncio.timeout(10):
                held = consumer.assignment()
                ends = await consumer.end_offsets(held) if held else {}
                return any([ends[partition] > await consumer.position(partition) for partition in held])
        except TimeoutError:
            return True
        except IllegalStateError:
            return False
