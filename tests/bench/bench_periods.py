"""Measures closing an accounting month of a county and giving out its journal.

python tests/bench/bench_periods.py [--people 388800] [--workbook]

Everybody is charged in September and pays in December, in a season whose main handover is sealed: so December
is the largest month that there can be. The ceiling is a bare `sum` over the same postings by account, for the
journal the same rows read as text. Beside the clock stands the processor time of this process and the
database, which other work on the machine changes less.
"""

import argparse
import os
import resource
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from pathlib import Path

import uvloop
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from canbao.context import load_all_notices
from canbao.migrate import migrate_database
from libs.common.cases.deciding import Decision
from libs.common.cases.store import ApprovalRow
from libs.common.clock import SHANGHAI
from libs.common.db.embedded import EmbeddedServer
from libs.common.db.engine import create_engine
from libs.common.db.sealing import Sealing
from libs.common.policy import Notices
from libs.common.security.wrapping import InstallationKeys
from libs.common.service import service_settings
from libs.common.testing.processor import processor
from services.ledger.definition import SERVICE
from services.ledger.handovers import closing as handovers
from services.ledger.journal.printing import Form, Wanted, pieces
from services.ledger.periods import closing
from services.ledger.periods.checking import examine
from services.ledger.postings.rules import Season
from services.ledger.totals.store import plan_for_many

BOOKS = Season("youxi", 2020)
NOW = datetime(2020, 1, 10, 9, tzinfo=SHANGHAI)
DECEMBER = date(2019, 12, 1)
_FACT = "county, coverage_year, source, event_id, type, event_at, business_at, data"
_POSTING = """county, coverage_year, fact_id, leg_no, kind, source, destination, amount_fen, business_at,
    accounting_month, person_id, division_code, channel"""
_PLACE = "'350426' || lpad((100 + n % 15)::text, 3, '0') || '201'"
_PAID_AT = "timestamptz '2019-12-01T09:00:00+08:00' + n % 30 * interval '1 day'"
FILL = (
    f"""INSERT INTO facts ({_FACT}) SELECT 'youxi', 2020, 'registration', n::text,
            'canbao.enrollment.assessed.v1', at, at, '{{"person_id":' || n || '}}'
        FROM generate_series(1, :people) n, (VALUES (timestamptz '2019-09-02T09:00:00+08:00')) v(at)""",
    f"""INSERT INTO facts ({_FACT}, payment_id, line_no)
        SELECT 'youxi', 2020, 'collection', n::text, 'canbao.payment.received.v1', {_PAID_AT}, {_PAID_AT},
            '{{"voucher_no":"YX2020-' || lpad(n::text, 10, '0') || '","rest":"' || repeat('x', 600) || '"}}',
            n, 1
        FROM generate_series(1, :people) n""",
    f"""INSERT INTO postings ({_POSTING}) SELECT county, coverage_year, id, 1, 'charge', 'residents', 'dues',
            25000, business_at, '2019-09-01', n, {_PLACE}, NULL
        FROM facts, LATERAL (SELECT event_id::bigint) v(n) WHERE source = 'registration'""",
    f"""INSERT INTO postings ({_POSTING}) SELECT county, coverage_year, id, 1, 'contribution', 'dues',
            'clearing:tax', 25000, business_at, '2019-12-01', n, {_PLACE}, 'tax'
        FROM facts, LATERAL (SELECT event_id::bigint) v(n) WHERE source = 'collection'""",
)
_BARE = """SELECT source, destination, sum(amount_fen) FROM postings WHERE county = 'youxi'
    GROUP BY source, destination"""


async def timed(name: str, work: Callable[[], Awaitable[object]], ceiling: float | None = None) -> float:
    """Do the work, say how long it took and, where there is one, how often the ceiling by processor."""
    began, busy = time.perf_counter(), processor()
    await work()
    took, busy = time.perf_counter() - began, processor() - busy
    ratio = f"  {busy / ceiling:5.1f} times the ceiling" if ceiling else ""
    print(f"{name:32} {took:6.1f} s, {busy:6.2f} s of processor{ratio}", flush=True)
    return max(busy, 0.01)


async def close(engine: AsyncEngine, notices: Notices, month: date, ceiling: float | None) -> None:
    """Lock a month, ask for its closing and agree, each in a transaction of its own."""
    wish = closing.Wish(BOOKS.county, month, "one", NOW, "350426")

    async def lock() -> None:
        async with engine.begin() as conn:
            await closing.lock(conn, wish)

    asked: list[ApprovalRow] = []

    async def ask() -> None:
        async with engine.begin() as conn:
            asked.append(await closing.ask_to_close(conn, notices, wish))

    async def agree() -> None:
        async with engine.begin() as conn:
            await closing.close(conn, notices, asked[0], Decision("approve", "", "one", NOW, "two"))

    for name, step in (
        ("locked", lock),
        ("looked through and asked for", ask),
        ("agreed to and closed", agree),
    ):
        await (step() if ceiling is None else timed(name, step, ceiling))


async def export(engine: AsyncEngine, form: Form) -> None:
    """Read the whole file, piece by piece; say when the first is there, and how much more memory it took."""
    wanted = Wanted(BOOKS.county, DECEMBER, closed=True)
    began, size, first = time.perf_counter(), 0, 0.0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async for piece in pieces(engine, wanted, form, lambda year, account: account):
        first, size = first or time.perf_counter() - began, size + len(piece)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(
        f"{form}: {size / 1e6:.1f} MB, first piece after {first:.1f} s, "
        f"peak memory {grown / 1024:.0f} MiB higher than before"
    )


async def measure(engine: AsyncEngine, notices: Notices, people: int, *, workbook: bool) -> None:
    """Measure every part on a county that is filled."""

    async def run(sql: str) -> None:
        async with engine.connect() as conn:
            await conn.execute(text(sql))

    async def seal() -> None:
        async with engine.begin() as conn:
            await plan_for_many(conn)
            notice = notices[BOOKS.county, BOOKS.coverage_year]
            await handovers.close(conn, BOOKS, notice, "main", handovers.Closing(NOW, "one"))

    async def look_through() -> None:
        async with engine.connect() as conn:
            assert (await examine(conn, notices, BOOKS.county, DECEMBER)).flaws == []

    async with engine.begin() as conn:
        await fill(conn, people)
    await run("ANALYZE")
    await run(_BARE)
    bare = await timed("ceiling: sum by accounts", lambda: run(_BARE))
    await timed("main handover sealed", seal, bare)
    for month in (9, 10, 11):
        await close(engine, notices, date(2019, month, 1), None)
    await timed("examination of the month", look_through, bare)
    await close(engine, notices, DECEMBER, bare)
    rows = await timed("ceiling: rows of the journal", lambda: run(
        "SELECT p::text, f.data FROM postings p JOIN facts f ON f.id = p.fact_id "
        "WHERE p.accounting_month = '2019-12-01'"
    ))  # fmt: skip
    await timed("journal as CSV", lambda: export(engine, "csv"), rows)
    if workbook:
        await timed("journal as workbook", lambda: export(engine, "xlsx"), rows)


async def fill(conn: AsyncConnection, people: int) -> None:
    """Make the rows of a county."""
    for sql in FILL:
        await conn.execute(text(sql), {"people": people} if ":people" in sql else {})


async def main(people: int, *, workbook: bool) -> None:
    """Measure on a fresh embedded server."""
    directory = Path(tempfile.mkdtemp(prefix="canbao-bench-"))
    try:
        async with EmbeddedServer(directory / "postgresql") as server:
            await server.ensure_databases(["ledger"])
            await migrate_database("ledger", server.url("ledger"))
            engine = create_engine(server.url("ledger"), sealing=Sealing(InstallationKeys([b"1" * 32])))
            await measure(engine, load_all_notices(service_settings(SERVICE)), people, workbook=workbook)
            await engine.dispose()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=388_800)
    parser.add_argument("--workbook", action="store_true", help="give the journal out as a workbook, too")
    chosen = parser.parse_args()
    uvloop.run(main(chosen.people, workbook=chosen.workbook))
