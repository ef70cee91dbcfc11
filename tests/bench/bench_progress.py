"""Measures a snapshot of a county with all rates, and a bulletin of its townships as page, PDF and workbook.

python tests/bench/bench_progress.py [--people 388800]

The people are rows of generated enrollments, half of them paid (with what they were before), an eighth helped
and listed by rosters, some with answers and tickets. The ceiling of the same run is `count(*)` by township.
Then every village sends its base with everybody in it (摸底台账), and the same is measured again. Beside the
clock stands the processor time of this process and the database.
"""

import argparse
import os
import shutil
import tempfile
import time
from datetime import datetime
from pathlib import Path

import uvloop
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from canbao.context import load_all_notices
from canbao.migrate import migrate_database
from libs.common.clock import SHANGHAI
from libs.common.db.embedded import EmbeddedServer
from libs.common.db.engine import create_engine
from libs.common.policy import Notice
from libs.common.service import service_settings
from libs.common.testing.processor import processor
from services.registration.bulletins import printing
from services.registration.bulletins.printing import Issue
from services.registration.bulletins.rules import content_of
from services.registration.definition import SERVICE
from services.registration.progress.counting import figures_at
from services.registration.progress.rules import Snapshot

AS_OF = datetime(2019, 12, 31, 23, 59, 59, tzinfo=SHANGHAI)
TURNS = 5
_PLACE = "(SELECT array_agg(d ORDER BY d) FROM unnest(CAST(:units AS text[])) d)"
_STATUS = "(ARRAY['medical_assistance_1', 'medical_assistance_2', 'disabled'])[1 + n % 3]"
_SEASON = "'youxi', 2020"
FILL = (
    f"""INSERT INTO enrollments (county, coverage_year, person_id, household_id, division_code, state,
            renewal, registered_at)
        SELECT {_SEASON}, n, n / 3,
            left(({_PLACE})[1 + n % 15], 9) || lpad((200 + n / 15 % 12)::text, 3, '0'), 'assessed',
            true, '2019-09-02T09:00:00+08:00' FROM generate_series(1, :people) n""",
    """UPDATE enrollments SET state = CASE WHEN person_id % 8 = 0 THEN 'exempt' ELSE 'paid' END,
            paid_fen = CASE WHEN person_id % 8 = 0 THEN NULL ELSE 25000 END,
            completed_at = known, known_at = known
        FROM (SELECT timestamptz '2019-10-01T10:00:00+08:00' AS known) k WHERE person_id % 8 < 5""",
    f"""INSERT INTO grants (grant_id, county, coverage_year, enrollment_id, payer, amount_fen, told_at)
        SELECT id, {_SEASON}, id, 'medical_assistance_fund', 25000, known_at FROM enrollments
        WHERE state = 'exempt'""",
    f"""INSERT INTO status_statements (county, coverage_year, number, number_digest, person_id, status, said,
            department, effective_on, listed_on, roster_id, known_at)
        SELECT {_SEASON}, '', int8send(n), n, {_STATUS}, 'add', 'civil_affairs', '2019-01-01', '2019-09-20',
            1, '2019-09-20T09:00:00+08:00' FROM generate_series(8, :people, 8) n""",
    """INSERT INTO documents (county, type, number, number_digest, person_id, digest)
        SELECT 'youxi', 'resident_id', '', int8send(n), n, n::text FROM generate_series(1, :people) n""",
    f"""INSERT INTO survey_answers (county, coverage_year, division_code, number_digest, answer, reason,
            said_at, entered_by, entered_at)
        SELECT {_SEASON}, '350426100201', int8send(n), 'not_here', 'insured_elsewhere',
            '2019-09-10T09:00:00+08:00', 'village', '2019-09-10T09:00:00+08:00'
        FROM generate_series(7, :people, 20) n""",
    f"""INSERT INTO tickets (county, coverage_year, division_code, person_id, kind, wrong, correction, proofs,
            reported_by, reported_at, state)
        SELECT {_SEASON}, '350426100201', n, 'name', '', '', '', 'village', '2019-09-20T09:00:00+08:00',
            'reported' FROM generate_series(1, :people, 100) n""",
    "ANALYZE",
)


BASES = (
    f"""INSERT INTO survey_bases (county, coverage_year, division_code, version_no, import_id, dated_on,
            people, added, changed, left_out, sent_by, known_at)
        SELECT {_SEASON}, division_code, 1, 1, '2019-09-10', count(*), count(*), 0, 0, 'village',
            '2019-09-10T09:00:00+08:00' FROM enrollments GROUP BY division_code""",
    f"""INSERT INTO survey_rows (county, coverage_year, import_id, division_code, household_no, head, name,
            born, document_type, number, number_digest, content_digest, from_base)
        SELECT {_SEASON}, 1, e.division_code, e.household_id::text, e.person_id % 3 = 0, '', '1980-01-01',
            'resident_id', '', int8send(e.person_id), int8send(e.person_id), b.id
        FROM enrollments e JOIN survey_bases b USING (county, coverage_year, division_code)""",
    "ANALYZE",
)


async def fill(conn: AsyncConnection, notice: Notice, people: int) -> None:
    """Make the rows of a county."""
    assert notice.targets is not None
    units = [row.division for row in notice.targets.rows]
    for sql in FILL:
        known = {"people": people, "units": units}
        await conn.execute(text(sql), {name: value for name, value in known.items() if f":{name}" in sql})


async def send_bases(conn: AsyncConnection) -> None:
    """Let every village send its base."""
    for sql in BASES:
        await conn.execute(text(sql))


async def snapshots(conn: AsyncConnection, notice: Notice, name: str) -> Snapshot:
    """Take a snapshot some times, and say how long the middle one took."""
    took, bare, used = [], [], []
    for _ in range(TURNS):
        began = time.perf_counter()
        await conn.execute(
            text("SELECT left(division_code, 9), state, count(*) FROM enrollments GROUP BY 1, 2")
        )
        bare.append(time.perf_counter() - began)
        began, busy = time.perf_counter(), processor()
        made = await figures_at(conn, notice, AS_OF)
        took.append(time.perf_counter() - began)
        used.append(processor() - busy)
    middle, ceiling, busy = (sorted(one)[TURNS // 2] for one in (took, bare, used))
    print(
        f"{name} of {made.total.registered:,}: {middle:.2f} s, {busy:.2f} s of processor; "
        f"count(*) by township and state: {ceiling:.2f} s"
    )
    print(f"ratio {middle / ceiling:.1f}; {made.total.paid:,} paid, {made.total.exempt:,} exempt")
    return made


async def bulletin(notice: Notice, made: Snapshot) -> None:
    """Set a bulletin in all forms."""
    issue = Issue(1, AS_OF, "leader", AS_OF, is_public=False)
    for turn in ("first", "second"):
        began = time.perf_counter()
        content = content_of(notice, notice.document.reports[0], made, made, AS_OF.date())
        page = printing.page(content, issue)
        pdf = await printing.as_pdf(content, issue)
        book = printing.as_workbook(content, issue)
        took = time.perf_counter() - began
        print(f"bulletin of {len(content.lines)} townships, {turn}: {took:.2f} s; "
              f"page {len(page):,}, PDF {len(pdf):,}, workbook {len(book):,} bytes")  # fmt: skip


async def main(people: int) -> None:
    """Measure on a fresh embedded server."""
    directory = Path(tempfile.mkdtemp(prefix="canbao-bench-"))
    try:
        async with EmbeddedServer(directory / "postgresql") as server:
            await server.ensure_databases(["registration"])
            await migrate_database("registration", server.url("registration"))
            notice = load_all_notices(service_settings(SERVICE))["youxi", 2020]
            engine = create_engine(server.url("registration"))
            async with engine.begin() as conn:
                await fill(conn, notice, people)
            async with engine.connect() as conn:
                made = await snapshots(conn, notice, "snapshot")
            async with engine.begin() as conn:
                await send_bases(conn)
            async with engine.connect() as conn:
                based = await snapshots(conn, notice, "snapshot with a survey base")
                assert based.total.to_insure, "bases count"
            await engine.dispose()
        await bulletin(notice, made)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=388_800)
    uvloop.run(main(parser.parse_args().people))
