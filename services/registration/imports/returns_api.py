"""HTTP for what goes back to the sender: faulty rows as the file has them, dry runs to be applied."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from libs.common.security.audit import record_lookup
from libs.common.web.catalogue import IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED, OUTSIDE_DIVISION
from libs.common.web.files import MEDIA, file_responses, headers_of
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.schemas import Id, Limit, NumberAfter, number_after
from services.registration.access import Context, Reader, Writer
from services.registration.enrollments.cancelling import BUREAU
from services.registration.histories.problems import HISTORY_OF_BUREAU
from services.registration.imports import returning, rows_store
from services.registration.imports.finding import find_import
from services.registration.imports.problems import IMPORT_NOT_FOUND, NOT_TO_APPLY, ROWS_OF_OTHERS
from services.registration.imports.schemas import FaultPage, ImportAccepted
from services.registration.people.viewing import UNMASKED
from services.registration.rosters.admission import check_sender, sent_with
from services.registration.rosters.problems import DEPARTMENT_MISSING

router = APIRouter(prefix="/v1/imports", tags=["imports"])

_FOUND = (IMPORT_NOT_FOUND, OUTSIDE_DIVISION)


@router.get("/{import_id}/faults", responses=problems(*_FOUND))
async def list_faulty_rows(
    import_id: Id, context: Context, caller: Reader, after: NumberAfter = None, limit: Limit = 100
) -> FaultPage:
    """List the rows that were rejected, in the layout of the file, with what is wrong with which cell.

    They are there when the import is done. The look is audited.
    """
    job = await find_import(context, caller, import_id)
    heading, rows = await returning.page(context, import_id, number_after(after), limit)
    if not caller.may(UNMASKED):
        rows = [returning.masked(job.kind, heading, row) for row in rows]
    async with context.engine.begin() as conn:
        now, about = context.clock.now(), f"import {import_id}"
        await record_lookup(conn, caller, operation="list_faulty_rows", at=now, purpose=about)
    more = str(rows[-1].line) if len(rows) == limit else None
    return FaultPage(heading=heading, items=rows, next_after=more)


@router.get(
    "/{import_id}/faulty-rows",
    response_class=StreamingResponse,
    responses=file_responses("The rows", ("xlsx", "csv"), ("姓名", "证件号码", returning.REASON_TITLE))
    | problems(*_FOUND, ROWS_OF_OTHERS),
)
async def download_faulty_rows(
    import_id: Id,
    context: Context,
    caller: Reader,
    format: Annotated[Literal["xlsx", "csv"], Query(description="of the file")] = "xlsx",
) -> StreamingResponse:
    """Give the rejected rows back as a file to correct and send again; its last column says what is wrong.

    The columns are those of the file that was sent, and the last one is passed over when it comes back.
    """
    job = await find_import(context, caller, import_id)
    if caller.subject != job.sent_by and not caller.may(UNMASKED):
        raise ROWS_OF_OTHERS.problem()
    async with context.engine.begin() as conn:
        now, about = context.clock.now(), f"import {import_id}"
        await record_lookup(conn, caller, operation="download_faulty_rows", at=now, purpose=about)
    made = returning.as_csv if format == "csv" else returning.as_workbook
    headers = headers_of(format, f"待更正-{import_id}")
    return StreamingResponse(made(context, import_id), media_type=MEDIA[format], headers=headers)


@router.post(
    "/{import_id}/apply",
    status_code=202,
    response_model=ImportAccepted,
    responses=problems(
        *(*_FOUND, NOT_TO_APPLY, DEPARTMENT_MISSING, HISTORY_OF_BUREAU),
        *(IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED),
    ),
)
async def apply_import(import_id: Id, context: Context, caller: Writer, key: Key) -> Response:
    """Import the very file of a dry run that is done, without sending it again; it becomes a new import."""
    job = await find_import(context, caller, import_id)
    if job.kind == "statuses":
        check_sender(caller)
    if job.kind == "history" and not caller.may(BUREAU):
        raise HISTORY_OF_BUREAU.problem()
    now = context.clock.now()
    wanted = once(caller, key, {"apply": import_id})
    async with context.engine.begin() as conn:
        if repeated := await answered(conn, wanted, now):
            return repeated
        if not job.dry_run or job.state != "done":
            raise NOT_TO_APPLY.problem()
        made = await rows_store.apply(
            conn,
            import_id,
            rows_store.Applied(job.options | sent_with(caller), caller.division, caller.subject, now),
        )
        if made is None:
            raise NOT_TO_APPLY.problem(
                "This dry run was applied already.", "该试运行已正式导入，请勿重复操作。"
            )
        about = f"import {made}, of the file of {import_id}"
        await record_lookup(conn, caller, operation="apply_import", at=now, purpose=about)
        sent = await answer(conn, wanted, ImportAccepted(import_id=made), 202)
    sent.headers["location"] = f"../{made}"
    return sent
