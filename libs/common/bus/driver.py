"""Reaches asyncpg under SQLAlchemy's pool, and paces loops that meet an outage."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import cast

from sqlalchemy.ext.asyncio import AsyncEngine

from libs.common.bus.dead_letters import reason_of
from libs.common.db.engine import DriverConnection
from libs.common.db.trouble import is_collision, is_outage
from libs.common.setbacks import SetBack, setback

log = logging.getLogger(__name__)


@asynccontextmanager
async def borrowed_connection(engine: AsyncEngine) -> AsyncIterator[DriverConnection]:
    """Borrow a connection of the pool as asyncpg's own, outside of any transaction."""
    async with engine.connect() as connection:
        raw = await connection.get_raw_connection()
        yield cast("DriverConnection", raw.driver_connection)


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Sleep, but no longer than until `stop` is set."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()


async def rest(poke: asyncio.Event, stop: asyncio.Event, seconds: float) -> None:
    """Wait for a poke, for `stop` or for `seconds`."""
    waits = [asyncio.ensure_future(event.wait()) for event in (poke, stop)]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


class Retry:
    """Waits longer from failure to failure of a worker, and tells each to operators."""

    def __init__(self) -> None:
        self._failures = 0
        self._began = 0.0

    def begin(self) -> None:
        """Note that the work begins again."""
        self._began = time.monotonic()

    async def after(self, error: Exception, worker: str, stop: asyncio.Event) -> None:
        """Log `error` of `worker` and wait before the next try, but no longer than until `stop`."""
        if time.monotonic() - self._began > 10:
            self._failures = 0
        self._failures += 1
        if is_outage(error) or is_collision(error):
            log.warning("%s failed and tries again: %s", worker, reason_of(error))
        elif not isinstance(error, SetBack):
            setback(f"a round of {worker}", error)
        await pause(stop, min(5.0, 0.1 * 2 ** min(self._failures, 6)))
