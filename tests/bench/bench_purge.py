"""Measures how long a year of events takes to go: `python tests/bench/bench_purge.py [--events 2400000]`.

Events past their retention lie in an outbox; the relay's own statement deletes them, batch after batch
without the pauses that the relay makes. Gives seconds, batches and the longest batch.
"""

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

from libs.common.bus.driver import borrowed_connection
from libs.common.bus.relay import PURGE, PURGED_AT_ONCE
from libs.common.bus.shards import ALL
from libs.common.bus.tables import create_bus_tables
from libs.common.db.embedded import EmbeddedServer
from libs.common.db.engine import DriverConnection, create_engine

_OLD = """
    INSERT INTO outbox (key, type, time, data, appended_at)
    SELECT n::text, 'canbao.bench.old.v1', now(), repeat(md5(n::text), 15), now() - interval '401 days'
    FROM generate_series(1, $1::bigint) AS n
"""
_PUBLISHED = f"""
    INSERT INTO outbox_cursor (id, seen)
    SELECT shard, pg_current_snapshot()::text FROM generate_series({ALL[0]}, {ALL[-1]}) AS shard
"""


async def purge(connection: DriverConnection, events: int) -> dict[str, float]:
    """Delete that many events, as a relay does."""
    await connection.execute(_OLD, events, timeout=600)
    await connection.execute(_PUBLISHED)
    await connection.execute("ANALYZE outbox")
    took = []
    deleted = PURGED_AT_ONCE
    while deleted == PURGED_AT_ONCE:
        began = time.perf_counter()
        deleted = int((await connection.execute(PURGE, 400)).split()[-1])
        took.append(time.perf_counter() - began)
    return {"events": events, "seconds": sum(took), "batches": len(took), "longest": max(took)}


async def main(events: int) -> dict[str, float]:
    """Measure on a fresh, durable server."""
    directory = Path(tempfile.mkdtemp(prefix="canbao-bench-"))
    try:
        async with EmbeddedServer(directory / "postgresql") as server:
            await server.ensure_databases(["publisher"])
            engine = create_engine(server.url("publisher"))
            async with engine.begin() as conn:
                await conn.run_sync(create_bus_tables)
            async with borrowed_connection(engine) as connection:
                figures = await purge(connection, events)
            await engine.dispose()
            return {name: round(value, 3) for name, value in figures.items()}
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--events", type=int, default=2_400_000)
    sys.stdout.write(json.dumps(asyncio.run(main(arguments.parse_args().events))) + "\n")
