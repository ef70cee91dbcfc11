"""Measures a bank's debits: mandates to a batch, its file, the bank's answer, and the payments of it.

python tests/bench/bench_debits.py [--mandates 10000]

The simulated bank reads the file and answers by itself: some accounts are empty, some closed. What it debited
is compared with what is paid for in the end.
"""

import argparse
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import orjson
import uvloop
from sqlalchemy import text

from canbao.context import load_all_notices, make_context
from canbao.definitions import definition
from canbao.migrate import migrate_database
from canbao.simulator.debiting_bank import DebitingBank
from libs.common.clock import SHANGHAI, MovableClock
from libs.common.db.embedded import EmbeddedServer
from libs.common.events import DueSegment
from libs.common.security.caller import Caller
from libs.common.security.digests import Digests
from libs.common.security.wrapping import InstallationKeys
from libs.common.service import service_settings
from services.collection.assembly import CollectionContext
from services.collection.debit_files.giving import give_out, hold
from services.collection.debit_files.settling import Told, take_results
from services.collection.debits import store
from services.collection.debits.making import make_batches, open_batch, preview, wanted_by
from services.collection.debits.schemas import NewDebitBatch
from services.collection.mandates import store as mandates
from services.collection.mandates.store import NewMandateRow

sys.path.insert(0, str(Path(__file__).parents[2]))

Value = TypeVar("Value")
NOW = datetime(2019, 11, 20, 10, tzinfo=SHANGHAI)
DEBITED = datetime(2019, 11, 20, 16, 30, tzinfo=SHANGHAI)
AFTER = DEBITED + timedelta(hours=2)
CHANNEL, FEN = "debit-rcb", 25_000
SCHEDULE = [
    DueSegment(
        from_at=NOW - timedelta(days=60),
        until_at=NOW + timedelta(days=60),
        window="main",
        price_fen=FEN,
        own_due_fen=FEN,
        subsidies=(),
        add_on_due_fen=0,
        outcome="payable",
    )
]
DUES = """
    INSERT INTO dues (enrollment_id, person_id, household_id, county, division_code, coverage_year,
                      assessment_id, revision, schedule, assessed_at)
    SELECT n, n, n, 'youxi', '350426101203', 2020, n, 1, CAST(:schedule AS jsonb), :at
    FROM generate_series(1, :number) n
"""
OFFICER = Caller("bench", frozenset({"collection:write"}), "")
PAID = "SELECT count(*) FROM dues WHERE state = 'paid'"


async def plant(context: CollectionContext, number: int) -> None:
    """People who owe, and a mandate for each."""
    schedule = orjson.dumps([one.model_dump(mode="json") for one in SCHEDULE]).decode()
    async with context.engine.begin() as conn:
        await conn.execute(
            text(DUES), {"schedule": schedule, "number": number, "at": NOW - timedelta(days=30)}
        )
        for person in range(1, number + 1):
            row = NewMandateRow(
                county="youxi", division_code="350426101203", channel=CHANNEL, agreement_no=f"DK{person}",
                holder="张三", account_no=f"62{person:014d}", account_masked="****", payer_id=None,
                from_year=2020, most_fen=None, made_at=NOW, made_by="bench",
            )  # fmt: skip
            mandate_id = await mandates.add(conn, row)
            assert mandate_id is not None
            await mandates.add_people(conn, mandate_id, "youxi", [person], NOW)
    async with context.engine.connect() as conn:
        await (await conn.execution_options(isolation_level="AUTOCOMMIT")).execute(text("VACUUM ANALYZE"))


async def measure(context: CollectionContext, number: int) -> None:
    """Debit everybody, and hold what is paid for against what the bank debited."""
    await plant(context, number)
    asked = NewDebitBatch(
        county="youxi", coverage_year=2020, channel=CHANNEL, debit_on=DEBITED.date().isoformat()
    )  # type: ignore[arg-type]
    wanted = wanted_by(context, asked, OFFICER, NOW)
    looked, seen = await timed(preview(context, wanted, NOW))
    assert (seen.count, seen.left_out) == (number, {})
    made, batch_id = await timed(make(context, wanted))
    bank = DebitingBank(Random(number))
    given, file = await timed(give(context, batch_id))
    answered = bank.debit(file, DEBITED)
    told, _ = await timed(take(context, batch_id, answered))
    matched, _ = await timed(match(context))
    async with context.engine.connect() as conn:
        paid = (await conn.execute(text(PAID))).scalar_one()
    assert paid == len(bank.debited), "what was debited is paid for, and nothing else"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{number} mandates, {paid} debited; at most {peak:.0f} MiB in this process")
    print(
        f"preview {looked:.1f} s, made {made:.1f} s, file {given:.2f} s, answer taken in {told:.1f} s, "
        f"matched {matched:.1f} s"
    )


async def make(context: CollectionContext, wanted: Any) -> int:
    """Make a batch, and have it agreed to."""
    async with context.engine.begin() as conn:
        batch = await open_batch(conn, context, wanted, NOW)
    await make_batches(context)
    async with context.engine.begin() as conn:
        await store.decide(conn, batch.batch_id, "approved", "second", NOW)
    return batch.batch_id


async def give(context: CollectionContext, batch_id: int) -> bytes:
    """Give the file out."""
    layout = context.parts.debit_profiles.sending("generic")
    assert layout is not None
    async with context.engine.begin() as conn:
        await hold(conn)
        batch = await store.one(conn, batch_id, lock=True)
        assert batch is not None
        return await give_out(conn, batch, layout, NOW)


async def take(context: CollectionContext, batch_id: int, content: bytes) -> None:
    """Take the answer in."""
    layout = context.parts.debit_profiles.answering("generic")
    assert layout is not None
    async with context.engine.begin() as conn:
        batch = await store.one(conn, batch_id, lock=True)
        assert batch is not None
        await take_results(conn, batch, Told(content, "generic", layout, "bench", AFTER))


async def match(context: CollectionContext) -> None:
    """Give every payment its place."""
    while await context.parts.matcher.match_next():
        pass


async def timed(work: Awaitable[Value]) -> tuple[float, Value]:
    """Seconds that something takes, and what it gives."""
    began = time.perf_counter()
    result = await work
    return time.perf_counter() - began, result


async def main(number: int) -> None:
    """Measure on a fresh embedded server."""
    directory, service = Path(tempfile.mkdtemp(prefix="canbao-bench-")), definition("collection")
    try:
        async with EmbeddedServer(directory / "postgresql") as server:
            await server.ensure_databases(["collection"])
            await migrate_database("collection", server.url("collection"))
            debits = orjson.dumps({"youxi": {CHANNEL: {}}}).decode()
            settings = service_settings(service, database_url=server.url("collection"), debits=debits)
            context = make_context(
                service, settings, bus=None, clock=MovableClock(), notices=load_all_notices(settings),
                authenticator=None, digests=Digests(b"b" * 32), wrapper=InstallationKeys([b"b" * 32]),
            )  # fmt: skip
            await measure(context, number)
            await context.engine.dispose()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mandates", type=int, default=10_000)
    uvloop.run(main(parser.parse_args().mandates))
