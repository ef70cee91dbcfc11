"""HTTP for imports: upload a file, follow its progress, download what was wrong."""

import csv
import hashlib
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, File, Form, Response, UploadFile
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from libs.common.service import ServiceContext
from libs.common.web.catalogue import OUTSIDE_DIVISION
from libs.common.web.openapi import problems
from services.registration import examples
from services.registration.asking import NOTICE_NOT_FOUND, Context, Reader, Writer, notice_of
from services.registration.examples import shown
from services.registration.imports import store
from services.registration.imports.columns import described
from services.registration.imports.files import Encoding, format_of
from services.registration.imports.problems import FILE_UNREADABLE, IMPORT_NOT_FOUND

router = APIRouter(prefix="/v1/imports", tags=["imports"])

_PIECE_BYTES = 1024 * 1024
_ERRORS_PER_PAGE = 2_000


class ImportAccepted(BaseModel):
    """The file is stored; the import goes on by itself."""

    import_id: int = Field(examples=[7])


class ImportOut(BaseModel):
    """How far an import is and what became of its rows."""

    model_config = shown(examples.IMPORT)

    import_id: int
    kind: str
    county: str
    coverage_year: int
    file_name: str
    dry_run: bool
    state: str = Field(description="queued, running, done, failed")
    rows_total: int | None = Field(description="an estimate until the end; unknown for xlsx")
    rows_done: int
    new: int
    updated: int
    unchanged: int
    rejected: int
    requested_at: datetime
    finished_at: datetime | None
    failure: dict[str, Any] | None = Field(description="problem details, when the file cannot be imported")
    errors_url: str | None


@dataclass
class UploadForm:
    """What is said about the file."""

    kind: Annotated[Literal["households", "statuses"], Form()]
    county: Annotated[str, Form(examples=["youxi"])]
    year: Annotated[int, Form(examples=[2020])]
    dry_run: Annotated[bool, Form(description="only say what would happen")] = False
    enroll: Annotated[bool, Form(description="households: enroll everybody whose row does not say no")] = True
    mode: Annotated[Literal["add", "remove"], Form(description="statuses")] = "add"
    status: Annotated[
        str | None, Form(description="statuses: for rows that name none", examples=["dibao"])
    ] = None
    department: Annotated[
        str | None, Form(description="statuses: for rows that name none", examples=["civil_affairs"])
    ] = None
    listed_on: Annotated[
        date | None, Form(description="statuses: for rows that name none", examples=["2019-09-20"])
    ] = None

    def options(self) -> dict[str, Any]:
        """What the import has to know beyond county and year."""
        if self.kind == "households":
            return {"enroll": self.enroll}
        listed_on = self.listed_on.isoformat() if self.listed_on else None
        return {
            "mode": self.mode,
            "status": self.status,
            "department": self.department,
            "listed_on": listed_on,
        }


@router.post(
    "",
    status_code=202,
    description=f"""Upload a file of households or statuses. It is stored whole, then imported by itself.

Valid rows are kept, faulty ones are listed for download; importing the same file again changes nothing.
The rows of one household stand together, one of them marked as head (户主).

{described()}""",
    responses=problems(NOTICE_NOT_FOUND, OUTSIDE_DIVISION, FILE_UNREADABLE),
)
async def upload_import(
    context: Context,
    caller: Writer,
    response: Response,
    file: Annotated[
        UploadFile,
        File(
            description="CSV (UTF-8 or GB18030) or xlsx, column names in the first row",
            examples=["people.csv"],
        ),
    ],
    form: Annotated[UploadForm, Depends()],
) -> ImportAccepted:
    """Upload a file of households or statuses. It is stored whole, then imported in the background.

    Nothing is imported yet when it answers; a file that cannot be read fails later, with its problem.
    """
    notice = notice_of(context.notices, form.county, form.year)
    if not (caller.division.startswith(notice.division) or notice.division.startswith(caller.division)):
        raise OUTSIDE_DIVISION.problem()
    first = await file.read(_PIECE_BYTES)
    if not first:
        raise FILE_UNREADABLE.problem("The file is empty.", "文件为空。")
    values = {
        "county": form.county,
        "year": form.year,
        "kind": form.kind,
        "file_name": (file.filename or "upload")[:200],
        "format": format_of(first),
        "dry_run": form.dry_run,
        "options": form.options(),
        "division": caller.division,
        "sent_by": caller.subject,
        "requested_at": context.clock.now(),
    }
    import_id = await _keep(context, values, first, file)
    response.headers["location"] = f"./imports/{import_id}"
    return ImportAccepted(import_id=import_id)


async def _keep(context: ServiceContext, values: dict[str, Any], first: bytes, file: UploadFile) -> int:
    """Store the file piece by piece in one transaction: it is there whole or not at all."""
    digest, encoding, lines, number, piece = hashlib.sha256(), Encoding(), 0, 0, first
    async with context.engine.begin() as conn:
        import_id = await store.create(conn, values)
        while piece:
            digest.update(piece)
            encoding.feed(piece)
            lines += piece.count(b"\n")
            await store.add_pieces(conn, import_id, [(number, piece)])
            number += 1
            piece = await file.read(_PIECE_BYTES)
        is_csv = values["format"] == "csv"
        await store.uploaded(
            conn,
            import_id,
            digest.hexdigest(),
            encoding.name() if is_csv else None,
            max(lines - 1, 0) if is_csv else None,
        )
    return import_id


@router.get("/{import_id}", responses=problems(IMPORT_NOT_FOUND, OUTSIDE_DIVISION))
async def get_import(import_id: int, context: Context, caller: Reader) -> ImportOut:
    """Follow an import: rows done, new, updated, unchanged, rejected."""
    job = await _import(context, caller, import_id)
    known = {
        name: getattr(job, name) for name in ImportOut.model_fields if name not in ("import_id", "errors_url")
    }
    url = f"./{import_id}/errors.csv" if job.rejected else None
    return ImportOut(import_id=import_id, errors_url=url, **known)


@router.get(
    "/{import_id}/errors.csv",
    response_class=StreamingResponse,
    responses=problems(IMPORT_NOT_FOUND, OUTSIDE_DIVISION)
    | {200: {"content": {"text/csv": {"example": "行号 line,列 column,原因,reason,problem\r\n"}}}},
)
async def download_errors(import_id: int, context: Context, caller: Reader) -> StreamingResponse:
    """Download what was wrong, one line per fault, in Chinese and English, with how to mend it."""
    await _import(context, caller, import_id)
    return StreamingResponse(
        _error_lines(context, import_id),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="import-{import_id}-errors.csv"'},
    )


async def _import(context: ServiceContext, caller: Reader, import_id: int) -> Any:
    async with context.engine.connect() as conn:
        job = await store.one(conn, import_id)
    if job is None:
        raise IMPORT_NOT_FOUND.problem()
    if not job.division.startswith(caller.division):
        raise OUTSIDE_DIVISION.problem()
    return job


async def _error_lines(context: ServiceContext, import_id: int) -> AsyncIterator[str]:
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
