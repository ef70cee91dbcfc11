"""Measures what guarding accounting months costs whoever posts: `python tests/bench/bench_months.py`.

Payments are posted by the ledger's own handler, 1,000 a transaction, in turn with the guards (months of the
county shared, the trigger that refuses shut ones) and without: the same code, the same database. Compared is
the processor time of this process and the database; the columns of the month are filled in both.
"""

import argparse
import asyncio
import os
import shutil
import tempfile
from pathlib import Path

import uvloop
from bench_bus import AT, payment
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from canbao.garbage import calm_garbage_collector
from canbao.migrate import migrate_database
from libs.common.bus.consumer import TopicHandler
from libs.common.bus.handling import Handling
from libs.common.bus.port import Message
from libs.common.db.embedded import EmbeddedServer
from libs.common.db.engine import create_engine
from libs.common.events.collection import TOPIC, PaymentReceived
from libs.common.testing.processor import processor
from services.ledger.facts.handlers import post_batch

_UNGUARDED = """
    CREATE OR REPLACE FUNCTION hold_months(counties text[]) RETURNS TABLE (of_county text, shut_to date)
    LANGUAGE sql AS $$ SELECT NULL::text, NULL::date WHERE false $$
"""
_GUARD = "ALTER TABLE postings {} TRIGGER open_month"


def messages(first: int, count: int) -> list[Message]:
    """Payments that nobody has posted yet."""
    return [
        Message(
            *(TOPIC, 0, n, str(n), f"c{n}", "bench", PaymentReceived.type, AT),
            payment(n).model_dump_json().encode(),
        )
        for n in range(first, first + count)
    ]


async def post(engine: AsyncEngine, some: list[Message]) -> float:
    """Post them in two lanes; give the seconds of processor for a thousand."""
    handling = Handling(engine, TOPIC, TopicHandler(post_batch, (PaymentReceived,)))

    async def lane(part: list[Message]) -> None:
        for at in range(0, len(part), 1_000):
            await handling.process(part[at : at + 1_000])

    before = processor()
    await asyncio.gather(lane(some[::2]), lane(some[1::2]))
    return (processor() - before) / len(some) * 1_000


async def measure(engine: AsyncEngine, pairs: int, events: int) -> None:
    """Post with and without guards in turn, and say the ratio of each pair."""

    async def run(*statements: str) -> None:
        async with engine.begin() as conn:
            for sql in statements:
                await conn.execute(text(sql))

    async with engine.connect() as conn:
        found = await conn.execute(text("SELECT pg_get_functiondef('hold_months(text[])'::regprocedure)"))
        guarded = found.scalar_one()
    first, ratios = 0, []
    for pair in range(pairs + 1):
        used = {}
        for guards in (True, False) if pair % 2 else (False, True):
            function = guarded if guards else _UNGUARDED
            await run(function, _GUARD.format("ENABLE" if guards else "DISABLE"))
            used[guards] = await post(engine, messages(first, events))
            first += events
        if pair:  # the first warms up
            ratios.append(used[True] / used[False])
            print(f"pair {pair}: {used[True]:.3f} and {used[False]:.3f} s of processor for a thousand,"
                  f" ratio {ratios[-1]:.2f}", flush=True)  # fmt: skip
    print(f"median ratio {sorted(ratios)[len(ratios) // 2]:.2f} of {pairs} pairs")


async def main(pairs: int, events: int) -> None:
    """Measure on a fresh, durable server."""
    directory = Path(tempfile.mkdtemp(prefix="canbao-bench-"))
    try:
        async with EmbeddedServer(directory / "postgresql") as server:
            await server.ensure_databases(["ledger"])
            await migrate_database("ledger", server.url("ledger"))
            engine = create_engine(server.url("ledger"))
            await measure(engine, pairs, events)
            await engine.dispose()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--events", type=int, default=10_000)
    chosen = parser.parse_args()
    calm_garbage_collector()
    uvloop.run(main(chosen.pairs, chosen.events))
