"""HTTP of payout batches: making one, the bank's file of it, and the bank's results."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bank_files.layouts import ResultLayout
from libs.common.security.access import require
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.web import idempotency
from libs.common.web.catalogue import (
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    NOT_FOUND,
    OUTSIDE_DIVISION,
)
from libs.common.web.idempotency import Key
from libs.common.web.openapi import problems
from libs.common.web.problems import FieldError
from libs.common.web.schemas import CountyCode, Id, Limit, NumberAfter, number_after
from services.subsidy.cards.problems import ACCOUNTS_CLOSED
from services.subsidy.payout_batches import store
from services.subsidy.payout_batches.making import check_approved, export_batch, make_batch
from services.subsidy.payout_batches.problems import (
    BATCH_REFUSED,
    NOT_APPROVED,
    NOTHING_READY,
    PROFILE_UNKNOWN,
    RESULTS_REFUSED,
)
from services.subsidy.payout_batches.schemas import (
    Batch,
    BatchPage,
    BatchState,
    NewBatch,
    ResultsAnswer,
    ResultsOfBatches,
    Sum,
)
from services.subsidy.payout_batches.settling import Told, take_results, take_results_of_county
from services.subsidy.payout_batches.store import BatchOrder, BatchRow
from services.subsidy.requests import Context, OfCounty, OfYear, Reader, Writer, cause
from services.subsidy.verifications.rules import payouts_wait

router = APIRouter(tags=["payouts"])


@router.post(
    "/v1/payout-batches",
    summary="Make a batch of every payout that is ready",
    description=(
        "Takes all payouts and refunds of the county and year within the caller's division (or a township of "
        "it, one bank, at most so many), in the order of their ids, and declares their number and sum. "
        "Help that the notice wants verified first (`subsidy_verification`) goes when it is. Another person "
        "agrees to it (`approval_id`, `POST /v1/approvals/{approval_id}/approve`); before that its file does "
        "not leave."
    ),
    responses=problems(
        NOTHING_READY.problem(
            waiting_card=2,
            needs_card=0,
            unverified=3,
            held_count=1,
            held=[{"payout_id": 12, "amount_fen": 20000, "subject": "enrollments/42"}],
        ),
        IDEMPOTENCY_KEY_MISSING,
        IDEMPOTENCY_KEY_REUSED,
    ),
    status_code=201,
    response_model=Batch,
)
async def create_payout_batch(order: NewBatch, caller: Writer, key: Key, context: Context) -> Response:
    # What is not asked for does not change which request it is: keys of earlier releases stand.
    once = idempotency.once(caller, key, order.model_dump(mode="json", exclude_none=True))
    now = context.clock.now()
    notice = context.notices.get((order.county, order.coverage_year))
    division = order.division_prefix or caller.division
    if not division.startswith(caller.division):
        raise OUTSIDE_DIVISION.problem()
    wanted = BatchOrder(
        county=order.county,
        coverage_year=order.coverage_year,
        division=division,
        division_range=(division.ljust(12, "0"), division.ljust(12, "9")),
        creator=caller.subject,
        waits=payouts_wait(notice),
        bank=order.bank,
        most=order.most,
    )
    async with context.engine.begin() as conn:
        if (before := await idempotency.answered(conn, once, now)) is not None:
            return before
        batch = await make_batch(conn, wanted, now)
        about = f"batch {batch.batch_id}"
        await record_lookup(conn, caller, operation="create_payout_batch", at=now, purpose=about)
        return await idempotency.answer(conn, once, Batch.model_validate(batch))


@router.get("/v1/payout-batches", summary="List batches")
async def list_payout_batches(
    caller: Reader,
    context: Context,
    county: OfCounty = None,
    coverage_year: OfYear = None,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> BatchPage:
    async with context.engine.begin() as conn:
        rows = await store.list_batches(
            conn, number_after(after), county, coverage_year, caller.division, limit
        )
    more = str(rows[-1].batch_id) if len(rows) == limit else None
    return BatchPage(items=[Batch.model_validate(row) for row in rows], next_after=more)


@router.get(
    "/v1/payout-batches/{batch_id}",
    summary="See a batch and what the bank answered",
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION),
)
async def get_payout_batch(batch_id: Id, caller: Reader, context: Context) -> BatchState:
    async with context.engine.begin() as conn:
        batch = Batch.model_validate(await _batch(conn, batch_id, caller))
        progress = await store.progress(conn, batch_id)
    answered = {row.outcome: Sum.model_validate(row) for row in progress}
    return BatchState(**dict(batch), progress=answered)


@router.get(
    "/v1/payout-batches/{batch_id}/file",
    summary="Fetch the bank's file of a batch",
    description=(
        "The layout is a profile: `generic` is CSV in UTF-8 with two comment lines, the second of them "
        "`# count=N total_fen=M`, and a heading. The file is the same each time, with the accounts as they "
        "were when the batch was made, in the clear: hence the scope pii:read, and every fetch is recorded."
    ),
    response_class=Response,
    responses=problems(
        NOT_FOUND,
        OUTSIDE_DIVISION,
        NOT_APPROVED.problem(approval_id=4),
        BATCH_REFUSED,
        ACCOUNTS_CLOSED,
        PROFILE_UNKNOWN.problem(profiles=["generic"]),
    )
    | {
        200: {
            "description": "The file",
            "content": {
                "text/csv": {
                    "schema": {"type": "string"},
                    "example": "# canbao payout batch_id=1\r\n# count=1 total_fen=20000\r\n"
                    "payout_no,account_no,holder,bank,amount_fen,remark\r\n"
                    "P0000000001-01,6221550000000000018,林小明,尤溪农商银行,20000,2021年度城乡居民医保参保资助\r\n",
                }
            },
        }
    },
)
async def get_payout_file(
    batch_id: Id,
    caller: Annotated[Caller, require("subsidy:write", "pii:read")],
    context: Context,
    profile: Annotated[str | None, Query(description="Another layout than the configured one.")] = None,
) -> Response:
    profiles = context.parts.profiles
    layout = profiles.sending(profile or context.settings.bank_profile)
    if layout is None:
        raise PROFILE_UNKNOWN.problem(profiles=profiles.sent)
    async with context.engine.begin() as conn:
        check_approved(await _batch(conn, batch_id, caller))
        content = await export_batch(conn, batch_id, layout, context.parts.vault)
        await record_lookup(
            conn, caller, operation="get_payout_file", at=context.clock.now(), purpose=f"batch {batch_id}"
        )
    disposition = {"content-disposition": f'attachment; filename="payout-batch-{batch_id}.csv"'}
    return Response(content, headers=disposition, media_type=f"text/csv; charset={layout.encoding}")


_REFUSED = RESULTS_REFUSED.problem(
    errors=[FieldError("#/lines/3", "this payout is not in the batch", "该批次中没有这笔发放")]
)
ResultProfile = Annotated[str | None, Query(description="Another layout than the configured one.")]
_RESULTS = "# count=1 total_fen=25000\npayout_no,outcome,amount_fen,reason\nP0000000001-01,paid,25000,\n"
_CSV: dict[str, object] = {"schema": {"type": "string"}, "example": _RESULTS}
_BODY = {"requestBody": {"required": True, "content": {"text/csv": _CSV}}}


@router.post(
    "/v1/payout-batches/{batch_id}/results",
    summary="Take in the bank's result file",
    description=(
        "Laid out as `profile` says; `generic` is CSV: `# count=N total_fen=M`, the heading "
        "`payout_no,outcome,amount_fen,reason`, and lines whose outcome is paid, failed or returned; "
        "profiles of the kind `workbook` read an xlsx. A file "
        "may cover a part of the batch; what it does not name stays sent and never goes again on suspicion. "
        "All of the file counts or nothing; the same file again does nothing. After paid only returned is "
        "possible; what is returned without having been reported paid counts as paid and returned."
    ),
    openapi_extra=_BODY,
    responses=problems(
        NOT_FOUND,
        OUTSIDE_DIVISION,
        NOT_APPROVED.problem(approval_id=4),
        BATCH_REFUSED,
        _REFUSED,
        PROFILE_UNKNOWN.problem(profiles=["generic"]),
        IDEMPOTENCY_KEY_MISSING,
        IDEMPOTENCY_KEY_REUSED,
    ),
    response_model=ResultsAnswer,
)
async def take_payout_results(
    batch_id: Id,
    request: Request,
    caller: Writer,
    key: Key,
    context: Context,
    profile: ResultProfile = None,
) -> Response:
    content = await request.body()
    once, now = idempotency.once(caller, key, content), context.clock.now()
    told = Told(content, *_layout(context, profile), caller.subject, now, cause())
    async with context.engine.begin() as conn:
        if (before := await idempotency.answered(conn, once, now)) is not None:
            return before
        await _batch(conn, batch_id, caller)
        about = f"batch {batch_id}"
        await record_lookup(conn, caller, operation="take_payout_results", at=now, purpose=about)
        answer = await take_results(conn, batch_id, told)
        return await idempotency.answer(conn, once, answer, 200)


@router.post(
    "/v1/payout-results",
    summary="Take in a bank's list about several batches",
    description=(
        "Such as what came back of payouts of weeks ago, laid out as `profile` says: each line goes to the "
        "batch of the county in which its payout was sent. All of it counts or nothing, and only once."
    ),
    openapi_extra=_BODY,
    responses=problems(
        NOT_APPROVED.problem(approval_id=4),
        BATCH_REFUSED,
        _REFUSED,
        PROFILE_UNKNOWN.problem(profiles=["generic", "returned-list"]),
        IDEMPOTENCY_KEY_MISSING,
        IDEMPOTENCY_KEY_REUSED,
    ),
    response_model=ResultsOfBatches,
)
async def take_results_of_batches(
    request: Request,
    caller: Writer,
    key: Key,
    context: Context,
    county: Annotated[CountyCode, Query(description="whose batches they are")],
    profile: ResultProfile = None,
) -> Response:
    content = await request.body()
    once, now = idempotency.once(caller, key, content), context.clock.now()
    told = Told(content, *_layout(context, profile), caller.subject, now, cause())
    async with context.engine.begin() as conn:
        if (before := await idempotency.answered(conn, once, now)) is not None:
            return before
        await record_lookup(
            conn, caller, operation="take_results_of_batches", at=now, purpose=f"county {county}"
        )
        answers = await take_results_of_county(conn, county, caller.division, told)
        return await idempotency.answer(conn, once, ResultsOfBatches(batches=answers), 200)


def _layout(context: Context, profile: str | None) -> tuple[str, ResultLayout]:
    name, profiles = profile or context.settings.result_profile, context.parts.profiles
    layout = profiles.answering(name)
    if layout is None:
        raise PROFILE_UNKNOWN.problem(profiles=profiles.answered)
    return name, layout


async def _batch(conn: AsyncConnection, batch_id: int, caller: Caller) -> BatchRow:
    batch = await store.batch(conn, batch_id)
    if batch is None:
        raise NOT_FOUND.problem()
    if not batch.division_prefix.startswith(caller.division):
        raise OUTSIDE_DIVISION.problem()
    return batch
