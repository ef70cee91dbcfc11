"""A small service for delivery_conformance.py: it publishes numbers, and writes down what it is told."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from libs.common.bus import outbox
from libs.common.bus.consumer import Patience, Received, TopicHandler, consumer
from libs.common.bus.outbox import Draft
from libs.common.bus.port import Bus
from libs.common.bus.relay import relay
from libs.common.bus.tables import create_bus_tables
from libs.common.clock import SystemClock
from libs.common.events.envelope import Fact
from libs.common.policy import Notices
from libs.common.security.digests import Digests
from libs.common.security.keys import SigningKey
from libs.common.security.tokens import Authenticator
from libs.common.service import AnyContext, ServiceContext, Worker, no_parts
from libs.common.settings import ServiceSettings
from libs.common.testing.waiting import eventually

AT = datetime(2020, 11, 20, 2, 0, tzinfo=UTC)


class Counted(Fact):
    """A number was counted."""

    type: ClassVar[str] = "canbao.test.counted.v1"
    topic: ClassVar[str] = "canbao.test"

    n: int


class Ignored(Fact):
    """Something happened that the reader does not care for."""

    type: ClassVar[str] = "canbao.test.ignored.v1"
    topic: ClassVar[str] = "canbao.test"


@dataclass
class Numbers:
    """Publisher and reader in one: one database, its outbox and its inbox.

    `hurt` is called with each batch before it is written down, and may raise.
    """

    engine: AsyncEngine
    topic: str
    hurt: Callable[[Sequence[int]], None] = lambda numbers: None
    contexts: list[AnyContext] = field(default_factory=list)

    async def create_tables(self) -> None:
        """Create the bus tables and what `handle` writes."""
        async with self.engine.begin() as conn:
            await conn.run_sync(create_bus_tables)
            await conn.execute(text("CREATE TABLE keys (key text PRIMARY KEY, n bigint NOT NULL)"))
            await conn.execute(
                text("CREATE TABLE told (no bigint GENERATED ALWAYS AS IDENTITY, key text, n bigint)")
            )

    async def handle(self, conn: AsyncConnection, batch: Sequence[Received]) -> None:
        """Write down the numbers in the order they come."""
        numbers = [received.fact.model_dump()["n"] for received in batch]
        await conn.execute(
            text("""
                INSERT INTO told (key, n) SELECT key, n
                FROM unnest(CAST(:keys AS text[]), CAST(:numbers AS bigint[]))
                  WITH ORDINALITY AS u(key, n, no)
                ORDER BY no
            """),
            {"keys": [received.message.key for received in batch], "numbers": numbers},
        )
        self.hurt(numbers)

    async def publish(self, numbers: Sequence[int], keys: int = 20) -> None:
        """Append numbers to the outbox in one transaction."""
        async with self.engine.begin() as conn:
            await outbox.append(conn, [Draft(Counted(n=n), f"k{n % keys}", AT) for n in numbers])

    def workers(self, bus: Bus) -> list[Worker]:
        """Relay and consumer of one instance."""
        authenticator, digests = Authenticator(SigningKey.generate().jwks()), Digests(b"\x07" * 32)
        context: ServiceContext[ServiceSettings, None] = ServiceContext(
            "test",
            ServiceSettings(),
            self.engine,
            bus,
            SystemClock(),
            Notices([]),
            authenticator,
            digests,
            no_parts,
        )
        self.contexts.append(context)
        handler = TopicHandler(self.handle, (Counted,))
        patience = Patience(first_wait_seconds=0.01, longest_wait_seconds=0.2)
        return [relay(context, self.topic), consumer(context, "test", {self.topic: handler}, patience)]

    @asynccontextmanager
    async def running(self, *buses: Bus) -> AsyncIterator[list[asyncio.Task[None]]]:
        """Run an instance on each bus meanwhile; gives the tasks, two an instance."""
        stop = asyncio.Event()
        workers = [worker for bus in buses for worker in self.workers(bus)]
        tasks = [asyncio.create_task(worker.run(stop)) for worker in workers]
        try:
            yield tasks
        finally:
            stop.set()
            await asyncio.wait(tasks, timeout=20)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def told(self) -> list[tuple[str, int]]:
        """What was written down, in order: (key, n)."""
        return [(row.key, row.n) for row in await self.query("SELECT key, n FROM told ORDER BY no")]

    async def query(self, sql: str, **parameters: object) -> Sequence[Row[tuple[object, ...]]]:
        """Run one statement in a transaction of its own; gives its rows if it has any."""
        async with self.engine.begin() as conn:
            result = await conn.execute(text(sql), parameters)
            return result.all() if result.returns_rows else []

    async def until_told(self, number: int, seconds: float = 40) -> list[tuple[str, int]]:
        """Wait until that many numbers are written down."""

        async def enough() -> bool:
            return await self.count("told") >= number

        await eventually(enough, seconds)
        return await self.told()

    async def count(self, table: str, condition: str = "true") -> int:
        """Count rows."""
        return int((await self.query(f"SELECT count(*) AS n FROM {table} WHERE {condition}"))[0].n)

    async def until_quiet(self, seconds: float = 40) -> None:
        """Wait until nothing is pending in any running instance, twice in a row."""
        before: list[dict[str, dict[str, int]]] = []

        async def quiet() -> bool:
            now = [await context.backlog.snapshot() for context in self.contexts]
            same, before[:] = now == before, now
            return same and not any(any(snapshot["pending"].values()) for snapshot in now)

        await eventually(quiet, seconds)
