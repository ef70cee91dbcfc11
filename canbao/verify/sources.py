"""Answers "what do the databases say?": one read-only snapshot of each, read as streams of rows."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from libs.common.db.engine import plain_url

#: Rows fetched at once: enough that round trips vanish, few enough that memory stays the same.
CHUNK = 2_000
#: Sorting and hashing are done in the database; this much of it in memory.
WORK_MEMORY = "64MB"


class NotMigrated(Exception):
    """A database lacks tables that this code expects."""


@dataclass(frozen=True)
class Sources:
    """A snapshot of each service's database, and the notices."""

    connections: Mapping[str, asyncpg.Connection]
    notices: Any

    def stream(self, service: str, query: str, *arguments: Any) -> AsyncIterator[asyncpg.Record]:
        """Read rows one after the other, whatever their number."""
        return _rows(self.connections[service], query, arguments)

    async def rows(self, service: str, query: str, *arguments: Any) -> list[asyncpg.Record]:
        """Read rows that are few."""
        return await self.connections[service].fetch(query, *arguments)


async def _rows(
    connection: asyncpg.Connection, query: str, arguments: Iterable[Any]
) -> AsyncIterator[asyncpg.Record]:
    async for row in connection.cursor(query, *arguments, prefetch=CHUNK):
        yield row


@asynccontextmanager
async def open_sources(urls: Mapping[str, str], notices: Any) -> AsyncIterator[Sources]:
    """Open a snapshot of every database; nothing can be written through it."""
    async with AsyncExitStack() as stack:
        connections = {}
        for name, url in urls.items():
            connection = await asyncpg.connect(
                plain_url(url),
                server_settings={
                    "application_name": "canbao-verify",
                    "work_mem": WORK_MEMORY,
                    "jit": "off",
                    # A season that was just played has no statistics yet: a nested loop would be a guess.
                    "enable_nestloop": "off",
                    "timezone": "UTC",
                },
            )
            stack.push_async_callback(connection.close)
            await stack.enter_async_context(
                connection.transaction(isolation="repeatable_read", readonly=True)
            )
            connections[name] = connection
        yield Sources(connections, notices)
