"""Works through a file of survey bases: rows are read chunk by chunk, and become versions at the end."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Annotated

import orjson
from pydantic import Field, ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import business_date
from libs.common.policy import Notice
from libs.common.policy.engine.contract import Day, Hukou, HukouKind
from libs.common.policy.format.vocabulary import AbsenceReason
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.web.catalogue import OUTSIDE_DIVISION
from libs.common.web.problems import FieldError, Problem
from libs.common.web.schemas import FreeText
from services.registration.households.rules import HouseholdNo, Village
from services.registration.import_changes import store as import_changes
from services.registration.import_changes.rules import Change, of_left_out, of_survey
from services.registration.imports import store as imports
from services.registration.imports.advancing import Chunk, advance, chunks, keep_each
from services.registration.imports.codes import read_is_head, read_sex
from services.registration.imports.columns import WORDS
from services.registration.imports.rules import by_column, iso_text
from services.registration.imports.store import Import, LineFault
from services.registration.notices.rules import notice_of
from services.registration.people.rules import Fault, IdentityGiven, Text
from services.registration.registering.problems import (
    DUPLICATE_IN_INPUT,
    OUTSIDE_NOTICE,
    ROW_INVALID,
)
from services.registration.settings import RegistrationContext
from services.registration.surveys import compared_store, store
from services.registration.surveys.problems import SURVEY_SUPERSEDED
from services.registration.surveys.rules import (
    ANSWER_WORDS,
    REASON_WORDS,
    AnswerKind,
    SurveyRow,
    excuse_of,
    faults_of_answer,
)
from services.registration.surveys.store import Compared

_DAYS = ("born", "said_on")
_ANSWERED = ("answer", "reason", "proof", "said_by", "said_on")
Short = Annotated[Text, Field(max_length=200)]


class SurveyLine(IdentityGiven):
    """A line of a survey base: a person of a village, and perhaps what was answered."""

    household_no: HouseholdNo
    division_code: Village
    address: Short | None = None
    phone: Annotated[Text, Field(max_length=40)] | None = None
    hukou: Hukou | None = None
    hukou_kind: HukouKind | None = None
    answer: AnswerKind | None = None
    reason: AbsenceReason | None = None
    proof: Annotated[FreeText, Field(max_length=200)] | None = None
    said_by: Annotated[FreeText, Field(max_length=60)] | None = None
    said_on: Day | None = None


async def import_survey(
    context: RegistrationContext, job: Import, columns: Mapping[str, int], lines: Iterator[list[str]]
) -> None:
    """Read the rest of a file, some thousands of rows per transaction; no base changes yet."""
    notice = notice_of(context.notices, job.county, job.coverage_year)
    async with context.engine.connect() as conn:
        seen = set(await store.numbers_read(conn, job.id))
    take = partial(_take, job, notice, columns, seen)
    async for chunk in chunks(lines, job.rows_done, context.settings.import_chunk, take):
        await _write(context, job, chunk)


def _take(
    job: Import,
    notice: Notice,
    columns: Mapping[str, int],
    seen: set[str],
    values: Sequence[str],
    chunk: Chunk[SurveyRow],
) -> None:
    read = chunk.read(lambda: read_line(values, columns, job, notice, chunk.line))
    if read is None:
        return
    if read.number in seen:
        chunk.faulty.append((chunk.line, DUPLICATE_IN_INPUT.problem()))
    else:
        seen.add(read.number)
        chunk.rows.append(read)


def read_line(
    values: Sequence[str], columns: Mapping[str, int], job: Import, notice: Notice, line: int
) -> SurveyRow | Problem:
    """Read one line, or say why its person is not taken into the base."""
    cells = {name: values[place].strip() for name, place in columns.items() if place < len(values)}
    faults: list[FieldError] = []
    head = _head(cells.get("relation", ""), faults)
    today = business_date(job.requested_at)
    try:
        read = SurveyLine.model_validate(_given(cells, faults), context={"today": today})
    except ValidationError as error:
        return ROW_INVALID.problem(errors=[*faults, *by_column(error)])
    faults += faults_of_answer(read.answer, read.reason, read.proof, excuse_of(notice, read.reason))
    if read.said_on is not None and read.said_on > today:
        faults.append(FieldError("said_on", "lies in the future; correct it", "晚于当前日期，请更正"))
    if faults:
        return ROW_INVALID.problem(errors=faults)
    if not read.division_code.startswith(job.division):
        return OUTSIDE_DIVISION.problem()
    if not read.division_code.startswith(notice.division):
        return OUTSIDE_NOTICE.problem()
    return _row(read, head, job, line)


def _given(cells: Mapping[str, str], faults: list[FieldError]) -> dict[str, object]:
    given: dict[str, object] = {
        name: cells[name]
        for name in ("household_no", "division_code", "address", "name", "phone", "proof", "said_by")
        if cells.get(name)
    }
    given |= {"household_no": cells.get("household_no", ""), "division_code": cells.get("division_code", "")}
    given |= {name: iso_text(cells[name]) for name in _DAYS if cells.get(name)}
    document = {"number": cells.get("id_number", "")}
    if kind := cells.get("document_type"):
        document["type"] = WORDS.get(kind, kind)
    given["documents"] = [document]
    kinds = (("answer", ANSWER_WORDS), ("reason", REASON_WORDS), ("hukou", WORDS), ("hukou_kind", WORDS))
    for name, words in kinds:
        if cell := cells.get(name):
            given[name] = words.get(cell, cell)
    try:
        if sex := read_sex(cells.get("sex", "")):
            given["sex"] = sex
    except Fault as fault:
        faults.append(FieldError("sex", str(fault), fault.message_zh))
    return given


def _head(cell: str, faults: list[FieldError]) -> bool:
    if not cell:
        return False
    try:
        return read_is_head(cell)
    except Fault as fault:
        faults.append(FieldError("relation", str(fault), fault.message_zh))
        return False


def _row(read: SurveyLine, head: bool, job: Import, line: int) -> SurveyRow:
    assert read.born is not None, "the reader refuses a person without a date of birth"
    document = read.documents[0].number
    said = {name: getattr(read, name) for name in _ANSWERED}
    own: dict[str, object] = {
        "division_code": read.division_code,
        "household_no": read.household_no,
        "head": head,
        "name": read.name,
        "sex": read.sex,
        "born": read.born,
        "document_type": str(document.type),
        "number": document.number,
        "address": read.address,
        "phone": read.phone,
        "hukou": read.hukou,
        "hukou_kind": read.hukou_kind,
    }
    # Files from before there was a kind of hukou say the same as they did.
    told = {name: cell for name, cell in own.items() if name != "hukou_kind" or cell is not None}
    return SurveyRow(
        line=line,
        content=_text(told | said),
        said=_text(said) if read.answer else None,
        import_id=job.id,
        county=job.county,
        coverage_year=job.coverage_year,
        **(own | said),  # type: ignore[arg-type]
    )


def _text(cells: Mapping[str, object]) -> str:
    return orjson.dumps(cells, option=orjson.OPT_SORT_KEYS).decode()


async def _write(context: RegistrationContext, job: Import, chunk: Chunk[SurveyRow]) -> None:
    async with context.engine.begin() as conn:

        async def keep(rows: Sequence[SurveyRow]) -> tuple[Compared, list[Change]]:
            counts, beside = await store.compare(conn, rows), await compared_store.differing(conn, rows)
            await store.keep_rows(conn, rows)
            return counts, of_survey(rows, beside)

        kept, refused = await keep_each(conn, [(row.line, row) for row in chunk.rows], keep)
        parts = [counts for counts, _ in kept]
        await import_changes.keep(conn, job.id, [change for _, found in kept for change in found])
        await advance(
            conn,
            job.id,
            chunk,
            [*chunk.faulty, *refused],
            new=sum(part.new for part in parts),
            updated=sum(part.updated for part in parts),
            unchanged=sum(part.unchanged for part in parts),
        )


async def finish_survey(conn: AsyncConnection, job: Import) -> None:
    """Make the rows of a file the bases of their villages; where nothing is new, nothing changes.

    The rows of a dry run are only held against the bases, and go.
    """
    listed_on = job.options.get("listed_on")
    dated_on = date.fromisoformat(str(listed_on)) if listed_on else business_date(job.requested_at)
    await store.take_turn(conn, job)
    superseded = [] if job.dry_run else await store.drop_superseded(conn, job)
    await import_changes.keep(conn, job.id, of_left_out(await compared_store.left_out(conn, job)))
    if job.dry_run:
        await store.forget_rows(conn, job.id)
        return
    await store.renew(conn, job, dated_on)
    if people := await store.touched(conn, job.id):
        sender, about = Caller(job.sent_by, frozenset(), job.division), f"import {job.id}"
        await record_lookup(
            conn, sender, operation="import", at=job.requested_at, person_ids=people, purpose=about
        )
    faults = [
        LineFault(
            line=0,
            fault_no=1_000 + number,
            problem=SURVEY_SUPERSEDED.slug,
            column_name=None,
            detail=f"{village}: {SURVEY_SUPERSEDED.title}. {SURVEY_SUPERSEDED.mend}",
            detail_zh=f"{village}：{SURVEY_SUPERSEDED.title_zh}。{SURVEY_SUPERSEDED.mend_zh}",
        )
        for number, village in enumerate(superseded)
    ]
    await imports.add_errors(conn, job.id, faults)
