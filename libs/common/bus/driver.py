"""Answers "how is asyncpg reached under SQLAlchemy's pool, and whose fault is a database error?"."""

import asyncio
import logging
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress

import asyncpg
from sqlalchemy import exc
from sqlalchemy.ext.asyncio import AsyncEngine

log = logging.getLogger(__name__)

#: The server is away, full, read-only or not migrated: no message is to blame, all would fail alike.
_OUTAGE = (
    ConnectionError,
    TimeoutError,
    socket.gaierror,
    exc.TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresIOError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
)
#: Two transactions got in each other's way: another try usually works.
_COLLISION = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
)


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and what it was raised from, through SQLAlchemy's wrapping."""
    seen: set[int] = set()
    pending: BaseException | None = error
    while pending is not None and id(pending) not in seen:
        seen.add(id(pending))
        yield pending
        pending = getattr(pending, "orig", None) or pending.__cause__


def is_outage(error: BaseException) -> bool:
    """Whether the database as a whole is the trouble, so that trying again later is the only thing to do."""
    return any(
        isinstance(cause, _OUTAGE)
        or getattr(cause, "connection_invalidated", False)
        or (isinstance(cause, asyncpg.InterfaceError) and "clos" in str(cause))
        for cause in causes(error)
    )


def is_collision(error: BaseException) -> bool:
    """Whether the transaction lost against a concurrent one (deadlock, serialization, lock timeout)."""
    return any(isinstance(cause, _COLLISION) for cause in causes(error))


@asynccontextmanager
async def borrowed_connection(engine: AsyncEngine) -> AsyncIterator[asyncpg.Connection]:
    """Borrow a connection of the pool as asyncpg's own, outside of any transaction."""
    async with engine.connect() as connection:
        raw = await connection.get_raw_connection()
        yield raw.driver_connection


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Sleep, but no longer than until `stop` is set."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()


class Retry:
    """Waits longer from failure to failure of a worker, and logs each; a trace only for the first."""

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
        trace = self._failures == 1 and not is_outage(error)
        log.warning("%s failed and tries again: %s", worker, type(error).__name__, exc_info=trace)
        await pause(stop, min(5.0, 0.1 * 2 ** min(self._failures, 6)))
