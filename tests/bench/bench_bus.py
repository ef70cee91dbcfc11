"""Measures events a second through outbox, bus and inbox: `python tests/bench/bench_bus.py [--bus kafka]`.

One process runs one relay and one consumer; commits are durable. With `--to rows` the handler writes one row
an event, with `--to postings` it is the ledger's own and ends in double-entry postings. Beside it stands the
ceiling of the same run: the same handler by the same code without any bus in between.
"""

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvloop
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from canbao.garbage import calm_garbage_collector
from canbao.migrate import migrate_database
from libs.common.bus import outbox
from libs.common.bus.consumer import Received, TopicHandler, consumer
from libs.common.bus.handling import Handling
from libs.common.bus.outbox import Draft
from libs.common.bus.port import Bus, Message
from libs.common.bus.relay import relay
from libs.common.bus.tables import create_bus_tables
from libs.common.clock import SystemClock
from libs.common.db.embedded import EmbeddedServer
from libs.common.db.engine import create_engine
from libs.common.events import SubsidyLine
from libs.common.events.collection import TOPIC, PaymentReceived
from libs.common.service import ServiceContext, Worker, no_parts
from libs.common.settings import ServiceSettings
from services.ledger.facts.handlers import post_batch

#: Payments of the ceiling have numbers of their own, so that the ledger meets each payment once.
FIRST_OF_CEILING = 10_000_000
AT = datetime(2020, 11, 20, 2, 0, tzinfo=UTC)
_INSERT = text("""
    INSERT INTO handled (person_id, payment_id, own_fen)
    SELECT * FROM unnest(CAST(:persons AS bigint[]), CAST(:payments AS bigint[]), CAST(:fen AS bigint[]))
""")


def payment(number: int) -> PaymentReceived:
    """A payment event of a usual size, about 600 bytes."""
    return PaymentReceived(
        payment_id=number, line_no=1, voucher_no=f"V{number:012}", channel="wechat",
        transaction_no=f"42000{number:023}", enrollment_id=number, assessment_id=number,
        person_id=number, household_id=number % 20_000, county="huining", coverage_year=2021,
        division_code="350426101201", window="regular", price_fen=28000, own_fen=14000, paid_at=AT,
        received_at=AT,
        subsidies=(SubsidyLine(payer="county", status="poor", amount_fen=14000, mechanism="on_behalf"),),
    )  # fmt: skip


async def handle(conn: AsyncConnection, batch: Sequence[Received]) -> None:
    """Write one row an event, with one statement."""
    facts: list[Any] = [received.fact for received in batch]
    await conn.execute(
        _INSERT,
        {
            "persons": [fact.person_id for fact in facts],
            "payments": [fact.payment_id for fact in facts],
            "fen": [fact.own_fen for fact in facts],
        },
    )


async def fill(engine: AsyncEngine, events: int, first: int = 0) -> float:
    """Append events to the outbox, 30 a transaction as group commit does; give events a second."""
    numbers = range(first, first + events)
    drafts = [Draft(payment(number), str(number % 50_000), AT) for number in numbers]
    chunks = [drafts[at : at + 30] for at in range(0, events, 30)]
    began = time.perf_counter()

    async def write(some: Sequence[Sequence[Draft]]) -> None:
        for chunk in some:
            async with engine.begin() as conn:
                await outbox.append(conn, chunk)

    await asyncio.gather(*(write(chunks[lane::8]) for lane in range(8)))
    return events / (time.perf_counter() - began)


HANDLERS = {"rows": handle, "postings": post_batch}


async def ceiling(engine: AsyncEngine, events: int, to: str) -> float:
    """Apply the same events by the same code, 1,000 a transaction in two lanes, straight from memory."""
    messages = [
        Message(
            TOPIC,
            0,
            n,
            str(n),
            f"c{n}",
            "bench",
            PaymentReceived.type,
            AT,
            payment(n).model_dump_json().encode(),
        )
        for n in range(FIRST_OF_CEILING, FIRST_OF_CEILING + events)
    ]
    handling = Handling(engine, TOPIC, TopicHandler(HANDLERS[to], (PaymentReceived,)))
    began = time.perf_counter()

    async def lane(some: Sequence[Message]) -> None:
        for at in range(0, len(some), 1_000):
            await handling.process(some[at : at + 1_000])

    await asyncio.gather(lane(messages[::2]), lane(messages[1::2]))
    return events / (time.perf_counter() - began)


async def until(done: Any, seconds: float = 120) -> None:
    """Wait until `done()` holds."""
    async with asyncio.timeout(seconds):
        while not await done():  # noqa: ASYNC110 (a figure of the database)
            await asyncio.sleep(0.01)


@asynccontextmanager
async def running(workers: Sequence[Worker]) -> AsyncIterator[None]:
    """Run workers meanwhile."""
    stop = asyncio.Event()
    tasks = [asyncio.create_task(worker.run(stop)) for worker in workers]
    yield
    stop.set()
    await asyncio.gather(*tasks)


def context(name: str, engine: AsyncEngine, bus: Bus) -> ServiceContext:
    """As much of a service context as the bus needs."""
    return ServiceContext(name, ServiceSettings(), engine, bus, SystemClock(), None, None, None, no_parts)


async def measure(engines: Sequence[AsyncEngine], bus: Bus, events: int, to: str) -> dict[str, float]:
    """Run the measurement; figures are events a second and milliseconds."""
    publisher, reader = engines
    figures = {"ceiling": await ceiling(reader, events, to), "append": await fill(publisher, events)}
    ledger, collection = context("ledger", reader, bus), context("collection", publisher, bus)
    works = consumer(ledger, "bench", {TOPIC: TopicHandler(HANDLERS[to], (PaymentReceived,))})
    sends = relay(collection)
    handled = ledger.backlog.counters

    async def all_handled() -> bool:
        return handled.get("handled", 0) >= events

    async def all_published() -> bool:
        return collection.backlog.counters.get("published", 0) >= events

    began = time.perf_counter()
    async with running([sends]):
        await until(all_published)
        figures["relay"] = events / (time.perf_counter() - began)
    began = time.perf_counter()
    async with running([works]):
        await until(all_handled)
        figures["consume"] = events / (time.perf_counter() - began)
    await fill(publisher, events, first=events)
    handled.clear()
    began = time.perf_counter()
    async with running([works, sends]):
        await until(all_handled)
        figures["end_to_end"] = events / (time.perf_counter() - began)
        figures["latency_ms"] = await latency(publisher, handled)
    figures["end_to_end_of_ceiling"] = figures["end_to_end"] / figures["ceiling"]
    return {name: round(value, 2) for name, value in figures.items()}


async def latency(engine: AsyncEngine, handled: dict[str, int]) -> float:
    """Median milliseconds from the commit of a single event to its handling, when all is quiet."""
    took = []
    await asyncio.sleep(1)
    for number in range(20):
        before = handled["handled"]
        async with engine.begin() as conn:
            await outbox.append(conn, [Draft(payment(2 * FIRST_OF_CEILING + number), str(number), AT)])
        began = time.perf_counter()
        while handled["handled"] == before:  # noqa: ASYNC110 (a plain counter)
            await asyncio.sleep(0.001)
        took.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(0.05)
    return sorted(took)[len(took) // 2]


@asynccontextmanager
async def bus_of(kind: str, url: str, directory: Path) -> AsyncIterator[Bus]:
    """The bus to measure, started, with its topic."""
    if kind == "embedded":
        from libs.common.bus.postgres.bus import PostgresBus

        bus: Bus = PostgresBus(url)
        await bus.start()
        await bus.create_topics([TOPIC], 12)
        try:
            yield bus
        finally:
            await bus.stop()
        return
    from libs.common.bus.kafka.bus import KafkaBus
    from libs.common.testing.kafka_server import kafka_server

    with kafka_server(compiled=True) as server:
        bus = KafkaBus(server.bootstrap)
        await bus.start()
        await bus.create_topics([TOPIC], 12)
        try:
            yield bus
        finally:
            await bus.stop()


async def main(kind: str, events: int, to: str) -> dict[str, Any]:
    """Measure on a fresh, durable server."""
    directory = Path(tempfile.mkdtemp(prefix="canbao-bench-"))
    try:
        async with EmbeddedServer(directory / "postgresql") as server:
            await server.ensure_databases(["publisher", "reader", "bus"])
            await migrate_database("ledger", server.url("reader"))
            engines = [create_engine(server.url(name)) for name in ("publisher", "reader")]
            async with engines[0].begin() as conn:
                await conn.run_sync(create_bus_tables)
            async with engines[1].begin() as conn:
                await conn.execute(
                    text("CREATE TABLE handled (person_id bigint, payment_id bigint, own_fen bigint)")
                )
            async with bus_of(kind, server.url("bus"), directory) as bus:
                figures = await measure(engines, bus, events, to)
            for engine in engines:
                await engine.dispose()
            return {"bus": kind, "to": to, "events": events, **figures}
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--bus", choices=["embedded", "kafka"], default="embedded")
    arguments.add_argument("--to", choices=list(HANDLERS), default="postings")
    arguments.add_argument("--events", type=int, default=60_000)
    given = arguments.parse_args()
    calm_garbage_collector()
    figures = uvloop.run(main(given.bus, given.events, given.to))
    sys.stdout.write(json.dumps(figures) + "\n")
