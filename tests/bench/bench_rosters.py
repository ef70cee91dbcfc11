"""Measures the rosters of a township: `python tests/bench/bench_rosters.py [--people 40000] [--townships 2]`.

Files of households and of the villages' registers are imported for some townships of as many people each;
half of them have paid, and an eighth stand on rosters of departments. The rosters of one township are given
out as the page to print and sign, as CSV and as workbook, unmasked and audited. The ceiling of the same run
reads and opens names and numbers of the same people, and does nothing with them.
"""

import argparse
import asyncio
import csv
import os
import random
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable
from datetime import date, datetime
from pathlib import Path

import uvloop
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from canbao.context import load_all_notices
from canbao.demo.people import Census, homes
from canbao.migrate import migrate_database
from libs.common.clock import MovableClock
from libs.common.db.embedded import EmbeddedServer
from libs.common.db.engine import create_engine
from libs.common.db.rows import fetch, statement
from libs.common.db.sealing import Sealing
from libs.common.policy import Notice
from libs.common.security.caller import Caller
from libs.common.security.digests import Digests
from libs.common.security.wrapping import InstallationKeys
from libs.common.service import ServiceContext, no_parts, service_settings
from libs.common.spreadsheets import csv_pieces, workbook_pieces
from services.registration import tables
from services.registration.definition import SERVICE
from services.registration.imports import uploading
from services.registration.imports.store import NewImport
from services.registration.imports.worker import import_next
from services.registration.settings import RegistrationContext
from services.registration.surveys import exporting
from services.registration.surveys.listing import Looked
from services.registration.surveys.lists_store import Wanted
from services.registration.surveys.printing import HEADER, SHEET, Village
from services.registration.surveys.rules import terms_of

COUNTY, YEAR, VILLAGES = "huining", 2021, 40
AT = datetime.fromisoformat("2020-11-20T10:00:00+08:00")
HEADINGS = ("户号", "村代码", "地址", "与户主关系", "姓名", "证件号码", "户籍", "摸底结果", "说明人")
PAID = """
    UPDATE enrollments SET state = 'paid', paid_fen = 28000, completed_at = :at, known_at = :at
    WHERE id % 2 = 0
"""
LISTED = """
    INSERT INTO status_statements (county, coverage_year, number, number_digest, person_id, status, said,
           department, effective_on, listed_on, roster_id, known_at)
    SELECT county, 2021, number, number_digest, person_id, 'dibao', 'add', 'civil_affairs', '2020-01-01',
           '2020-09-20', 1, :at FROM documents WHERE person_id % 8 = 0
"""
OPENED = statement(
    """
    SELECT r.name, r.number, p.name AS registered_name, d.number AS own_number FROM survey_rows r
    JOIN documents d ON d.county = r.county AND d.number_digest = r.number_digest
    JOIN persons p ON p.id = d.person_id WHERE r.division_code BETWEEN :low AND :high
    """,
    name=tables.survey_rows.c.name,
    number=tables.survey_rows.c.number,
    registered_name=tables.persons.c.name,
    own_number=tables.documents.c.number,
)


class Upload:
    """A file as the web framework hands it over."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")

    async def read(self, size: int) -> bytes:
        return self._file.read(size)

    async def seek(self, offset: int) -> None:
        self._file.seek(offset)


def write_file(path: Path, people: int, townships: int) -> None:
    """Write households of so many people in each township; the same rows are the villages' registers."""
    places = [f"620422{101 + town:03d}{201 + no:03d}" for town in range(townships) for no in range(VILLAGES)]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        census = Census("620422", 1)
        for home in homes(census, places, people * townships, date(2020, 9, 5), random.Random(1)):
            for place, one in enumerate(home.members):
                relation = "户主" if place == 0 else "成员"
                known = (home.household_no, home.division_code, "12号", relation, one.name, one.id_number)
                writer.writerow([*known, "本县", "参保", "户主"])


async def import_file(context: RegistrationContext, path: Path, kind: str) -> None:
    """Import a file from its upload to its last row."""
    upload = Upload(path)
    found = await uploading.inspect(upload)
    wish = NewImport(
        county=COUNTY, coverage_year=YEAR, kind=kind, file_name=path.name, format="csv",
        encoding=found.encoding, sha=found.sha256, rows_total=found.rows, dry_run=False,
        options={"enroll": True, "listed_on": "2020-09-05"}, division="", sent_by="bench", requested_at=AT,
    )  # fmt: skip
    async with context.engine.begin() as conn:
        await uploading.keep(conn, wish, upload)
    await import_next(context)


async def written(pieces: AsyncIterator[bytes]) -> int:
    """How many bytes were given out."""
    return sum([len(piece) async for piece in pieces])


async def ceiling(conn: AsyncConnection, low: str, high: str) -> int:
    """Read and open names and numbers alone; of how many people."""
    return len(await fetch(conn, OPENED, low=low, high=high))


def given_out(
    form: str, notice: Notice, villages: AsyncIterator[Village], looked: Looked
) -> AsyncIterator[bytes]:
    """The rosters in one form."""
    if form == "html":
        return exporting.as_page(notice, villages, looked)
    if form == "csv":
        return csv_pieces(HEADER, exporting.as_rows(villages))
    return workbook_pieces(SHEET, exporting.as_rows(villages))


async def timed(what: Awaitable[int]) -> tuple[int, float, float]:
    """What came of it, the seconds that went by, and those of this process's processor."""
    began, own = time.perf_counter(), time.process_time()
    done = await what
    return done, time.perf_counter() - began, time.process_time() - own


async def measure(context: RegistrationContext, notice: Notice) -> None:
    """Give the rosters of one township out in each form."""
    low, high = "620422101000", "620422101999"
    async with context.engine.begin() as conn:
        await conn.execute(text(PAID), {"at": AT})
        await conn.execute(text(LISTED), {"at": AT})
    async with context.engine.connect() as conn:
        people, bare, own = await timed(ceiling(conn, low, high))
    print(f"{people:,} people, {VILLAGES} villages; names and numbers alone: {bare:.2f} s, own {own:.2f} s")
    caller = Caller("bench", frozenset({"survey:read", "pii:read"}), "620422101")
    wanted = Wanted(COUNTY, YEAR, low, high, terms_of(context.notices, notice))
    for form in ("html", "csv", "xlsx"):
        looked = Looked(caller, AT, "print_survey_roster", form)
        villages = exporting.villages_of(context, notice, wanted, looked)
        size, took, own = await timed(written(given_out(form, notice, villages, looked)))
        print(f"{form}: {took:.2f} s, {took / bare:.1f} of the ceiling, own {own:.2f} s, {size:,} bytes")


def fresh_directory() -> Path:
    """A directory that the server's account may pass, so that its files lie in it and go with it."""
    directory = Path(tempfile.mkdtemp(prefix="canbao-bench-"))
    directory.chmod(0o711)
    return directory


async def main(people: int, townships: int) -> None:
    """Measure on a fresh, durable server."""
    directory = fresh_directory()
    path = directory / "people.csv"
    try:
        await asyncio.to_thread(write_file, path, people, townships)
        async with EmbeddedServer(directory / "postgresql") as server:
            await server.ensure_databases(["registration"])
            url = server.url("registration")
            await migrate_database("registration", url)
            engine = create_engine(url, sealing=Sealing(InstallationKeys([b"1" * 32])))
            settings = service_settings(SERVICE, database_url=url)
            notices = load_all_notices(settings)
            clock, digests = MovableClock(), Digests(b"1" * 32)
            context = ServiceContext(
                "registration", settings, engine, None, clock, notices, None, digests, no_parts
            )
            for kind in ("households", "survey"):
                await import_file(context, path, kind)
            await measure(context, notices[COUNTY, YEAR])
            await engine.dispose()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=40_000)
    parser.add_argument("--townships", type=int, default=2)
    asked = parser.parse_args()
    uvloop.run(main(asked.people, asked.townships))
