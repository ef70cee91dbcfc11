"""Measures the import of a county's roster file: `python tests/bench/bench_import.py [--rows N]`.

Writes a CSV of generated people in households, then imports it with enrollment into a fresh, durable
database: from the stored upload to the last committed row. Assessing comes after and is measured beside it.
The ceiling of the same run is a bare COPY of the same rows into one table with two indexes.
"""

import argparse
import asyncio
import csv
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import uvloop

from canbao.context import load_all_notices
from canbao.demo.people import Census, homes
from canbao.garbage import calm_garbage_collector
from canbao.migrate import migrate_database
from libs.common.clock import MovableClock
from libs.common.db.embedded import EmbeddedServer
from libs.common.db.engine import copy_rows, create_engine
from libs.common.db.sealing import Sealing
from libs.common.policy import Notices
from libs.common.security.digests import Digests
from libs.common.security.wrapping import InstallationKeys
from libs.common.service import ServiceContext, no_parts, service_settings
from services.registration.assessments.assessing import Assessor
from services.registration.assessments.worker import assess_batch
from services.registration.definition import SERVICE
from services.registration.imports import store, uploading
from services.registration.imports.store import NewImport
from services.registration.imports.worker import import_next

HEADINGS = ("户号", "村代码", "地址", "与户主关系", "姓名", "证件号码", "户籍")
ON = date(2019, 9, 5)


def write_file(path: Path, rows: int, county: str = "350426") -> list[tuple[str, str, str]]:
    """Write a roster of that many people; give (household, name, number) of each for the ceiling."""
    villages = [f"{county}{town:03d}{village:03d}" for town in range(100, 115) for village in range(200, 212)]
    people = []
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        for home in homes(Census(county, 1), villages, rows, ON, random.Random(1)):
            for place, member in enumerate(home.members):
                relation = "户主" if place == 0 else "成员"
                writer.writerow(
                    [
                        home.household_no,
                        home.division_code,
                        "12号",
                        relation,
                        member.name,
                        member.id_number,
                        "本县",
                    ]
                )
                people.append((home.household_no, member.name, member.id_number))
    return people


async def ceiling(engine: Any, people: list[tuple[str, str, str]]) -> float:
    """COPY the rows into one table with a primary key and a unique number; give rows a second."""
    async with engine.begin() as conn:
        await conn.exec_driver_sql(
            "CREATE TABLE bare (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, home text, name text,"
            " number text UNIQUE)"
        )
    began = time.perf_counter()
    async with engine.begin() as conn:
        await copy_rows(conn, "bare", ("home", "name", "number"), people)
    return len(people) / (time.perf_counter() - began)


class Upload:
    """A file as the web framework hands it over."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")

    async def read(self, size: int) -> bytes:
        return self._file.read(size)

    async def seek(self, offset: int) -> None:
        self._file.seek(offset)


async def uploaded(path: Path, url: str, notices: Notices) -> tuple[Any, int]:
    """Give a registration with these notices, and the import that waits there."""
    engine = create_engine(url, sealing=Sealing(InstallationKeys([b"1" * 32])))
    settings = service_settings(SERVICE, database_url=url)
    context = ServiceContext(
        "registration", settings, engine, None, MovableClock(), notices, None, Digests(b"1" * 32), no_parts
    )
    upload = Upload(path)
    found = await uploading.inspect(upload)
    wish = NewImport(
        county="youxi", coverage_year=2020, kind="households", file_name=path.name, format="csv",
        encoding=found.encoding, sha=found.sha256, rows_total=found.rows, dry_run=False,
        options={"enroll": True}, division="", sent_by="bench",
        requested_at=datetime.fromisoformat("2019-09-05T10:00:00+08:00"),
    )  # fmt: skip
    async with engine.begin() as conn:
        return context, await uploading.keep(conn, wish, upload)


async def assess(context: Any) -> dict[str, Any]:
    """Assess all that wait."""
    assessor, assessed, began = Assessor(context.notices, context.digests.name), 0, time.perf_counter()
    while number := await assess_batch(context, assessor):
        assessed += number
    return {"assessed": assessed, "assess_seconds": round(time.perf_counter() - began, 1)}


async def measure(path: Path, people: list[tuple[str, str, str]], url: str) -> dict[str, Any]:
    """Import, then assess."""
    context, import_id = await uploaded(path, url, load_all_notices(service_settings(SERVICE)))
    engine = context.engine
    figures = {"ceiling_rows_per_second": round(await ceiling(engine, people))}
    began = time.perf_counter()
    await import_next(context)
    seconds = time.perf_counter() - began
    async with engine.connect() as conn:
        done = await store.one(conn, import_id)
    figures |= {"imported": done.new, "rejected": done.rejected, "import_seconds": round(seconds, 1)}
    figures |= await assess(context)
    await engine.dispose()
    return figures


Measure = Callable[[Path, list[tuple[str, str, str]], str], Awaitable[dict[str, Any]]]


async def main(rows: int, measure: Measure) -> dict[str, Any]:
    """Measure on a fresh, durable server."""
    directory = Path(tempfile.mkdtemp(prefix="canbao-bench-"))
    try:
        people = await asyncio.to_thread(write_file, directory / "roster.csv", rows)
        async with EmbeddedServer(directory / "postgresql") as server:
            await server.ensure_databases(["registration"])
            url = server.url("registration")
            await migrate_database("registration", url)
            return {"rows": rows, **await measure(directory / "roster.csv", people, url)}
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def run(measure: Measure, about: str | None) -> None:
    """Measure as the command line says, and write the figures."""
    arguments = argparse.ArgumentParser(description=about)
    arguments.add_argument("--rows", type=int, default=388_800)
    given = arguments.parse_args()
    calm_garbage_collector()
    sys.stdout.write(json.dumps(uvloop.run(main(given.rows, measure))) + "\n")


if __name__ == "__main__":
    run(measure, __doc__)
