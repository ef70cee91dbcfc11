"""Measures the ways of rows into PostgreSQL: `python tests/bench/bench_rows.py`.

A batch is what an assessment settles: rows of 18 columns of the usual kinds, written over what is there. The
door (`libs/common/db/rows.py`) stands beside arrays through `unnest`, which name each column three times, and
beside COPY, which writes new rows only.
"""

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from operator import attrgetter
from pathlib import Path

import orjson
import sqlalchemy as sa
import uvloop
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from canbao.garbage import calm_garbage_collector
from libs.common.db import rows
from libs.common.db.embedded import EmbeddedServer
from libs.common.db.engine import create_engine, driver_connection
from libs.common.db.rows import Records, statement

METADATA = sa.MetaData()
DUES = sa.Table(
    "dues",
    METADATA,
    sa.Column("enrollment_id", sa.BigInteger, primary_key=True),
    sa.Column("person_id", sa.BigInteger),
    sa.Column("household_id", sa.BigInteger),
    sa.Column("assessment_id", sa.BigInteger),
    sa.Column("county", sa.Text),
    sa.Column("coverage_year", sa.SmallInteger),
    sa.Column("division_code", sa.Text),
    sa.Column("state", sa.Text),
    sa.Column("window", sa.Text),
    sa.Column("price_fen", sa.BigInteger),
    sa.Column("own_fen", sa.BigInteger),
    sa.Column("add_on", sa.Text),
    sa.Column("final", sa.Boolean),
    sa.Column("born", sa.Date),
    sa.Column("notice_sha", sa.LargeBinary),
    sa.Column("schedule", JSONB),
    sa.Column("assessed_at", sa.DateTime(timezone=True)),
    sa.Column("changed_at", sa.DateTime(timezone=True)),
)


@dataclass(frozen=True, slots=True)
class Due:
    """One row, in the order of the table for `unnest`."""

    enrollment_id: int
    person_id: int
    household_id: int
    assessment_id: int
    county: str
    coverage_year: int
    division_code: str
    state: str
    window: str | None
    price_fen: int
    own_fen: int
    add_on: str
    final: bool
    born: date
    notice_sha: bytes
    schedule: dict[str, object]
    assessed_at: datetime
    changed_at: datetime


def due(number: int) -> Due:
    """A row of a usual size."""
    at = datetime(2020, 11, 20, 2, 0, tzinfo=UTC) + timedelta(microseconds=number)
    return Due(
        number, number * 3, number // 3, number * 7, "huining", 2021, "350426101201", "assessed",
        "main" if number % 3 else None, 28_000, 14_000, "accident", number % 2 == 0, date(1980, 6, 15),
        b"\x07" * 32, {"from": "2020-09-01", "until": "2021-01-01", "own_due_fen": 14_000}, at, at,
    )  # fmt: skip


ALL = Records(DUES)
_UPSERT = f"ON CONFLICT (enrollment_id) DO UPDATE SET {ALL.taken_over()}"
DOOR = statement(f"INSERT INTO dues ({ALL.names}) SELECT {ALL.names} FROM {ALL} {_UPSERT}")
INSERT = statement(f"INSERT INTO dues ({ALL.names}) SELECT {ALL.names} FROM {ALL}")
_ARRAYS = ", ".join(
    f"${place}::{rows.type_of(column)}[]" for place, column in enumerate(DUES.columns, start=1)
)
UNNEST = f"INSERT INTO dues ({ALL.names}) SELECT * FROM unnest({_ARRAYS}) AS rows({ALL.names}) {_UPSERT}"

_MEMBERS = attrgetter(*DUES.c.keys())

Way = Callable[[AsyncConnection, Sequence[Due]], Awaitable[object]]


async def by_unnest(conn: AsyncConnection, dues: Sequence[Due]) -> None:
    """An array for each column, sent by the driver itself."""
    raw = await driver_connection(conn)
    await raw.execute(UNNEST, *map(list, zip(*map(_documented, dues), strict=True)))


def _documented(row: Due) -> tuple[object, ...]:
    values = _MEMBERS(row)
    return (*values[:15], orjson.dumps(values[15]).decode(), *values[16:])


async def by_door(conn: AsyncConnection, dues: Sequence[Due]) -> None:
    """The rows as they are, as one JSON parameter."""
    await rows.execute(conn, DOOR, rows=dues)


async def by_door_anew(conn: AsyncConnection, dues: Sequence[Due]) -> None:
    """The same, where nothing is there yet."""
    await rows.execute(conn, INSERT, rows=dues)


async def by_copy(conn: AsyncConnection, dues: Sequence[Due]) -> None:
    """New rows by COPY."""
    await rows.copy(conn, DUES, dues)


WAYS: dict[str, tuple[Way, bool]] = {
    "upsert, unnest": (by_unnest, False),
    "upsert, the door": (by_door, False),
    "insert, the door": (by_door_anew, True),
    "insert, COPY": (by_copy, True),
}


async def measure(conn: AsyncConnection, batch: int, rounds: int) -> dict[str, float]:
    """Median seconds of each way, taking turns; batches that are to be new rows find none."""
    dues = [due(number) for number in range(batch)]
    taken: dict[str, list[float]] = {name: [] for name in WAYS}
    for _ in range(rounds):
        for name, (way, anew) in WAYS.items():
            async with conn.begin():
                await conn.execute(sa.text("TRUNCATE dues") if anew else sa.text("SELECT 1"))
                began = time.perf_counter()
                await way(conn, dues)
                taken[name].append(time.perf_counter() - began)
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


async def main() -> None:
    """Print the medians."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--batch", type=int, default=500)
    options.add_argument("--rounds", type=int, default=200)
    chosen = options.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="canbao-bench-"))
    try:
        async with EmbeddedServer(directory, durable=False) as server:
            await server.ensure_databases(["bench"])
            engine = create_engine(server.url("bench"))
            async with engine.begin() as conn:
                await conn.run_sync(METADATA.create_all)
            calm_garbage_collector()
            async with engine.connect() as conn:
                medians = await measure(conn, chosen.batch, chosen.rounds)
            await engine.dispose()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    for name, seconds in medians.items():
        print(f"{name:18} {seconds * 1e3:6.2f} ms  {chosen.batch / seconds:9,.0f} rows a second")


if __name__ == "__main__":
    uvloop.run(main())
