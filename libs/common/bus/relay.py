"""The worker that publishes a service's outbox to the bus, in order; instances share its shards out."""

import asyncio
import logging
import time
from collections.abc import Sequence

import asyncpg

from libs.common.bus import cursor as cursors
from libs.common.bus import shards as leases
from libs.common.bus.cursor import Cursor
from libs.common.bus.driver import Retry, borrowed_connection, pause, rest
from libs.common.bus.handling import count_types
from libs.common.bus.outbox import RELAYS
from libs.common.bus.port import Outgoing
from libs.common.bus.shards import ALL, LeaseLost, Shards
from libs.common.bus.unpublished import Unpublished
from libs.common.db.engine import DriverConnection
from libs.common.service import AnyContext, Worker

log = logging.getLogger(__name__)

#: Events per publish: large enough that round trips vanish, small enough to keep memory and repeats small.
CHUNK = 1_000
IDLE_SECONDS = 0.25
#: After a poke the change is still committing, and others come with it: look this long after it, and then at
#: twice the distance each time.
EAGER_SECONDS = 0.005
PURGE_EVERY_SECONDS = 600

_READ = """
    SELECT id, key, type, time, subject, correlation_id, causation_id, data
    FROM outbox WHERE id = ANY($1::bigint[]) ORDER BY id
"""
PURGED_AT_ONCE = 5_000
PURGE = f"""
    DELETE FROM outbox WHERE id IN (
        SELECT id FROM outbox
        WHERE appended_at < now() - make_interval(days => $1) AND transaction_id < (
            SELECT min(coalesce(pg_snapshot_xmin(seen::pg_snapshot)::text::bigint, 0))
            FROM outbox_cursor WHERE id > 1)
        LIMIT {PURGED_AT_ONCE})
"""


def relay(context: AnyContext, topic: str | None = None) -> Worker:
    """Make the worker that publishes the outbox of `context` to `topic` (the service's own by default).

    Any number of instances may run: they share the shards out, and a lease lets one at a time publish each.
    An instance that lost a lease without noticing can only publish again what its successor publishes too, in
    the same order, so the first occurrence of every event is in order and the inboxes drop the others.
    """
    running = Relay(context, topic or f"canbao.{context.name}")
    context.backlog.add("outbox", running.pending)
    return Worker(f"{context.name}-relay", running.run)


def outgoing(rows: Sequence[asyncpg.Record], topic: str, source: str) -> list[Outgoing]:
    """Make bus messages of outbox rows."""
    return [
        Outgoing(
            topic,
            key=row["key"],
            id=str(row["id"]),
            source=source,
            type=row["type"],
            time=row["time"],
            data=row["data"].encode(),
            subject=row["subject"],
            correlation_id=row["correlation_id"],
            causation_id=row["causation_id"],
        )
        for row in rows
    ]


class Relay:
    """The state of one relay worker."""

    def __init__(self, context: AnyContext, topic: str) -> None:
        self._context = context
        self._topic = topic
        self._source = f"canbao/{context.name}"
        self._shards = Shards(context.name)
        self._purged_at = time.monotonic()
        self._unpublished = Unpublished(context, topic)

    async def pending(self) -> int:
        """Count the events that are not published yet."""
        async with borrowed_connection(self._context.engine) as connection:
            return await cursors.pending(connection)

    async def run(self, stop: asyncio.Event) -> None:
        """Publish until `stop` is set; database and bus may go away and come back meanwhile."""
        retry = Retry()
        with RELAYS.listening(self._context.engine) as poke:
            while not stop.is_set():
                retry.begin()
                try:
                    async with borrowed_connection(self._context.engine) as connection:
                        await self._lead(connection, stop, poke)
                except LeaseLost as lost:
                    log.warning("relay paused: %s", lost)
                    await pause(stop, 1)
                except Exception as error:
                    await retry.after(error, f"relay of {self._context.name}", stop)

    async def _lead(self, connection: DriverConnection, stop: asyncio.Event, poke: asyncio.Event) -> None:
        """Publish the shards that are this relay's share, until `stop` is set. Raises LeaseLost."""
        shards = self._shards
        shards.begin_again()
        cursor = Cursor(connection, shards)
        distance, shared_at = IDLE_SECONDS, float("-inf")
        while not stop.is_set():
            if time.monotonic() - shared_at > leases.LEASE_SECONDS / 4:
                await self._share_out(connection, cursor)
                shared_at = time.monotonic()
            if poke.is_set():
                poke.clear()
                distance = EAGER_SECONDS
                await pause(stop, distance)
            if (window := await cursor.look()) is not None:
                await self._context.right_of_way.give_way()
                await self._publish(connection, cursor, window, stop)
                continue
            await rest(poke, stop, distance)
            distance = min(2 * distance, IDLE_SECONDS)
        await shards.leave(connection)

    async def _share_out(self, connection: DriverConnection, cursor: Cursor) -> None:
        """Have the shards that are this relay's share, and do for them what is due now and then."""
        if await cursor.share_out():
            self._unpublished.know_nothing()
        if not self._shards.held:
            return
        await self._unpublished.look(self._shards.held)
        if ALL[0] in self._shards.held:
            await self._purge(connection)

    async def _publish(
        self, connection: DriverConnection, cursor: Cursor, window: cursors.Window, stop: asyncio.Event
    ) -> None:
        """Publish a window by chunks; the next is read while the bus acknowledges the one before."""
        chunks = [window.ids[at : at + CHUNK] for at in range(0, len(window.ids), CHUNK)]
        rows = await connection.fetch(_READ, chunks[0])
        for number, chunk in enumerate(chunks):
            types = [row["type"] for row in rows]
            sending = asyncio.ensure_future(
                self._unpublished.publish(outgoing(rows, self._topic, self._source), window.shards)
            )
            try:
                if number + 1 < len(chunks):
                    rows = await connection.fetch(_READ, chunks[number + 1])
            finally:
                await sending
            await cursor.advance(window, chunk[-1])
            self._context.backlog.done("published", len(chunk))
            count_types(self._context.metrics.events_published, types)
            if stop.is_set():
                return

    async def _purge(self, connection: DriverConnection) -> None:
        """Delete some published rows past their retention; the next time soon, if there may be more."""
        if time.monotonic() - self._purged_at < PURGE_EVERY_SECONDS:
            return
        days = self._context.settings.outbox_retention_days
        if await connection.execute(PURGE, days) != f"DELETE {PURGED_AT_ONCE}":
            self._purged_at = time.monotonic()
