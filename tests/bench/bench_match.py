"""Measures a day of a channel: its bill, our own payments, and a statement of the account, as many each.

python tests/bench/bench_match.py [--payments 250000 1000000] [--seed 7]

A generator of its own (planting.py) plants differences of every kind; what is found is held against what was
planted, case by case: a run in which one is missing, invented or says something else fails. The ceiling is
the bare join of the three sides once all are in, on the same server. A tax bureau's list, which says for
whom each payment is, is compared beside it, so that every kind of difference is there. Memory is of this
process and all its children, PostgreSQL among them.
"""

import argparse
import asyncio
import csv
import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Iterable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import IO, Any

import uvloop
from sqlalchemy import text

from canbao.context import load_all_notices, make_context
from canbao.definitions import definition
from canbao.migrate import migrate_database
from libs.common.clock import SystemClock
from libs.common.db.embedded import EmbeddedServer
from libs.common.db.engine import driver_connection
from libs.common.observability.logs import configure_logging
from libs.common.security.digests import Digests
from libs.common.security.wrapping import InstallationKeys
from libs.common.service import service_settings
from services.collection.assembly import CollectionContext
from services.collection.differences.comparing import compare_days
from services.collection.differences.rules import KINDS, FeeTerms
from services.collection.files.keeping import inspect, keep
from services.collection.files.reading import read_next
from services.collection.files.store import NewFile
from services.collection.settlements.comparing import compare_settlements
from services.collection.settlements.rules import KINDS as SETTLEMENT_KINDS
from services.collection.settlements.rules import Terms

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.bench.memory import Peak
from tests.bench.planting import ACCOUNT, AGREED, CHANNEL, DAY, DEAR, SMALL, STATEMENTS, TAX, Planted

AT = DAY + timedelta(hours=10)
TERMS = {"youxi": {channel: Terms(account=ACCOUNT) for channel in (CHANNEL, *SMALL)}}
FEES = {"youxi": {DEAR: FeeTerms(basis_points=AGREED)}}
STAGED = """
    CREATE TEMP TABLE paid (id bigint, channel text, transaction_no text, amount_fen bigint, at timestamptz);
    CREATE TEMP TABLE back (id bigint, channel text, transaction_no text, return_no text, kind text,
                            amount_fen bigint, at timestamptz);
    CREATE TEMP TABLE people (payment_id bigint, digest text, coverage_year int, amount_fen bigint)
"""
KEPT = """
    INSERT INTO notifications (id, channel, dedupe_key, kind, content_sha256, raw, headers, received_at)
    OVERRIDING SYSTEM VALUE
    SELECT id, channel, number, kind, CAST('x' AS bytea), CAST('x' AS bytea), CAST('x' AS bytea), at
    FROM (SELECT id, channel, transaction_no AS number, 'payment' AS kind, at FROM paid
          UNION ALL SELECT id, channel, transaction_no || return_no, 'return', at FROM back) AS told;
    INSERT INTO payments (id, channel, transaction_no, county, coverage_year, amount_fen, paid_at,
                          received_at)
    SELECT id, channel, transaction_no, 'youxi', 2020, amount_fen, at, at FROM paid;
    INSERT INTO returns (notification_id, channel, transaction_no, return_no, kind, status, amount_fen,
                         returned_at, received_at, state, payment_id)
    SELECT b.id, b.channel, b.transaction_no, b.return_no, b.kind, 'done', b.amount_fen, b.at, b.at,
           'booked', p.id
    FROM back b LEFT JOIN payments p USING (transaction_no, channel);
    INSERT INTO dues (enrollment_id, person_id, county, coverage_year, division_code, revision, schedule)
    SELECT payment_id, payment_id, 'youxi', coverage_year, '350426000000', 1, '[]' FROM people;
    INSERT INTO due_identities (digest, county, coverage_year, enrollment_id, assessment_id)
    SELECT digest, 'youxi', coverage_year, payment_id, payment_id FROM people;
    INSERT INTO payment_lines (payment_id, line_no, county, coverage_year, division_code, amount_fen, state,
                               whole, identity_digest, person_id, enrollment_id, voucher_no, paid_at,
                               received_at, told_at)
    SELECT e.payment_id, 1, 'youxi', e.coverage_year, '350426000000', e.amount_fen, 'applied', false, digest,
           e.payment_id, e.payment_id, 'V' || e.payment_id, p.paid_at, p.paid_at, p.paid_at
    FROM people e JOIN payments p ON p.id = e.payment_id
"""
BARE = """
    SELECT count(*) FROM (SELECT * FROM channel_file_rows WHERE entry = 'payment') r
    FULL JOIN payments p USING (transaction_no)
    FULL JOIN (SELECT * FROM channel_file_rows WHERE entry = 'money_in') b USING (transaction_no)
    WHERE r.amount_fen IS DISTINCT FROM p.amount_fen OR b.amount_fen IS DISTINCT FROM p.amount_fen
"""
FOUND = "SELECT kind, evidence FROM cases WHERE state = 'open'"


class Upload:
    """A file on the disk, as a request would give it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    async def read(self, size: int, /) -> bytes:
        """The next bytes."""
        return self._file.read(size)

    async def seek(self, offset: int, /) -> None:
        """Go to a place."""
        self._file.seek(offset)


async def measure(context: CollectionContext, directory: Path, payments: int) -> None:
    """Take our payments and the files over, compare, and hold what was found against what was planted."""
    engine = context.engine
    loaded = await timed(load(context, directory))
    read = await timed(read_files(context, directory))
    async with engine.connect() as conn:
        await (await conn.execution_options(isolation_level="AUTOCOMMIT")).execute(text("VACUUM ANALYZE"))
    bare = min([await timed(join(context)) for _ in range(3)])
    object.__setattr__(context.parts, "settlements", TERMS)
    object.__setattr__(context.parts, "fees", FEES)
    compared = await timed(compare_days(context))
    settled = await timed(compare_settlements(context))
    async with engine.connect() as conn:
        found = [case_of(kind, evidence) for kind, evidence in await conn.execute(text(FOUND))]
    check(found, (directory / "planted.jsonl").read_text().splitlines())
    matched = compared + settled
    tell(f"{payments:,} payments, as many lines of the statement; {len(found):,} differences, all as planted")
    tell(
        "  "
        + ", ".join(f"{kind} {count}" for kind, count in sorted(Counter(one[0] for one in found).items()))
    )
    tell(f"  the bare join of the three {bare:.2f} s; our payments by COPY {loaded:.1f} s")
    tell(f"  compared with payments {compared:.1f} s, with statements {settled:.2f} s: ", end="")
    tell(f"{matched / bare:.1f} of it")
    tell(f"  files read {read:.1f} s; from the files to the last case {(read + matched) / bare:.0f} of it,")
    tell(f"  with our payments from their file {(loaded + read + matched) / bare:.0f} of it")


def check(found: list[tuple[object, ...]], planted: Iterable[str]) -> None:
    """Raises SystemExit where a case is missing, is invented, or says something else than was planted."""
    wanted = Counter(tuple(json.loads(line).values()) for line in planted)
    there = Counter(found)
    missing, invented = list((wanted - there).elements()), list((there - wanted).elements())
    if missing or invented:
        raise SystemExit(f"{len(missing)} missing: {missing[:5]}; {len(invented)} invented: {invented[:5]}")
    kinds = {kind.code for kind in (*KINDS.values(), *SETTLEMENT_KINDS.values())}
    if none := kinds - {kind for kind, *_ in wanted}:
        tell(f"  nothing plants {', '.join(sorted(none))}")


def case_of(kind: str, evidence: dict[str, Any]) -> tuple[object, ...]:
    """What a case says, as it is planted."""
    said = Planted(kind, evidence["channel"], "day", evidence["business_on"], None, None)
    if "entry" in evidence:
        entry, number = evidence["entry"], evidence["transaction_no"]
        fen = evidence["theirs_fen"], evidence["ours_fen"]
        return kind, said.channel, entry, number, *fen
    return kind, said.channel, "day", said.number, evidence["came_fen"], evidence["owed_fen"]


async def load(context: CollectionContext, directory: Path) -> None:
    """Take over what we were told of: payments, and what went back."""
    async with context.engine.begin() as conn:
        raw = await driver_connection(conn)
        await raw.execute(STAGED)
        for table, name in (("paid", "payments.csv"), ("back", "returns.csv")):
            await raw.copy_to_table(table, source=directory / name, format="csv")
        await raw.copy_records_to_table("people", records=people(context, directory))
        await raw.execute(KEPT)


def people(context: CollectionContext, directory: Path) -> Iterator[tuple[int, str, int, int]]:
    """For whom our payments are, as the service keeps it."""
    with (directory / "people.csv").open(newline="") as file:
        for payment_id, number, year, fen in csv.reader(file):
            yield int(payment_id), context.digests.identity("resident_id", number), int(year), int(fen)


async def read_files(context: CollectionContext, directory: Path) -> None:
    """Keep the files as requests would, and read them."""
    for channel, name in ((CHANNEL, "bill.csv"), *((one, f"{one}.csv") for one in (*SMALL, DEAR))):
        await send(context, directory / name, DAY, channel=channel, kind="wechat_all")
    await send(context, directory / f"{TAX}.csv", DAY, channel=TAX, kind="tax_table", profile="tax-day")
    for day, name in STATEMENTS.items():
        kind = {"kind": "bank_table", "profile": "bank-debit-credit"}
        await send(context, directory / name, day, channel=ACCOUNT, **kind)
    while await read_next(context):
        pass


async def send(context: CollectionContext, path: Path, day: datetime, **kind: Any) -> None:
    """Keep a file, as a request would."""
    with path.open("rb") as content:
        file = Upload(content)
        sha256, size = await inspect(file)
        new = NewFile(
            county="youxi", division_code="350426000000", business_on=date(day.year, day.month, day.day),
            sha256=sha256, size_bytes=size, uploaded_at=AT, uploaded_by="bench", **kind,
        )  # fmt: skip
        async with context.engine.begin() as conn:
            await keep(conn, new, file)


async def join(context: CollectionContext) -> None:
    """The bare join."""
    async with context.engine.connect() as conn:
        await conn.execute(text(BARE))


async def timed(work: Awaitable[object]) -> float:
    """Seconds that something takes."""
    began = time.perf_counter()
    await work
    return time.perf_counter() - began


def tell(line: str, end: str = "\n") -> None:
    """Print at once."""
    print(line, end=end, flush=True)


async def plant(directory: Path, payments: int, seed: int) -> None:
    """Have another process write the files."""
    script = Path(__file__).with_name("planting.py")
    asked = [str(script), str(directory), "--payments", str(payments), "--seed", str(seed)]
    process = await asyncio.create_subprocess_exec(sys.executable, *asked)
    if await process.wait():
        raise SystemExit("planting failed")


async def run(payments: int, seed: int) -> None:
    """Measure on a fresh embedded server."""
    directory, service = Path(tempfile.mkdtemp(prefix="canbao-bench-")), definition("collection")
    planted = directory / "planted"
    planted.mkdir()
    try:
        await plant(planted, payments, seed)
        async with EmbeddedServer(directory / "postgresql") as server:
            await server.ensure_databases(["collection"])
            await migrate_database("collection", server.url("collection"))
            settings = service_settings(service, database_url=server.url("collection"))
            context = make_context(
                service, settings, bus=None, clock=SystemClock(), notices=load_all_notices(settings),
                authenticator=None, digests=Digests(b"b" * 32), wrapper=InstallationKeys([b"b" * 32]),
            )  # fmt: skip
            with Peak() as peak:
                await measure(context, planted, payments)
            await context.engine.dispose()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    tell(
        f"  at most {peak.kib / 1024:.0f} MiB in this process and its children; load {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--payments", type=int, nargs="+", default=[250_000, 1_000_000])
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    configure_logging("WARNING")
    for size in given.payments:
        uvloop.run(run(size, given.seed))
