"""Works through a file of enrollment history: who was insured where in which years, chunk by chunk."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Annotated

from pydantic import Field, JsonValue, ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import business_date
from libs.common.identity import DocumentType
from libs.common.policy.engine.contract import Contract, Year
from libs.common.policy.engine.contract import Said as Must
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.web.problems import FieldError, Problem
from libs.common.web.schemas import FreeText
from libs.common.web.translations import row_errors
from services.registration.assessments import store as assessments
from services.registration.histories import store
from services.registration.histories.problems import HISTORY_NOT_WHOLE
from services.registration.histories.rules import HISTORY_KNOWN, Scheme, counting
from services.registration.histories.store import Fresh, NewStatement, NewWhole, Unknown
from services.registration.import_changes import store as import_changes
from services.registration.import_changes.rules import Change, of_year
from services.registration.imports import store as imports
from services.registration.imports.advancing import Chunk, advance, chunks, faults_of, keep_each
from services.registration.imports.codes import whole_number
from services.registration.imports.columns import SCHEMES, WORDS
from services.registration.imports.store import Import
from services.registration.people.rules import IdNumber
from services.registration.registering.problems import ROW_INVALID
from services.registration.settings import RegistrationContext

#: A line of the file, and what it says.
Numbered = tuple[int, NewStatement]

_CELLS = ("id_number", "place", "source")
_NEEDED = "is needed, in the row or with the upload", "必填：可在行内填写或随上传一并指定"
_BEGINS_LATER = "has not begun; correct it", "该年度尚未开始，请更正"


class HistoryLine(Contract):
    """A line: somebody was insured in a year."""

    document_type: DocumentType | None = None
    id_number: IdNumber
    coverage_year: Year
    place: Annotated[FreeText, Field(min_length=1, max_length=60)]
    scheme: Annotated[
        Scheme, Must("must be resident, employee or other", "只能填写 居民医保、职工医保 或 其他")
    ]
    source: Annotated[FreeText, Field(max_length=60)] | None = None


async def import_history(
    context: RegistrationContext, job: Import, columns: Mapping[str, int], lines: Iterator[list[str]]
) -> None:
    """Keep the rest of a file, some thousands of rows per transaction."""
    take = partial(_take, job, columns)
    async for chunk in chunks(lines, job.rows_done, context.settings.import_chunk, take):
        await _write(context, job, chunk)


def _take(job: Import, columns: Mapping[str, int], values: Sequence[str], chunk: Chunk[Numbered]) -> None:
    today = business_date(job.requested_at)
    read = chunk.read(lambda: read_line(values, columns, job.options, today))
    if read is None:
        return
    said = NewStatement(
        county=job.county,
        number=read.id_number.number,
        said="insured",
        coverage_year=read.coverage_year,
        place=read.place,
        scheme=read.scheme,
        source=read.source,
        import_id=job.id,
        said_by=job.sent_by,
        known_at=job.requested_at,
    )
    chunk.rows.append((chunk.line, said))


def read_line(
    values: Sequence[str], columns: Mapping[str, int], options: Mapping[str, JsonValue], today: date
) -> HistoryLine | Problem:
    """Read one line; `options` fill what it leaves out."""
    cells = {name: values[place].strip() for name, place in columns.items() if place < len(values)}
    given: dict[str, object] = {name: cells[name] for name in _CELLS if cells.get(name)}
    if kind := cells.get("document_type"):
        given["document_type"] = WORDS.get(kind, kind)
    if scheme := cells.get("scheme"):
        given["scheme"] = SCHEMES.get(scheme, scheme)
    for name in ("place", "scheme", "source"):
        if name not in given and options.get(name):
            given[name] = options[name]
    given.setdefault("id_number", "")
    given["coverage_year"] = whole_number(cells.get("coverage_year", "").removesuffix("年"))
    try:
        read = HistoryLine.model_validate(given, context={"today": today})
    except ValidationError as error:
        return ROW_INVALID.problem(errors=[_fault(fault, given) for fault in row_errors(error)])
    if read.coverage_year > today.year:
        return ROW_INVALID.problem(errors=[FieldError("coverage_year", *_BEGINS_LATER)])
    return read


def _fault(fault: FieldError, given: Mapping[str, object]) -> FieldError:
    column = fault.pointer.removeprefix("#/")
    if column in ("place", "scheme") and column not in given:
        return FieldError(column, *_NEEDED)
    return FieldError(column, fault.detail, fault.detail_zh)


async def _write(context: RegistrationContext, job: Import, chunk: Chunk[Numbered]) -> None:
    async with context.engine.begin() as conn:

        async def keep(rows: Sequence[Numbered]) -> tuple[int, list[Change]]:
            said, unknown = dict(rows), await store.unknown(conn, rows)
            fresh = len(unknown) if job.dry_run else await _keep(conn, context, job, [*said.values()])
            return fresh, [_change(said[one.line], one) for one in unknown]

        numbered = [(line, (line, said)) for line, said in chunk.rows]
        parts, refused = await keep_each(conn, numbered, keep)
        await import_changes.keep(conn, job.id, [change for _, found in parts for change in found])
        new, kept = sum(fresh for fresh, _ in parts), len(chunk.rows) - len(refused)
        rejected = [*chunk.faulty, *refused]
        await advance(conn, job.id, chunk, rejected, new=new, updated=0, unchanged=kept - new)


def _change(said: NewStatement, unknown: Unknown) -> Change:
    where = {"place": said.place, "scheme": said.scheme, "source": said.source}
    return of_year(unknown.line, unknown.person_id, said.number, said.coverage_year, where)


async def _keep(
    conn: AsyncConnection, context: RegistrationContext, job: Import, rows: Sequence[NewStatement]
) -> int:
    """Keep lines, and have those assessed again whom the new ones are about; give how many are new."""
    fresh: list[Fresh] = await store.keep(conn, rows)
    people = sorted({one.person_id for one in fresh if one.person_id is not None})
    if people:
        concerned = await store.of_people(conn, people, counting(context.notices.values()))
        await assessments.enqueue(conn, concerned, HISTORY_KNOWN, job.requested_at)
        sender, about = Caller(job.sent_by, frozenset(), job.division), f"import {job.id}"
        await record_lookup(
            conn, sender, operation="import", at=job.requested_at, person_ids=people, purpose=about
        )
    return len({one.statement_id for one in fresh})


async def finish_history(conn: AsyncConnection, context: RegistrationContext, job: Import) -> None:
    """State that a place is known whole, if the upload says so and every row of the file could be read."""
    options = job.options
    place, first, last = (options.get(f"whole_{name}") for name in ("place", "from_year", "to_year"))
    if not isinstance(place, str) or not isinstance(first, int) or not isinstance(last, int):
        return
    done = await imports.one(conn, job.id)
    if done is None or done.rejected:
        await imports.add_errors(conn, job.id, faults_of(0, HISTORY_NOT_WHOLE.problem()))
        return
    if job.dry_run:
        return
    whole = NewWhole(place, first, last, job.id, job.sent_by, job.requested_at)
    if await store.state_whole(conn, whole):
        concerned = await store.of_place(conn, place, first, counting(context.notices.values()))
        await assessments.enqueue(conn, concerned, HISTORY_KNOWN, job.requested_at)
