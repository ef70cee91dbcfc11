"""HTTP for imports: upload a file, follow its progress, download what was wrong."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Response
from fastapi.responses import StreamingResponse

from libs.common.clock import business_date
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.web.catalogue import OUTSIDE_DIVISION
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.reach import SHARED
from libs.common.web.schemas import CountyCode, CoverageYear, Id, Limit, NumberAfter, number_after
from services.registration.access import Context, Reader, Writer, check_place
from services.registration.histories.problems import HISTORY_OF_BUREAU, WHOLE_INCOMPLETE
from services.registration.imports import pages_store, store
from services.registration.imports.columns import IMPORTS, described
from services.registration.imports.finding import find_import
from services.registration.imports.pages_store import Wanted
from services.registration.imports.problems import FILE_UNREADABLE, IMPORT_NOT_FOUND
from services.registration.imports.schemas import ImportAccepted, ImportOut, ImportPage, UploadForm
from services.registration.imports.sending import check_history
from services.registration.imports.store import Import, NewImport
from services.registration.imports.uploading import Inspected, inspect, keep
from services.registration.notices.rules import NOTICE_NOT_FOUND, notice_of
from services.registration.rosters.admission import check_sender, sent_with
from services.registration.rosters.problems import DEPARTMENT_MISSING
from services.registration.settings import RegistrationContext

router = APIRouter(prefix="/v1/imports", tags=["imports"])

Order = Literal["oldest", "newest"]
ImportState = Literal["queued", "running", "done", "failed"]

_ERRORS_PER_PAGE = 2_000


@router.post(
    "",
    status_code=202,
    response_model=ImportAccepted,
    openapi_extra=SHARED,
    description=f"""Upload a file of households, of statuses, of survey bases or of enrollment history.

It is stored whole, then imported by itself.

Valid rows are kept, faulty ones are listed for download; importing the same file again changes nothing.
The rows of one household stand together, one of them marked as head (户主).
A survey file is the whole base of every village that it names: who stands in it no longer is left out.
A history file says who was insured in which year; the bureau sends it (`registration:decide`). Who is not in
it is not taken for uninsured, but for people of the place and the years of which the upload says that the
file is whole (`whole_place`, `whole_from_year`, `whole_to_year`), and only if no row of it is rejected.

{described(tuple(IMPORTS))}""",
    responses=problems(
        *(NOTICE_NOT_FOUND, OUTSIDE_DIVISION, DEPARTMENT_MISSING, FILE_UNREADABLE),
        *(HISTORY_OF_BUREAU, WHOLE_INCOMPLETE),
    ),
)
async def upload_import(
    context: Context,
    caller: Writer,
    key: Key,
    form: Annotated[UploadForm, Form(media_type="multipart/form-data")],
) -> Response:
    """Upload a file of households, statuses, a survey base or history, to be imported in the background.

    Nothing is imported yet when it answers; a file that cannot be read fails later, with its problem.
    """
    notice = notice_of(context.notices, form.county, form.coverage_year)
    check_place(caller, notice)
    if form.kind == "statuses":
        check_sender(caller)
    if form.kind == "history":
        check_history(caller, form, business_date(context.clock.now()).year)
    found = await inspect(form.file)
    if not found.size:
        raise FILE_UNREADABLE.problem("The file is empty.", "文件为空。")
    now = context.clock.now()
    new = _new(form, found, caller, now)
    wanted = once(caller, key, form.values() | {"sha256": found.sha256})
    async with context.engine.begin() as conn:
        if repeated := await answered(conn, wanted, now):
            return repeated
        import_id = await keep(conn, new, form.file)
        about = f"import {import_id}"
        await record_lookup(conn, caller, operation="upload_import", at=now, purpose=about)
        sent = await answer(conn, wanted, ImportAccepted(import_id=import_id), 202)
    sent.headers["location"] = f"./imports/{import_id}"
    return sent


def _new(form: UploadForm, found: Inspected, caller: Caller, now: datetime) -> NewImport:
    return NewImport(
        county=form.county,
        coverage_year=form.coverage_year,
        kind=form.kind,
        file_name=(form.file.filename or "upload").replace("\0", "")[:200],
        format=found.format,
        encoding=found.encoding,
        sha=found.sha256,
        rows_total=found.rows,
        dry_run=form.dry_run,
        options=form.options() | sent_with(caller),
        division=caller.division,
        sent_by=caller.subject,
        requested_at=now,
    )


@router.get("")
async def list_imports(
    context: Context,
    caller: Reader,
    state: ImportState | None = None,
    county: CountyCode | None = None,
    coverage_year: CoverageYear | None = None,
    order: Annotated[
        Order, Query(description="by when they were sent; keep it from page to page")
    ] = "oldest",
    after: NumberAfter = None,
    limit: Limit = 100,
) -> ImportPage:
    """List the imports of the own division, oldest first unless `order=newest`.

    `state=failed` shows which were given up.
    """
    wanted = Wanted(caller.division, state, county, coverage_year)
    async with context.engine.connect() as conn:
        jobs = await pages_store.page(
            conn, wanted, number_after(after), limit, newest_first=order == "newest"
        )
    return ImportPage(
        items=[_out(job, "./imports/") for job in jobs],
        next_after=str(jobs[-1].id) if len(jobs) == limit else None,
    )


@router.get("/{import_id}", responses=problems(IMPORT_NOT_FOUND, OUTSIDE_DIVISION))
async def get_import(import_id: Id, context: Context, caller: Reader) -> ImportOut:
    """Follow an import: rows done, new, updated, unchanged, rejected."""
    return _out(await find_import(context, caller, import_id), "./")


@router.get(
    "/{import_id}/errors.csv",
    response_class=StreamingResponse,
    responses=problems(IMPORT_NOT_FOUND, OUTSIDE_DIVISION)
    | {200: {"content": {"text/csv": {"example": "行号 line,列 column,原因,reason,problem\r\n"}}}},
)
async def download_errors(import_id: Id, context: Context, caller: Reader) -> StreamingResponse:
    """Download what was wrong, one line per fault, in Chinese and English, with how to mend it.

    Households that were taken stand there, too, where the notice wants more of them to join, or has people of
    them register in another village.
    """
    await find_import(context, caller, import_id)
    async with context.engine.begin() as conn:
        now, about = context.clock.now(), f"import {import_id}"
        await record_lookup(conn, caller, operation="download_errors", at=now, purpose=about)
    return StreamingResponse(
        _error_lines(context, import_id),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="import-{import_id}-errors.csv"'},
    )


def _out(job: Import, above: str) -> ImportOut:
    shown = {name: getattr(job, name) for name in ImportOut.model_fields if hasattr(job, name)}
    told = job.rejected or job.incomplete or job.wrong_place
    url = f"{above}{job.id}/errors.csv" if told else None
    return ImportOut.model_validate(shown | {"import_id": job.id, "errors_url": url})


async def _error_lines(context: RegistrationContext, import_id: int) -> AsyncIterator[str]:
    # The mark at the beginning makes Excel read the Chinese as what it is.
    yield "\ufeff行号 line,列 column,原因,reason,problem\r\n"
    after = (-1, -1)
    while True:
        async with context.engine.connect() as conn:
            rows = await store.errors(conn, import_id, after, _ERRORS_PER_PAGE)
        if not rows:
            return
        text = io.StringIO()
        csv.writer(text).writerows(
            (row.line, row.column_name or "", row.detail_zh, row.detail, row.problem) for row in rows
        )
        yield text.getvalue()
        after = (rows[-1].line, rows[-1].fault_no)
