"""One instant in several databases: snapshots in which nobody has heard what was not yet said.

Each service has its own database, so no single snapshot spans them. Snapshots that are taken one after the
other are an instant all the same when no service has handled an event that its publisher's snapshot does not
hold; when one has, they are taken again.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg

from canbao.backup.manifest import BackupRefused
from canbao.definitions import SERVICES
from libs.common.db.engine import plain_url

#: Events that were handled longer ago than this were published before any of the snapshots.
_RECENT_SECONDS = 120
_TRIES = 50

_Connections = Mapping[str, "asyncpg.Connection[asyncpg.Record]"]

_HEARD = """
    SELECT event_id::bigint AS id FROM inbox
    WHERE source = $1 AND handled_at > now() - make_interval(secs => $2)
"""
_UNSAID = "SELECT id FROM (SELECT unnest($1::bigint[]) AS id) AS heard EXCEPT SELECT id FROM outbox"


@asynccontextmanager
async def consistent_cut(urls: Mapping[str, str]) -> AsyncIterator[Mapping[str, str]]:
    """Hold a snapshot of each database that all together are one instant; give their names for pg_dump."""
    async with AsyncExitStack() as stack:
        connections = {}
        for name, url in urls.items():
            connections[name] = await asyncpg.connect(plain_url(url))
            stack.push_async_callback(connections[name].close)
        for _ in range(_TRIES):
            names = {name: await _snapshot(connection) for name, connection in connections.items()}
            if not await _heard_too_much(connections):
                yield names
                return
            for connection in connections.values():
                await connection.execute("ROLLBACK")
            await asyncio.sleep(0.1)
    raise BackupRefused(
        "too much is under way between the services for one consistent instant: try again in a calmer "
        "minute, or stop the services"
    )


async def _snapshot(connection: "asyncpg.Connection[asyncpg.Record]") -> str:
    await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    return str(await connection.fetchval("SELECT pg_export_snapshot()"))


async def _heard_too_much(connections: _Connections) -> bool:
    """Whether a service has handled what its publisher's snapshot does not know."""
    for name in connections:
        for publisher in SERVICES[name].wants:
            if publisher not in connections:
                continue
            heard = await connections[name].fetch(_HEARD, f"canbao/{publisher}", float(_RECENT_SECONDS))
            if await connections[publisher].fetch(_UNSAID, [row["id"] for row in heard]):
                return True
    return False
