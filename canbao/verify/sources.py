"""One read-only snapshot of each service's database, read as typed rows."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.engine import create_engine
from libs.common.db.rows import Statement, execute, fetch_as, fetch_value, statement, stream_as
from libs.common.policy import Notices

#: Rows that are looked up together in another database.
CHUNK = 2_000

_PREPARE = [
    # Sorting and hashing are done in the database; this much of it in memory.
    statement("SET LOCAL work_mem = '64MB'"),
    # A season that was just played has no statistics yet: a nested loop would be a guess.
    statement("SET LOCAL enable_nestloop = off"),
]

Shape = TypeVar("Shape")


class NotMigrated(Exception):
    """A database lacks tables that this code expects."""


@dataclass(frozen=True)
class Sources:
    """A snapshot of each service's database, and the notices.

    Rows are dataclasses whose members are named as the columns of the query. They are not frozen: of those
    there are millions, and freezing doubles what each costs.
    """

    connections: Mapping[str, AsyncConnection]
    notices: Notices

    def stream(
        self, service: str, shape: type[Shape], query: Statement, **parameters: object
    ) -> AsyncIterator[Shape]:
        """Read rows one after the other, whatever their number."""
        return stream_as(self.connections[service], shape, query, **parameters)

    async def rows(
        self, service: str, shape: Callable[..., Shape], query: Statement, **parameters: object
    ) -> list[Shape]:
        """Read rows that are few."""
        return await fetch_as(self.connections[service], shape, query, **parameters)

    async def number(self, service: str, query: Statement, **parameters: object) -> int:
        """Read one number; 0 for NULL."""
        return await fetch_value(self.connections[service], int, query, **parameters) or 0


@asynccontextmanager
async def open_sources(urls: Mapping[str, str], notices: Notices) -> AsyncIterator[Sources]:
    """Open a snapshot of every database; nothing can be written through it."""
    async with AsyncExitStack() as stack:
        connections = {}
        for name, url in urls.items():
            engine = create_engine(url, name="canbao-verify", pool_size=1)
            stack.push_async_callback(engine.dispose)
            connection = await stack.enter_async_context(engine.connect())
            connection = await connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            for setting in _PREPARE:
                await execute(connection, setting)
            connections[name] = connection
        yield Sources(connections, notices)
