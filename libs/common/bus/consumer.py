"""The worker that gives a service's handlers their events, batch by batch in parallel lanes."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Mapping, Sequence

from libs.common.bus import dead_letters, inbox
from libs.common.bus.dead_letters import TopicKey
from libs.common.bus.driver import Retry, pause
from libs.common.bus.handling import Handle, Handling, Patience, Received, TopicHandler
from libs.common.bus.port import Batch, Subscription
from libs.common.db import used_keys
from libs.common.repeating import for_each
from libs.common.service import AnyContext, Worker

__all__ = ["Handle", "Patience", "Received", "TopicHandler", "consumer"]

log = logging.getLogger(__name__)

#: Messages of one partition taken at once, and of several partitions applied in one transaction.
BATCH = 500
TRANSACTION = 1_000
#: Transactions of one topic that run side by side, each with its own partitions: one is decoded in this
#: process while the database works on the other.
LANES = 2
RETRY_LOOK_SECONDS = 1.0
PURGE_EVERY_SECONDS = 3_600


def consumer(
    context: AnyContext,
    group: str,
    handlers: Mapping[str, TopicHandler],
    patience: Patience | None = None,
) -> Worker:
    """Make the worker that feeds `handlers` (by topic) as a member of `group`.

    One group per service: the inbox does not tell groups apart. Any number of instances may run.
    """
    running = Consumer(context, group, handlers, patience)
    context.backlog.add("lag", running.lag)
    context.backlog.hold("dead_letters", running.letters)
    context.metrics.gauge_from(
        "canbao_dead_letters", "Messages waiting in the dead-letter store.", "state", running.open_letters
    )
    return Worker(f"{group}-consumer", running.run)


class Lane:
    """Batches of some partitions of one topic, applied one transaction at a time, in their order."""

    def __init__(self, handling: Handling) -> None:
        self.handling = handling
        self._waiting: deque[Batch] = deque()
        self._filled = asyncio.Event()

    def put(self, batch: Batch) -> None:
        self._waiting.append(batch)
        self._filled.set()

    async def take(self) -> list[Batch]:
        """Wait for batches; give as many as fit one transaction."""
        await self._filled.wait()
        taken: list[Batch] = []
        size = 0
        while self._waiting and (not taken or size + len(self._waiting[0].messages) <= TRANSACTION):
            taken.append(self._waiting.popleft())
            size += len(taken[-1].messages)
        if not self._waiting:
            self._filled.clear()
        return taken


class Consumer:
    """The state of one consumer worker."""

    def __init__(
        self,
        context: AnyContext,
        group: str,
        handlers: Mapping[str, TopicHandler],
        patience: Patience | None = None,
    ) -> None:
        self._context = context
        self._group = group
        self._purged_at = time.monotonic()
        self._topics = list(handlers)
        self._handlings = {
            topic: Handling(context.engine, topic, handler, patience, context.metrics)
            for topic, handler in handlers.items()
        }

    async def lag(self) -> int:
        """Count the messages that this group has still to handle."""
        return sum((await self._context.bus.lag(self._group, self._topics)).values())

    async def open_letters(self) -> dict[str, float]:
        """Count the open dead letters by state."""
        async with self._context.engine.connect() as conn:
            return await dead_letters.count_open(conn)

    async def letters(self) -> int:
        """Count the open dead letters."""
        return int(sum((await self.open_letters()).values()))

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until `stop` is set, and through outages of bus and database."""
        retry = Retry()
        while not stop.is_set():
            retry.begin()
            try:
                async with self._context.bus.subscribe(self._group, self._topics, BATCH) as subscription:
                    await self._consume(subscription, stop)
            except Exception as error:
                await retry.after(error, f"consumer {self._group}", stop)

    async def _consume(self, subscription: Subscription, stop: asyncio.Event) -> None:
        """Run pump, lanes and retries until `stop` or a failure; transactions under way end first."""
        lanes = {topic: [Lane(handling) for _ in range(LANES)] for topic, handling in self._handlings.items()}
        idle = asyncio.Event()
        workers = [
            asyncio.create_task(self._work(lane, subscription, idle))
            for some in lanes.values()
            for lane in some
        ]
        others = [
            asyncio.create_task(self._pump(subscription, lanes)),
            asyncio.create_task(self._retry(stop)),
            asyncio.create_task(stop.wait()),
        ]
        try:
            await asyncio.wait([*workers, *others], return_when=asyncio.FIRST_COMPLETED)
        finally:
            idle.set()
            for task in others:
                task.cancel()
            await self._finish(workers, others)

    async def _finish(
        self, workers: Sequence[asyncio.Task[None]], others: Sequence[asyncio.Task[object]]
    ) -> None:
        """Let the transactions under way end, within bounds; raise what made one of the tasks fail."""
        _, late = await asyncio.wait(workers, timeout=8)
        for task in late:
            task.cancel()
        results = await asyncio.gather(*workers, *others, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _pump(self, subscription: Subscription, lanes: Mapping[str, Sequence[Lane]]) -> None:
        async for batch in subscription.batches():
            lanes[batch.topic][batch.partition % LANES].put(batch)

    async def _work(self, lane: Lane, subscription: Subscription, ending: asyncio.Event) -> None:
        """Apply what waits in `lane` until `ending`; what was not begun then is simply delivered again."""
        end = asyncio.create_task(ending.wait())
        try:
            while not ending.is_set():
                take = asyncio.create_task(lane.take())
                await asyncio.wait((take, end), return_when=asyncio.FIRST_COMPLETED)
                if not take.done():
                    take.cancel()
                    return
                await self._context.right_of_way.give_way()
                batches = take.result()
                messages = [message for batch in batches for message in batch.messages]
                handled = await lane.handling.process(messages)
                await subscription.commit(batches)
                self._context.backlog.done("handled", handled)
        finally:
            end.cancel()

    async def _retry(self, stop: asyncio.Event) -> None:
        """Try dead letters again when an operator asked for it; now and then purge the inbox."""
        retry = Retry()
        works = (("retrying of dead letters", self._retry_keys), ("purging of the inbox", self._purge))
        while not stop.is_set():
            retry.begin()
            try:
                await for_each(works, lambda work: work[1](), lambda work: work[0])
            except Exception as error:
                await retry.after(error, f"dead letters of {self._group}", stop)
            await pause(stop, RETRY_LOOK_SECONDS)

    async def _retry_keys(self) -> None:
        async with self._context.engine.connect() as conn:
            keys = await dead_letters.retrying_keys(conn, self._topics)

        async def retry(asked: TopicKey) -> None:
            await self._handlings[asked.topic].retry_key(asked.key)

        await for_each(keys, retry, lambda asked: f"dead letters of {asked.topic}")

    async def _purge(self) -> None:
        """Forget what can not come again: events that the publisher purged a month ago, and used keys."""
        if time.monotonic() - self._purged_at < PURGE_EVERY_SECONDS:
            return
        self._purged_at = time.monotonic()
        deleted = 1
        while deleted:
            async with self._context.engine.begin() as conn:
                deleted = await inbox.purge(conn, self._context.settings.outbox_retention_days + 30)
                deleted += await used_keys.purge(conn)
