"""Measures a day of a channel: its file, our own payments, and a statement of the account, as many each.

python tests/bench/bench_match.py [--payments 200000]

A seeded generator plants differences of each kind; what is found is compared with what was planted.
The ceiling is the bare join of the three sides once all are in, on the same server.
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
from typing import Any

import uvloop
from sqlalchemy import text

from canbao.context import load_all_notices, make_context
from canbao.definitions import definition
from canbao.migrate import migrate_database
from libs.common.clock import SHANGHAI, SystemClock
from libs.common.db.embedded import EmbeddedServer
from libs.common.security.digests import Digests
from libs.common.security.wrapping import InstallationKeys
from libs.common.service import service_settings
from services.collection.assembly import CollectionContext
from services.collection.differences.comparing import compare_days
from services.collection.files.keeping import inspect, keep
from services.collection.files.reading import read_next
from services.collection.files.store import NewFile
from services.collection.settlements.comparing import compare_settlements
from services.collection.settlements.rules import Terms

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests import bank_tables, bills
from tests.bills import Moved

AT = datetime(2019, 11, 19, 10, tzinfo=SHANGHAI)
FEN = 25_000
#: Of a thousand rows.
EACH_KIND = 1
PAYMENTS = """
    WITH kept AS (
        INSERT INTO notifications (channel, dedupe_key, kind, content_sha256, raw, headers, received_at)
        SELECT 'wechat', lpad(n::text, 28, '0'), 'payment', '\\x00', '\\x00', '\\x00', :at
        FROM generate_series(0, :last) n WHERE n <> ALL(CAST(:missing AS bigint[])) RETURNING id, dedupe_key
    )
    INSERT INTO payments (id, channel, transaction_no, amount_fen, paid_at, received_at)
    SELECT id, 'wechat', dedupe_key, :fen, :at, :at FROM kept
"""
BARE = """
    SELECT count(*) FROM (SELECT * FROM channel_file_rows WHERE entry = 'payment') r
    FULL JOIN payments p USING (transaction_no)
    FULL JOIN (SELECT * FROM channel_file_rows WHERE entry = 'money_in') b USING (transaction_no)
    WHERE r.amount_fen IS DISTINCT FROM p.amount_fen OR b.amount_fen IS DISTINCT FROM p.amount_fen
"""
NEXT = AT + timedelta(days=1)
#: What the channel owes comes a day later than agreed, in one line among those of others.
TERMS = {"youxi": {"wechat": Terms(account="treasury", within_days=0)}}
FOUND = "SELECT kind, evidence ->> 'transaction_no' FROM cases WHERE state = 'open'"


class Upload:
    """The bytes of a file, as a request would give them."""

    def __init__(self, content: bytes) -> None:
        self._content, self._at = content, 0

    async def read(self, size: int, /) -> bytes:
        """The next bytes."""
        self._at += size
        return self._content[self._at - size : self._at]

    async def seek(self, offset: int, /) -> None:
        """Go to a place."""
        self._at = offset


def plant(payments: int) -> tuple[list[Moved], list[int], dict[str, str]]:
    """The rows of the file, the payments that we do not have, and which transaction differs how."""
    chance, rows, missing, planted = Random(payments), list[Moved](), list[int](), dict[str, str]()
    for number in range(payments):
        no, drawn, fen = f"{number:028d}", chance.randrange(1000) // EACH_KIND, FEN
        kind = ("they_only", "we_only", "amount", "twice")[drawn] if drawn < 4 else ""
        if kind:
            planted[no] = f"channel_day_{kind}"
        if kind == "they_only":
            missing.append(number)
        row = Moved(no, fen + (kind == "amount"), AT)
        rows += {"we_only": [], "twice": [row, row]}.get(kind, [row])
    return rows, missing, planted


async def measure(context: CollectionContext, payments: int) -> None:
    """Read both files, compare, and hold what was found against what was planted."""
    rows, missing, planted = plant(payments)
    engine, owed = context.engine, sum(one.fen for one in rows)
    given = {"at": AT, "fen": FEN, "last": payments - 1, "missing": missing}
    async with engine.begin() as conn:
        await conn.execute(text(PAYMENTS), given)
    # Lines of others, and the one that pays the day.
    lines = [Moved(f"{number:028d}", FEN, NEXT) for number in range(payments)]
    lines.append(Moved("THE-LINE", owed, NEXT))
    planted["THE-LINE"] = "settlement_late"
    statement = bank_tables.as_csv(bank_tables.bank(lines, NEXT), "gb18030")
    await send(context, bills.wechat(rows), AT, channel="wechat", kind="wechat_all")
    kind = {"channel": "treasury", "kind": "bank_table", "profile": "bank-debit-credit"}
    await send(context, statement, NEXT, **kind)
    read = await timed(read_all(context))
    async with engine.connect() as conn:
        await (await conn.execution_options(isolation_level="AUTOCOMMIT")).execute(text("VACUUM ANALYZE"))
    async with engine.connect() as conn:
        bare = await timed(conn.execute(text(BARE)))
    object.__setattr__(context.parts, "settlements", TERMS)
    compared = await timed(compare_days(context))
    settled = await timed(compare_settlements(context))
    async with engine.connect() as conn:
        found = {number: kind for kind, number in await conn.execute(text(FOUND))}
    assert found == planted, "every difference is found, and none is invented"
    matched, peak = compared + settled, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{payments} payments, {len(rows)} rows of the bill, {len(lines)} lines of the statement")
    print(f"{len(found)} differences, all as planted; at most {peak:.0f} MiB in this process")
    print(
        f"read {read:.1f} s, compared with payments {compared:.1f} s, with the statement {settled:.2f} s; "
        f"the bare join of the three {bare:.2f} s, {matched / bare:.1f} of it"
    )
    print(f"from the files to the last case {read + matched:.1f} s, {(read + matched) / bare:.0f} of it")


async def send(context: CollectionContext, content: bytes, at: datetime, **kind: Any) -> None:
    """Keep a file, as a request would."""
    file = Upload(content)
    sha256, size = await inspect(file)
    new = NewFile(
        county="youxi", division_code="350426000000", business_on=at.date(), sha256=sha256, size_bytes=size,
        uploaded_at=at, uploaded_by="bench", **kind,
    )  # fmt: skip
    async with context.engine.begin() as conn:
        await keep(conn, new, file)


async def read_all(context: CollectionContext) -> None:
    """Read what was kept."""
    while await read_next(context):
        pass


async def timed(work: Awaitable[object]) -> float:
    """Seconds that something takes."""
    began = time.perf_counter()
    await work
    return time.perf_counter() - began


async def main(payments: int) -> None:
    """Measure on a fresh embedded server."""
    directory, service = Path(tempfile.mkdtemp(prefix="canbao-bench-")), definition("collection")
    try:
        async with EmbeddedServer(directory / "postgresql") as server:
            await server.ensure_databases(["collection"])
            await migrate_database("collection", server.url("collection"))
            settings = service_settings(service, database_url=server.url("collection"))
            context = make_context(
                service, settings, bus=None, clock=SystemClock(), notices=load_all_notices(settings),
                authenticator=None, digests=Digests(b"b" * 32), wrapper=InstallationKeys([b"b" * 32]),
            )  # fmt: skip
            await measure(context, payments)
            await context.engine.dispose()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--payments", type=int, default=200_000)
    uvloop.run(main(parser.parse_args().payments))
