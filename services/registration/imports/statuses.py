"""Works through a file of statuses, of several statuses and departments, as rosters chunk by chunk."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from libs.common.clock import business_date
from libs.common.service import ServiceContext
from libs.common.web.problems import FieldError, Problem
from services.registration.asking import notice_of
from services.registration.imports.chunk import Chunk, advance
from services.registration.imports.columns import WORDS
from services.registration.imports.rules import read_day, read_integer
from services.registration.people.rules import Faults, check_texts
from services.registration.registering.problems import ROW_INVALID
from services.registration.rosters.admission import admission, class_problem, known_statuses
from services.registration.rosters.applying import apply_roster
from services.registration.rosters.problems import STATUS_UNKNOWN
from services.registration.rosters.rules import Header, Listed, read_row

_DAYS = ("effective_on", "ended_on", "listed_on")


async def import_statuses(
    context: ServiceContext, job: Any, columns: Mapping[str, int], lines: Iterator[list[str]]
) -> None:
    """Apply the rest of a file, some thousands of rows per transaction."""
    for _ in range(job.rows_done):
        next(lines, None)
    size, done = context.settings.import_chunk, job.rows_done
    while True:
        chunk = Chunk(done, 0)
        for values in lines:
            chunk.number += 1
            if any(values):
                _read(context, job, columns, values, chunk)
            if chunk.number >= size:
                break
        if not chunk.number:
            return
        await _write(context, job, chunk)
        done += chunk.number
        await asyncio.sleep(0)


def _read(
    context: ServiceContext, job: Any, columns: Mapping[str, int], values: Sequence[str], chunk: Chunk
) -> None:
    line = chunk.before + chunk.number + 1
    read = read_line(values, columns, line, job.options, business_date(job.requested_at))
    if isinstance(read, Problem):
        chunk.faulty.append((line, read))
        return
    status, department, listed_on, row = read
    known = known_statuses(context.notices)
    if status not in known:
        chunk.faulty.append((line, STATUS_UNKNOWN.problem(known_statuses=known)))
        return
    row.problem = class_problem(
        notice_of(context.notices, job.county, job.coverage_year), status, row.status_class
    )
    chunk.rows.append(
        (Header(job.county, job.coverage_year, status, department, listed_on, job.options["mode"]), row)
    )


def read_line(
    values: Sequence[str], columns: Mapping[str, int], line: int, options: Mapping[str, Any], today: date
) -> tuple[str, str, date, Listed] | Problem:
    """Read one line: (status, department, day of the roster, row); `options` fill what it leaves out."""
    cells = {name: values[place].strip() for name, place in columns.items() if place < len(values)}
    faults = Faults()
    check_texts(values, "", faults)
    days = {name: read_day(cells.get(name, ""), name, faults) for name in _DAYS}
    given: dict[str, Any] = {
        "id_number": cells.get("id_number"),
        "document_type": WORDS.get(cells.get("document_type", ""), cells.get("document_type")) or None,
        "name": cells.get("name") or None,
        "class": cells.get("class") or None,
        "grade": read_integer(cells.get("grade", ""), "grade", faults),
        **{name: day.isoformat() for name, day in days.items() if day is not None},
    }
    status = cells.get("status") or options.get("status")
    department = cells.get("department") or options.get("department")
    listed_on = days["listed_on"] or _day(options.get("listed_on"))
    for name, value in (("status", status), ("department", department), ("listed_on", listed_on)):
        if not value:
            faults.add(name, "is needed, in the row or with the upload", "必填：可在行内填写或随上传一并指定")
    defaults = {"effective_on": options.get("listed_on")} if options["mode"] == "remove" else {}
    row = read_row(given, line, defaults, today)
    if isinstance(row, Problem):
        faults.found += row.errors
    if faults or isinstance(row, Problem):
        found = [FieldError(f.pointer.lstrip("#/"), f.detail, f.detail_zh) for f in faults.found]
        return ROW_INVALID.problem(errors=found)
    return str(status), str(department), listed_on, row  # type: ignore[return-value]


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


async def _write(context: ServiceContext, job: Any, chunk: Chunk) -> None:
    notice = notice_of(context.notices, job.county, job.coverage_year)
    rosters: dict[Header, list[Listed]] = {}
    for header, row in chunk.rows:
        rosters.setdefault(header, []).append(row)
    rejected = list(chunk.faulty)
    totals = {"new": 0, "updated": 0, "unchanged": 0}
    async with context.engine.begin() as conn:
        for header, rows in rosters.items():
            changes, _ = await apply_roster(
                conn,
                header,
                rows,
                admission(notice, job.division),
                now=job.requested_at,
                sent_by=job.sent_by,
                import_id=job.id,
                dry_run=job.dry_run,
            )
            rejected += changes.rejected
            totals["new"] += changes.added
            totals["updated"] += changes.changed + changes.removed
            totals["unchanged"] += changes.unchanged
        await advance(conn, job.id, chunk, rejected, **totals)
