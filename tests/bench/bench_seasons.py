"""Measures the opening of the next season: `python tests/bench/bench_seasons.py [--rows N]`.

Imports a roster of generated people as `bench_import.py` does, has all of them paid, and opens the season of
the year after by a notice drafted from this one: until all are enrolled, and then until all are assessed.
"""

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import uvloop

from canbao.context import load_all_notices
from canbao.migrate import migrate_database
from canbao.policy.drafting import draft
from canbao.process import calm_garbage_collector
from libs.common.clock import MovableClock
from libs.common.db.embedded import EmbeddedServer
from libs.common.db.engine import create_engine
from libs.common.db.sealing import Sealing
from libs.common.policy import Notices, load_notice_bytes
from libs.common.security.digests import Digests
from libs.common.security.wrapping import InstallationKeys
from libs.common.service import ServiceContext, no_parts, service_settings
from services.registration.app import SERVICE
from services.registration.assessments.assessing import Assessor
from services.registration.assessments.worker import assess_batch
from services.registration.imports import uploading
from services.registration.imports.store import NewImport
from services.registration.imports.worker import import_next
from services.registration.seasons import store
from services.registration.seasons.opening import open_step
from tests.bench.bench_import import Upload, write_file

ON = datetime.fromisoformat("2020-08-25T09:00:00+08:00")


def two_years() -> Notices:
    """The notices in force, and Youxi's of the year after."""
    notices = load_all_notices(service_settings(SERVICE))
    this = notices[("youxi", 2020)]
    text = draft(this.source_text.decode(), 2021).text
    return Notices([*notices.values(), load_notice_bytes(text.encode(), "youxi/2021.yaml")])


async def measure(path: Path, url: str) -> dict[str, Any]:
    """Import and pay last year's people; then open the next season."""
    engine = create_engine(url, sealing=Sealing(InstallationKeys([b"1" * 32])))
    settings = service_settings(SERVICE, database_url=url)
    context = ServiceContext(
        "registration",
        settings,
        engine,
        None,
        MovableClock(),
        two_years(),
        None,
        Digests(b"1" * 32),
        no_parts,
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
        await uploading.keep(conn, wish, upload)
    began = time.perf_counter()
    await import_next(context)
    figures = {"import_seconds": round(time.perf_counter() - began, 1)}
    figures |= await assess(context)
    async with engine.begin() as conn:
        await conn.exec_driver_sql("UPDATE enrollments SET state = 'paid'")
        await store.start(conn, "youxi", 2021, "bench", ON)
    began = time.perf_counter()
    while await open_step(context) is not None:
        pass
    figures["open_seconds"] = round(time.perf_counter() - began, 1)
    async with engine.connect() as conn:
        opening = await store.one(conn, "youxi", 2021)
    figures |= {"enrolled": opening.enrolled, "left_out": opening.left_out}
    figures |= {f"next_{name}": value for name, value in (await assess(context)).items()}
    await engine.dispose()
    return figures


async def assess(context: Any) -> dict[str, Any]:
    """Assess all that wait."""
    assessor, assessed, began = Assessor(context.notices, context.digests.name), 0, time.perf_counter()
    while number := await assess_batch(context, assessor):
        assessed += number
    return {"assessed": assessed, "assess_seconds": round(time.perf_counter() - began, 1)}


async def main(rows: int) -> dict[str, Any]:
    """Measure on a fresh, durable server."""
    directory = Path(tempfile.mkdtemp(prefix="canbao-bench-"))
    try:
        await asyncio.to_thread(write_file, directory / "roster.csv", rows)
        async with EmbeddedServer(directory / "postgresql") as server:
            await server.ensure_databases(["registration"])
            url = server.url("registration")
            await migrate_database("registration", url)
            return {"rows": rows, **await measure(directory / "roster.csv", url)}
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=388_800)
    given = arguments.parse_args()
    calm_garbage_collector()
    figures = uvloop.run(main(given.rows))
    sys.stdout.write(json.dumps(figures) + "\n")
