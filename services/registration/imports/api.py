"""HTTP for imports: upload a file, follow its progress, download what was wrong."""

import csv
import io
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Form, Response
from fastapi.responses import StreamingResponse

from libs.common.web.catalogue import OUTSIDE_DIVISION
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.schemas import Id
from services.registration.access import Context, Reader, Writer
from services.registration.imports import store
from services.registration.imports.columns import described
from services.registration.imports.problems import FILE_UNREADABLE, IMPORT_NOT_FOUND
from services.registration.imports.schemas import ImportAccepted, ImportOut, UploadForm
from services.registration.imports.store import Import, NewImport
from services.registration.imports.uploading import inspect, keep
from services.registration.notices.rules import NOTICE_NOT_FOUND, notice_of
from services.registration.settings import RegistrationContext

router = APIRouter(prefix="/v1/imports", tags=["imports"])

_ERRORS_PER_PAGE = 2_000


@router.post(
    "",
    status_code=202,
    response_model=ImportAccepted,
    description=f"""Upload a file of households or statuses. It is stored whole, then imported by itself.

Valid rows are kept, faulty ones are listed for download; importing the same file again changes nothing.
The rows of one household stand together, one of them marked as head (户主).

{described()}""",
    responses=problems(NOTICE_NOT_FOUND, OUTSIDE_DIVISION, FILE_UNREADABLE),
)
async def upload_import(
    context: Context,
    caller: Writer,
    key: Key,
    form: Annotated[UploadForm, Form(media_type="multipart/form-data")],
) -> Response:
    """Upload a file of households or statuses. It is stored whole, then imported in the background.

    Nothing is imported yet when it answers; a file that cannot be read fails later, with its problem.
    """
    notice = notice_of(context.notices, form.county, form.coverage_year)
    if not (caller.division.startswith(notice.division) or notice.division.startswith(caller.division)):
        raise OUTSIDE_DIVISION.problem()
    found = await inspect(form.file)
    if not found.size:
        raise FILE_UNREADABLE.problem("The file is empty.", "文件为空。")
    now = context.clock.now()
    new = NewImport(
        county=form.county,
        coverage_year=form.coverage_year,
        kind=form.kind,
        file_name=(form.file.filename or "upload").replace("\0", "")[:200],
        format=found.format,
        encoding=found.encoding,
        sha=found.sha256,
        rows_total=found.rows,
        dry_run=form.dry_run,
        options=form.options(),
        division=caller.division,
        sent_by=caller.subject,
        requested_at=now,
    )
    wanted = once(caller, key, form.values() | {"sha256": found.sha256})
    async with context.engine.begin() as conn:
        if repeated := await answered(conn, wanted, now):
            return repeated
        import_id = await keep(conn, new, form.file)
        sent = await answer(conn, wanted, ImportAccepted(import_id=import_id), 202)
    sent.headers["location"] = f"./imports/{import_id}"
    return sent


@router.get("/{import_id}", responses=problems(IMPORT_NOT_FOUND, OUTSIDE_DIVISION))
async def get_import(import_id: Id, context: Context, caller: Reader) -> ImportOut:
    """Follow an import: rows done, new, updated, unchanged, rejected."""
    job = await _import(context, caller, import_id)
    shown = {name: getattr(job, name) for name in ImportOut.model_fields if hasattr(job, name)}
    url = f"./{import_id}/errors.csv" if job.rejected else None
    return ImportOut.model_validate(shown | {"import_id": import_id, "errors_url": url})


@router.get(
    "/{import_id}/errors.csv",
    response_class=StreamingResponse,
    responses=problems(IMPORT_NOT_FOUND, OUTSIDE_DIVISION)
    | {200: {"content": {"text/csv": {"example": "行号 line,列 column,原因,reason,problem\r\n"}}}},
)
async def download_errors(import_id: Id, context: Context, caller: Reader) -> StreamingResponse:
    """Download what was wrong, one line per fault, in Chinese and English, with how to mend it."""
    await _import(context, caller, import_id)
    return StreamingResponse(
        _error_lines(context, import_id),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="import-{import_id}-errors.csv"'},
    )


async def _import(context: RegistrationContext, caller: Reader, import_id: int) -> Import:
    async with context.engine.connect() as conn:
        job = await store.one(conn, import_id)
    if job is None:
        raise IMPORT_NOT_FOUND.problem()
    if not job.division.startswith(caller.division):
        raise OUTSIDE_DIVISION.problem()
    return job


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
