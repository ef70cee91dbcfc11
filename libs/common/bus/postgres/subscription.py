"""One member of a consumer group on the embedded bus: buffers, batches and lazy commits."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import asyncpg

from libs.common.bus.port import Batch, Message
from libs.common.bus.postgres import log as postgres_log
from libs.common.bus.postgres.group import Membership, Place
from libs.common.db.engine import DriverConnection

#: Positions are stored this long after a commit, together: the inbox makes the repeats of a crash harmless.
STORE_SECONDS = 0.05


@dataclass
class _Partition:
    """A partition that is held: what was read ahead, what is being handled, how far it was handled.

    `more`: behind what was read there may be something.
    """

    topic: str
    number: int
    generation: int
    position: int
    stored: int
    read_to: int
    runs: deque[tuple[int, str]] = field(default_factory=deque)
    messages: deque[Message] = field(default_factory=deque)
    ahead: int = 0
    more: bool = True
    in_flight: Batch | None = None
    leaving: bool = False

    def add(self, last_position: int, size: int, records: str) -> None:
        """Buffer a run as it was read."""
        self.runs.append((last_position, records))
        self.ahead += min(size, last_position + 1 - self.read_to)
        self.read_to = last_position + 1

    def take(self, limit: int) -> Batch | None:
        """Make the next batch of what is buffered."""
        while len(self.messages) < limit and self.runs:
            last_position, records = self.runs.popleft()
            run = postgres_log.decode(records, self.topic, self.number, last_position)
            self.messages.extend(message for message in run if message.position >= self.position)
        if not self.messages:
            return None
        taken = tuple(self.messages.popleft() for _ in range(min(limit, len(self.messages))))
        self.ahead -= len(taken)
        self.in_flight = Batch(self.topic, self.number, taken, self.generation)
        return self.in_flight


class PostgresSubscription:
    """A member of a consumer group on the embedded bus; made by `PostgresBus.subscribe`."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        membership: Membership,
        topics: dict[int, tuple[str, int]],
        max_batch: int,
        *,
        beat_seconds: float,
        look_seconds: float,
    ) -> None:
        self._pool = pool
        self._membership = membership
        self._topics = topics
        self._ids = {name: topic_id for topic_id, (name, _) in topics.items()}
        self._max_batch = max_batch
        self._beat_seconds = beat_seconds
        self._look_seconds = look_seconds
        self._held: dict[Place, _Partition] = {}
        self._turn = 0
        self._ready = asyncio.Event()
        self._look = asyncio.Event()
        self._beat = asyncio.Event()
        self._dirty = asyncio.Event()
        self._storing = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []

    # What the bus calls.

    async def join(self) -> None:
        """Become a member and take the share; raises when the database is away."""
        async with self._pool.acquire() as connection:
            await self._membership.create_positions(connection)
        await self._rebalance()
        for work in (self._keep_share, self._read_ahead, self._store_lazily):
            task = asyncio.create_task(work())
            task.add_done_callback(lambda _: self._ready.set())
            self._tasks.append(task)

    async def leave(self) -> None:
        """Store the positions and give the partitions back; what is in flight will be delivered again."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with suppress(Exception):
            async with asyncio.timeout(5):
                async with self._pool.acquire() as connection:
                    await self._store(connection)
                    await self._release(connection, list(self._held))
                    await self._membership.leave(connection)
                    await self._tell_group(connection)
        self._held.clear()

    def wake(self, payload: str) -> None:
        """React to a notification: the name of a topic that grew, or of a group that changed."""
        if (grown := self._ids.get(payload)) is not None:
            for (topic_id, _), partition in self._held.items():
                partition.more = partition.more or topic_id == grown
            self._look.set()
        elif payload == self._membership.channel_payload:
            self._beat.set()

    # The port.

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """Yield batches; raises what made the subscription fail (the database went away)."""
        while True:
            for task in self._tasks:
                if task.done():
                    if not task.cancelled():
                        task.result()
                    return
            batch = self._next()
            if batch is not None:
                yield batch
                continue
            self._ready.clear()
            await self._ready.wait()

    async def commit(self, batches: Sequence[Batch]) -> None:
        """Move the positions behind `batches`, here at once and in the database a moment later."""
        for batch in batches:
            if (partition := self._landed(batch)) is not None:
                partition.position = batch.messages[-1].position + 1
                self._dirty.set()

    def _landed(self, batch: Batch) -> _Partition | None:
        """End the flight of a batch; None when its partition is not ours any more."""
        partition = self._held.get((self._ids[batch.topic], batch.partition))
        if partition is None or partition.in_flight is not batch:
            return None
        partition.in_flight = None
        self._ready.set()
        if partition.leaving:
            self._beat.set()
        if partition.ahead < self._max_batch:
            self._look.set()
        return partition

    def _next(self) -> Batch | None:
        """Take a batch from the partitions in turn."""
        places = list(self._held)
        for step in range(len(places)):
            partition = self._held[places[(self._turn + step) % len(places)]]
            if partition.in_flight is None and not partition.leaving:
                batch = partition.take(self._max_batch)
                if batch is not None:
                    self._turn = (self._turn + step + 1) % len(places)
                    return batch
        return None

    # The work behind it.

    async def _keep_share(self) -> None:
        """Stay alive for the group, give up and take partitions as members come and go."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._beat_seconds):
                    await self._beat.wait()
            self._beat.clear()
            await self._rebalance()

    async def _rebalance(self) -> None:
        async with self._pool.acquire() as connection:
            share = await self._membership.announce(connection)
            really = await self._membership.held(connection)
            for place, partition in list(self._held.items()):
                if really.get(place) != partition.generation:
                    del self._held[place]
            surplus = [place for place in self._held if place not in share]
            for place in surplus:
                self._held[place].leaving = True
            landed = [place for place in surplus if self._held[place].in_flight is None]
            if landed:
                await self._store(connection)
                await self._release(connection, landed)
            claimed = await self._claim(connection, sorted(share - self._held.keys()))
            if landed or claimed:
                await self._tell_group(connection)

    async def _release(self, connection: DriverConnection, places: Sequence[Place]) -> None:
        """Forget partitions here first, so that nothing more is taken from them, then in the database."""
        given = [(*place, self._held.pop(place).generation) for place in places]
        await self._membership.release(connection, given)

    async def _claim(self, connection: DriverConnection, places: Sequence[Place]) -> bool:
        claimed = await self._membership.claim(connection, places) if places else {}
        for place, holding in claimed.items():
            at = holding.position
            name = self._topics[place[0]][0]
            self._held[place] = _Partition(name, place[1], holding.generation, at, stored=at, read_to=at)
        if claimed:
            self._look.set()
        return bool(claimed)

    async def _tell_group(self, connection: DriverConnection) -> None:
        """Have the other members look at once what is theirs now."""
        await connection.execute(
            "SELECT pg_notify($1, $2)", postgres_log.CHANNEL, self._membership.channel_payload
        )

    async def _read_ahead(self) -> None:
        """Keep the buffers filled: read what a notification told of, and at each look interval everything."""
        looked_at = time.monotonic()
        while True:
            self._look.clear()
            left = looked_at + self._look_seconds - time.monotonic()
            if left <= 0:
                looked_at, left = time.monotonic(), self._look_seconds
                for partition in self._held.values():
                    partition.more = True
            wanted = [
                (*place, partition.read_to)
                for place, partition in self._held.items()
                if partition.more and partition.ahead < self._max_batch and not partition.leaving
            ]
            if wanted:
                await self._read(wanted)
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._look.wait()

    async def _read(self, wanted: Sequence[tuple[int, int, int]]) -> None:
        """Read into the buffers. What is told meanwhile is read the next time."""
        before = {(topic_id, number): self._held[topic_id, number] for topic_id, number, _ in wanted}
        for partition in before.values():
            partition.more = False
        async with self._pool.acquire() as connection:
            rows = await postgres_log.read(connection, wanted, self._max_batch)
        found = Counter[Place]()
        for row in rows:
            place = row["topic_id"], row["partition"]
            found[place] += row["messages"]
            if self._held.get(place) is before[place]:
                before[place].add(row["last_position"], row["messages"], row["records"])
        for place, size in found.items():
            before[place].more = before[place].more or size >= self._max_batch
        if rows:
            self._ready.set()

    async def _store_lazily(self) -> None:
        while True:
            await self._dirty.wait()
            await asyncio.sleep(STORE_SECONDS)
            async with self._pool.acquire() as connection:
                await self._store(connection)

    async def _store(self, connection: DriverConnection) -> None:
        """Store the positions that have moved."""
        async with self._storing:
            self._dirty.clear()
            moved = [(place, p) for place, p in self._held.items() if p.position != p.stored]
            if not moved:
                return
            positions = [(*place, p.generation, p.position) for place, p in moved]
            await self._membership.store(connection, positions)
            for (_, partition), (*_, position) in zip(moved, positions, strict=True):
                partition.stored = position
