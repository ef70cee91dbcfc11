"""Measures rosters of who is to be subsidized: `python tests/bench/bench_verifications.py [--grants 100000]`.

Grants of sixteen townships are drawn onto rosters, a tenth of them is held line by line, and the rest is
released. The ceiling is a bare UPDATE of as many rows of the same table.
"""

import argparse
import shutil
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import uvloop
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from canbao.migrate import migrate_database
from libs.common.bus.outbox import Cause
from libs.common.db.embedded import EmbeddedServer
from libs.common.db.engine import create_engine
from libs.common.db.sealing import Sealing
from libs.common.security.wrapping import InstallationKeys
from services.subsidy.verifications import store
from services.subsidy.verifications.deciding import decide
from services.subsidy.verifications.lines_store import Wanted
from services.subsidy.verifications.rules import LineEvent
from services.subsidy.verifications.store import Place

PLACE = Place("huining", 2021, "620422", "620422000000", "620422999999")
AT = datetime(2020, 12, 21, 1, tzinfo=UTC)
#: So many lines a request may name.
NAMED = 1_000
GRANTS = """
    INSERT INTO grants (county, coverage_year, person_id, enrollment_id, assessment_id, division_code, payer,
                        status, mechanism, amount_fen, late, completes_enrollment, payment_id, line_no,
                        granted_at)
    SELECT 'huining', 2021, n, n, n, '620422' || lpad((100 + n % 16)::text, 3, '0') || '201',
           'county_finance', 'registered_poor', 'reimburse_to_card', 20000, false, false, n, 1, :at
    FROM generate_series(1, :grants) AS n
"""
PAYOUTS = """
    INSERT INTO payouts (county, coverage_year, kind, grant_id, person_id, division_code, payer, amount_fen,
                         state, created_at, changed_at)
    SELECT county, coverage_year, 'subsidy', grant_id, person_id, division_code, payer, amount_fen, 'ready',
           granted_at, granted_at FROM grants
"""


def wanted(event: LineEvent, named: list[int] | None = None) -> Wanted:
    """A decision about named lines, or about all that are open."""
    return Wanted(PLACE, event, None, named, None if named is None else "待核", "bench", AT)


async def measure(engine: AsyncEngine, grants: int) -> dict[str, float]:
    """Seconds of each part, every one in transactions of its own."""
    async with engine.begin() as conn:
        await conn.execute(text(GRANTS), {"at": AT, "grants": grants})
        await conn.execute(text(PAYOUTS))
    seconds: dict[str, float] = {}
    began = time.perf_counter()
    async with engine.begin() as conn:
        drawn = await store.draw(conn, PLACE, "bench", AT)
    assert drawn.lines == grants
    seconds["drawn onto rosters"] = time.perf_counter() - began
    began = time.perf_counter()
    for first in range(1, grants // 10, NAMED):
        async with engine.begin() as conn:
            held = list(range(first, first + NAMED))
            await decide(conn, wanted(LineEvent.HOLD, held), Cause("bench"))
    seconds["a tenth held by name"] = time.perf_counter() - began
    began = time.perf_counter()
    async with engine.begin() as conn:
        await decide(conn, wanted(LineEvent.RELEASE), Cause("bench"))
    seconds["the rest released"] = time.perf_counter() - began
    began = time.perf_counter()
    async with engine.begin() as conn:
        await conn.execute(text("UPDATE verification_lines SET state = 'open'"))
    seconds["ceiling: bare UPDATE"] = time.perf_counter() - began
    return seconds


async def main() -> None:
    """Measure, and print seconds and the share of the ceiling."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--grants", type=int, default=100_000)
    chosen = options.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="canbao-bench-"))
    try:
        async with EmbeddedServer(directory / "postgresql") as server:
            await server.ensure_databases(["subsidy"])
            url = server.url("subsidy")
            await migrate_database("subsidy", url)
            engine = create_engine(url, sealing=Sealing(InstallationKeys([b"1" * 32])))
            seconds = await measure(engine, chosen.grants)
            await engine.dispose()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    *parts, (_, bare) = seconds.items()
    for name, took in seconds.items():
        print(f"{name:22} {took:6.1f} s  {took / bare:5.1f} times the ceiling")
    print(f"in all {sum(took for _, took in parts):.1f} s")


if __name__ == "__main__":
    uvloop.run(main())
