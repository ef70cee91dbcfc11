"""Works through a file of households: a chunk is read while the chunk before is written."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from itertools import islice

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.clock import business_date
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from services.registration.households.completing import Told, told_of
from services.registration.households.schemas import Incomplete
from services.registration.import_changes import store as changes
from services.registration.import_changes.rules import moving, of_plan
from services.registration.imports.advancing import Chunk, advance
from services.registration.imports.choices import said_by
from services.registration.imports.rules import HouseholdLines
from services.registration.imports.store import Import, LineFault
from services.registration.notices.rules import notice_of
from services.registration.registering.admission import Admission
from services.registration.registering.isolating import register_each
from services.registration.registering.plan import Memory, Plan, Rejected, Row
from services.registration.registering.problems import ROW_REFUSED
from services.registration.registering.recording import record_refused, written
from services.registration.settings import RegistrationContext

log = structlog.get_logger("canbao.registration.imports")

#: Rows read between two looks at other work of the process.
_ROWS_PER_TURN = 250
#: Behind the faults of the columns of a line.
_INCOMPLETE, _WRONG_PLACE = 1_000, 1_001


async def import_households(
    context: RegistrationContext, job: Import, columns: dict[str, int], lines: Iterator[list[str]]
) -> None:
    """Register the rest of a file, some thousands of rows per transaction."""
    reader = HouseholdLines(
        columns,
        job.county,
        job.coverage_year,
        business_date(job.requested_at),
        enroll=job.options.get("enroll") is not False,
        add_ons=said_by(notice_of(context.notices, job.county, job.coverage_year)).add_ons,
    )
    with paused_collection():
        await _import_chunks(context, job, reader, lines)


@contextmanager
def paused_collection() -> Iterator[None]:
    """Pause the search for cyclic garbage: chunks hold hundreds of thousands of objects and no cycles, and
    looking through them again and again takes a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


async def _import_chunks(
    context: RegistrationContext, job: Import, reader: HouseholdLines, lines: Iterator[list[str]]
) -> None:
    memory = Memory()
    for values in islice(lines, job.rows_done):
        if any(values):
            memory.remember_raw(reader.number(values), job.county, reader.home(values))
    writing: asyncio.Task[None] | None = None
    try:
        async for chunk in _chunks(reader, lines, job.rows_done, context.settings.import_chunk):
            if writing is not None:
                await writing
            writing = asyncio.create_task(_write_households(context, job, chunk, memory))
        if writing is not None:
            await writing
    finally:
        if writing is not None and not writing.done():
            writing.cancel()


async def _chunks(
    reader: HouseholdLines, lines: Iterator[list[str]], done: int, size: int
) -> AsyncIterator[Chunk[Row]]:
    """Read chunks of about `size` rows that end where a household ends."""
    chunk: Chunk[Row] = Chunk(done, 0)
    household = None
    for values in lines:
        if not any(values):
            chunk.number += 1
            continue
        home = reader.home(values)
        if chunk.number >= size and home != household:
            yield chunk
            chunk = Chunk(chunk.before + chunk.number, 0)
        household = home
        chunk.number += 1
        # The first line of the file holds the names of the columns.
        read = _read(reader, values, chunk.before + chunk.number + 1)
        if isinstance(read, Rejected):
            chunk.faulty.append((read.line, read.problem))
        else:
            chunk.rows.append(read)
        if chunk.number % _ROWS_PER_TURN == 0:
            await asyncio.sleep(0)
    if chunk.number:
        yield chunk


def _read(reader: HouseholdLines, values: list[str], line: int) -> Row | Rejected:
    """Read one line; one that the reader stumbles over is rejected like one that it refuses."""
    try:
        return reader.read(values, line)
    except Exception:
        log.exception("line_unread", line=line)
        return Rejected(line, line, ROW_REFUSED.problem())


def _unasked(one: Incomplete) -> tuple[str, str]:
    """That people in the village's register may be none whom the notice asks for."""
    if not one.in_base or not one.in_base_unasked:
        return "", ""
    return (
        " Whether those of the register have to join is not known yet: register them, or excuse them.",
        "名册内人员是否属于应参保成员尚不清楚，请先登记其情况，或凭证明注明不参保原因。",
    )


def _lines(told: Told, *, dry_run: bool) -> list[LineFault]:
    """What is told of households, at the line of the file where each begins; behind what is wrong there."""
    taken, taken_zh = ("", "") if dry_run else ("Taken. ", "已登记。")
    lines = [
        LineFault(
            line=one.index,
            fault_no=_INCOMPLETE,
            problem="household-incomplete",
            column_name=None,
            detail=f"{taken}By the notice ({one.clause}) more of this household join: {one.on_record} on "
            f"record and {one.in_base} in the village's register are not enrolled.{_unasked(one)[0]}",
            detail_zh=f"{taken_zh}按通知{one.clause}，该户还有人未参保：在册 {one.on_record} 人，"
            f"摸底名册内未登记 {one.in_base} 人。{_unasked(one)[1]}",
        )
        for one in told.incomplete
    ]
    return lines + [
        LineFault(
            line=one.index,
            fault_no=_WRONG_PLACE,
            problem="wrong-place",
            column_name=None,
            detail=f"{taken}{one.words}",
            detail_zh=f"{taken_zh}{one.words_zh}",
        )
        for one in told.wrong_place
    ]


async def _write_households(
    context: RegistrationContext, job: Import, chunk: Chunk[Row], memory: Memory
) -> None:
    async with context.engine.begin() as conn:
        plan, told = await _registered(conn, context, job, chunk, memory)
        rejected = chunk.faulty + [(row.line, row.problem) for row in plan.rejected]
        sender = Caller(job.sent_by, frozenset(), job.division)
        await record_refused(conn, context.digests, sender, "import", chunk.rows, job.requested_at)
        if not job.dry_run and (people := written(plan)):
            at, about = job.requested_at, f"import {job.id}"
            await record_lookup(conn, sender, operation="import", at=at, person_ids=people, purpose=about)
        along = await changes.members(conn, moving(plan))
        await changes.keep(conn, job.id, of_plan(plan, along, dry_run=job.dry_run))
        await advance(
            conn,
            job.id,
            chunk,
            rejected,
            told=_lines(told, dry_run=job.dry_run),
            incomplete=len(told.incomplete),
            wrong_place=len(told.wrong_place),
            new=plan.counts.new,
            updated=plan.counts.updated,
            unchanged=plan.counts.unchanged,
        )
    memory.remember(chunk.rows)
    if not job.dry_run:
        outbox.poke(context.engine)
    context.backlog.done("imported", chunk.number)


async def _registered(
    conn: AsyncConnection, context: RegistrationContext, job: Import, chunk: Chunk[Row], memory: Memory
) -> tuple[Plan, Told]:
    """Register rows, and look at their households; of a dry run all of it is taken back."""
    admission = Admission(context.notices, job.division, job.requested_at)
    trial = await conn.begin_nested()
    plan = await register_each(
        conn,
        context.digests,
        job.county,
        chunk.rows,
        admission,
        job.requested_at,
        whole_units=False,
        memory=memory,
    )
    refused = {row.line for row in plan.rejected}
    kept = [row for row in chunk.rows if row.line not in refused]
    told = await told_of(conn, context.notices, kept, job.requested_at)
    await (trial.rollback() if job.dry_run else trial.commit())
    return plan, told
