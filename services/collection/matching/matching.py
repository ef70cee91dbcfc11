"""The worker that gives every stored payment its place, in the order of arrival.

Any number of instances may run: the lease lets one at a time decide, so that of two payments for one person
the first one counts, and the same notifications always end in the same lines.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from libs.common.service import Backlog
from services.collection.matching import store
from services.collection.matching.lines import Decision, Dues, Line, decide
from services.collection.matching.reading import Reader, again, sought
from services.collection.matching.settling import Settling
from services.collection.metrics import CollectionMetrics

#: With fewer payment lines than this a batch waits for company, and lines for at most the idle pause.
WORTH_A_TRANSACTION = 50
IDLE_SECONDS = 0.05


class Matcher:
    """Matches what is queued; `batch` is how many queue rows share one transaction."""

    def __init__(
        self,
        engine: AsyncEngine,
        reader: Reader,
        settling: Settling,
        *,
        backlog: Backlog,
        metrics: CollectionMetrics,
        batch: int,
    ) -> None:
        self._engine = engine
        self._reader = reader
        self._settling = settling
        self._backlog = backlog
        self._metrics = metrics
        self._batch = batch

    async def run(self, stop: asyncio.Event) -> None:
        """Match until `stop`. While little arrives, look every 50 ms: a transaction for one line is dear."""
        while not stop.is_set():
            if await self.match_next() < WORTH_A_TRANSACTION:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), IDLE_SECONDS)

    async def match_next(self) -> int:
        """Match the next batch in one transaction; 0 when there is none, or another instance is at it."""
        decisions: list[Decision] = []
        async with self._engine.begin() as conn:
            if not await store.has_work(conn) or not await store.take_lease(conn):
                return 0
            work = await store.queued(conn, self._batch)
            if work:
                decisions = await self._match(conn, work)
                await store.unqueue(conn, [(row.notification_id, row.line_no) for row in work])
        self._backlog.done("matched", len(work))
        self._metrics.decided(decisions)
        return len(work)

    async def pending(self) -> int:
        """How much waits to be matched, for the backlog."""
        async with self._engine.connect() as conn:
            return await store.queue_length(conn)

    async def _match(self, conn: AsyncConnection, work: Sequence[Any]) -> list[Decision]:
        claims = [(row, self._reader.claim(row)) for row in work if row.line_no == 0]
        numbers = sorted({claim.order_no for _, claim in claims if claim.order_no is not None})
        orders = await store.orders_named(conn, numbers)
        readings = [self._reader.read(row, claim, orders) for row, claim in claims]
        lines = [line for reading in readings for line in reading.lines]
        lines += [line for line in (again(row) for row in work if row.line_no > 0) if line is not None]
        lines.sort(key=lambda line: (line.payment_id, line.line_no))
        decisions = await judged(conn, lines)
        await store.insert_payments(conn, [reading.payment() for reading in readings])
        await self._settling.settle(conn, decisions)
        paid = {
            reading.order.order_no: {
                "order_no": reading.order.order_no,
                "payment_id": reading.row.notification_id,
                "paid_at": reading.claim.paid_at,
            }
            for reading in reversed(readings)
            if reading.order is not None and reading.settles_order
        }
        await store.mark_orders_paid(conn, list(paid.values()))
        return decisions


async def judged(conn: AsyncConnection, lines: Sequence[Line]) -> list[Decision]:
    """Find whose money the lines are and judge them, in their order."""
    dues = Dues(await store.dues_found(conn, *sought(lines)))
    paid = await store.paid_people(conn, dues.people())
    return decide(lines, dues, paid)
