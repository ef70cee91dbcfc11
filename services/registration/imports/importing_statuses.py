"""Works through a file of statuses, of several statuses and departments, as rosters chunk by chunk."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Annotated

from pydantic import Field, JsonValue, ValidationError

from libs.common.clock import business_date
from libs.common.policy import Notice
from libs.common.policy.engine.contract import Day
from libs.common.security.caller import Caller
from libs.common.web.problems import FieldError, Problem
from libs.common.web.translations import row_errors
from services.registration.import_changes import store as import_changes
from services.registration.import_changes.rules import of_roster
from services.registration.imports.advancing import Chunk, advance, chunks
from services.registration.imports.choices import NOTHING_SAID, Said, counted, said_by
from services.registration.imports.columns import WORDS
from services.registration.imports.rules import iso_text
from services.registration.imports.store import Import
from services.registration.notices.rules import notice_of
from services.registration.people.rules import Text
from services.registration.registering.problems import ROW_INVALID
from services.registration.rosters.admission import (
    admission,
    class_problem,
    department_problem,
    known_statuses,
    listing_problem,
    needs_second,
)
from services.registration.rosters.isolating import apply_each
from services.registration.rosters.problems import SECOND_PERSON_AFTER_WINDOW, STATUS_UNKNOWN
from services.registration.rosters.recording import record_refused, record_taken
from services.registration.rosters.rules import Header, Listed, Mode, RosterRow, listed
from services.registration.settings import RegistrationContext

_DAYS = ("effective_on", "ended_on", "listed_on")
_NEEDED = "is needed, in the row or with the upload", "必填：可在行内填写或随上传一并指定"


class StatusLine(RosterRow):
    """A line: a row of a roster with what the roster says about all of its rows."""

    status: Annotated[Text, Field(min_length=1)]
    department: Annotated[Text, Field(min_length=1)]
    listed_on: Day


@dataclass(frozen=True, slots=True)
class Placed:
    """A row, and the roster that it belongs to."""

    header: Header
    row: Listed


async def import_statuses(
    context: RegistrationContext, job: Import, columns: Mapping[str, int], lines: Iterator[list[str]]
) -> None:
    """Apply the rest of a file, some thousands of rows per transaction."""
    said = said_by(notice_of(context.notices, job.county, job.coverage_year))
    take = partial(_take, context, job, columns, said)
    async for chunk in chunks(lines, job.rows_done, context.settings.import_chunk, take):
        await _write(context, job, chunk)


def _take(
    context: RegistrationContext,
    job: Import,
    columns: Mapping[str, int],
    said: Said,
    values: Sequence[str],
    chunk: Chunk[Placed],
) -> None:
    today = business_date(job.requested_at)
    read = chunk.read(lambda: read_line(values, columns, job.options, today, said))
    if read is None:
        return
    known = known_statuses(context.notices)
    if read.status not in known:
        chunk.faulty.append((chunk.line, STATUS_UNKNOWN.problem(known_statuses=known)))
        return
    row = listed(read, chunk.line)
    notice = notice_of(context.notices, job.county, job.coverage_year)
    row.problem = _problem(job, notice, read)
    header = Header(
        county=job.county,
        coverage_year=job.coverage_year,
        status=read.status,
        department=read.department,
        listed_on=read.listed_on,
        mode=_mode(job.options),
    )
    chunk.rows.append(Placed(header, row))


def _problem(job: Import, notice: Notice, read: StatusLine) -> Problem | None:
    """Why a line may not say what it says, by the notice and by who sent the file."""
    sender = str(job.options.get("sender_department") or "")
    by_bureau = job.options.get("by_bureau") is not False
    return (
        class_problem(notice, read.status, read.status_class)
        or department_problem(notice, read.status, read.department, sender)
        or listing_problem(read.listed_on, business_date(job.requested_at), by_bureau=by_bureau)
        or _of_two(notice, read.listed_on, job.requested_at)
    )


def _of_two(notice: Notice, listed_on: date, now: datetime) -> Problem | None:
    return SECOND_PERSON_AFTER_WINDOW.problem() if needs_second(notice, listed_on, now) else None


def _mode(options: Mapping[str, JsonValue]) -> Mode:
    return "remove" if options.get("mode") == "remove" else "add"


def read_line(
    values: Sequence[str],
    columns: Mapping[str, int],
    options: Mapping[str, JsonValue],
    today: date,
    said: Said = NOTHING_SAID,
) -> StatusLine | Problem:
    """Read one line; `options` fill what it leaves out, `said` are the words of the notice."""
    cells = {name: values[place].strip() for name, place in columns.items() if place < len(values)}
    given: dict[str, object] = {name: cell for name, cell in cells.items() if cell}
    given |= {name: iso_text(cells[name]) for name in _DAYS if cells.get(name)}
    if kind := cells.get("document_type"):
        given["document_type"] = WORDS.get(kind, kind)
    given["grade"] = counted(cells.get("grade", ""))
    for name in ("status", "department", "listed_on"):
        if name not in given and options.get(name):
            given[name] = options[name]
    _in_codes(given, said)
    if _mode(options) == "remove" and options.get("listed_on"):
        given.setdefault("effective_on", options["listed_on"])
    try:
        return StatusLine.model_validate(given, context={"today": today})
    except ValidationError as error:
        return ROW_INVALID.problem(errors=[_fault(fault, given) for fault in row_errors(error)])


def _in_codes(given: dict[str, object], said: Said) -> None:
    status, department = str(given.get("status", "")), str(given.get("department", ""))
    status = said.statuses.get(status, status)
    codes = {
        "status": status,
        "department": said.departments.get(department, department),
        "class": said.status_class(status, str(given.get("class", ""))),
    }
    given |= {name: code for name, code in codes.items() if name in given}


def _fault(fault: FieldError, given: Mapping[str, object]) -> FieldError:
    column = fault.pointer.removeprefix("#/")
    if column in ("status", "department", "listed_on") and column not in given:
        return FieldError(column, *_NEEDED)
    return FieldError(column, fault.detail, fault.detail_zh)


async def _write(context: RegistrationContext, job: Import, chunk: Chunk[Placed]) -> None:
    notice = notice_of(context.notices, job.county, job.coverage_year)
    rosters: dict[Header, list[Listed]] = {}
    for placed in chunk.rows:
        rosters.setdefault(placed.header, []).append(placed.row)
    rejected = list(chunk.faulty)
    new = updated = unchanged = 0
    async with context.engine.begin() as conn:
        for header, rows in rosters.items():
            changes = await apply_each(
                conn,
                header,
                rows,
                admission(notice, job.division),
                now=job.requested_at,
                sent_by=job.sent_by,
                import_id=job.id,
                dry_run=job.dry_run,
            )
            for change in changes:
                rejected += change.rejected
                new += change.added
                updated += change.changed + change.removed
                unchanged += change.unchanged
                await import_changes.keep(conn, job.id, of_roster(header, rows, change))
        sender, sent = Caller(job.sent_by, frozenset(), job.division), [placed.row for placed in chunk.rows]
        if not job.dry_run:
            await record_taken(conn, sender, "import", sent, job.requested_at, f"import {job.id}")
        await record_refused(conn, context.digests, sender, "import", sent, job.requested_at)
        await advance(conn, job.id, chunk, rejected, new=new, updated=updated, unchanged=unchanged)
