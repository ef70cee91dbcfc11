"""HTTP of payers' money that has come: entering it, taking it back, listing it."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.arrivals import (
    ARRIVAL_DIFFERS,
    ARRIVAL_REVERSED,
    ARRIVAL_WAS_REVERSED,
    FILE_REFUSED,
    PAYER,
    ArrivalReversal,
    NewArrival,
    ReversalAsked,
    arrivals_template,
    read_arrivals,
)
from libs.common.cases.problems import APPROVAL_WAITING
from libs.common.security.caller import Caller
from libs.common.web import idempotency
from libs.common.web.catalogue import (
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    NOT_FOUND,
    NOTICE_FAULTY,
    OUTSIDE_DIVISION,
)
from libs.common.web.files import file_responses, table_body, workbook_answer
from libs.common.web.idempotency import Key, Once
from libs.common.web.notices import without_notice
from libs.common.web.openapi import problems
from libs.common.web.reach import ANY, COUNTY
from libs.common.web.schemas import CountyCode, CoverageYear, Id, Limit, NumberAfter, number_after
from services.subsidy.arrivals import store
from services.subsidy.arrivals.problems import ARRIVAL_GIVEN_BACK
from services.subsidy.arrivals.reversing import ask
from services.subsidy.arrivals.schemas import Arrival, ArrivalPage, ArrivalsEntered, NewArrivals
from services.subsidy.arrivals.telling import tell_arrived
from services.subsidy.assembly import SubsidyContext
from services.subsidy.funds.problems import PAYER_UNKNOWN
from services.subsidy.requests import Approver, Context, OfCounty, OfYear, Reader, cause

_NO_NOTICE = NOT_FOUND.problem("There is no notice of this county and year.", "没有该县该年度的参保通知。")

router = APIRouter(tags=["funds"])

_FILE = "payer,reference,yuan,arrived_at\ncounty_finance,ZF-2020-118,60000.00,2020-12-28T10:00:00+08:00\n"


@router.post(
    "/v1/fund-arrivals",
    summary="Enter payers' money that has come, one by one or as a list",
    description=(
        "What stands already under its reference counts once; under another amount or instant nothing of "
        "the list is entered. Help that was granted, money that was applied for and money that has come are "
        "three things: ledger's accounts say what is on its way."
    ),
    responses=problems(
        PAYER_UNKNOWN.problem(payers=["county_finance"]),
        ARRIVAL_DIFFERS.problem(references=["ZF-2020-118"]),
        ARRIVAL_WAS_REVERSED.problem(references=["ZF-2020-118"]),
        OUTSIDE_DIVISION,
        IDEMPOTENCY_KEY_MISSING,
        IDEMPOTENCY_KEY_REUSED,
    ),
    status_code=201,
    response_model=ArrivalsEntered,
    openapi_extra=COUNTY,
)
async def enter_fund_arrivals(body: NewArrivals, caller: Approver, key: Key, context: Context) -> Response:
    once = idempotency.once(caller, key, body)
    return await _enter(context, caller, once, body.county, body.coverage_year, body.arrivals)


@router.get(
    "/v1/fund-arrivals/template",
    summary="The template of a file of payers' money",
    description="A workbook whose columns say what may stand in them; the payers are those of the notice.",
    response_class=Response,
    responses=file_responses("The template", ("xlsx",)) | problems(NOT_FOUND, NOTICE_FAULTY),
    openapi_extra=ANY,
)
async def get_fund_arrivals_template(
    caller: Approver, context: Context, county: CountyCode, coverage_year: CoverageYear
) -> Response:
    notice = context.notices.get((county, coverage_year))
    if notice is None:
        raise without_notice(_NO_NOTICE, context.notices, county, coverage_year)
    payers = [label.zh for label in notice.payer_labels.values()]
    body = await asyncio.to_thread(arrivals_template, "资助方", payers)
    return workbook_answer(body, f"资助资金到账模板-{county}-{coverage_year}")


@router.post(
    "/v1/fund-arrivals/file",
    summary="Enter payers' money that has come, as a file of finance's",
    description=(
        "xlsx, or CSV in UTF-8 or GB 18030; the first line names the columns 资助方 (code or name), 凭证号, "
        "金额（元） and 到账时间 (such as 2020-12-28 10:00). All of it counts or nothing; what stands "
        "already under its reference counts once."
    ),
    openapi_extra=table_body(_FILE) | COUNTY,
    responses=problems(
        FILE_REFUSED.problem(errors=[]),
        PAYER_UNKNOWN.problem(payers=["county_finance"]),
        ARRIVAL_DIFFERS.problem(references=["ZF-2020-118"]),
        ARRIVAL_WAS_REVERSED.problem(references=["ZF-2020-118"]),
        OUTSIDE_DIVISION,
        IDEMPOTENCY_KEY_MISSING,
        IDEMPOTENCY_KEY_REUSED,
    ),
    status_code=201,
    response_model=ArrivalsEntered,
)
async def read_fund_arrivals(
    request: Request,
    caller: Approver,
    key: Key,
    context: Context,
    county: CountyCode,
    coverage_year: CoverageYear,
) -> Response:
    content = await request.body()
    once = idempotency.once(caller, key, content)
    notice = context.notices.get((county, coverage_year))
    named = {label.zh: code for code, label in notice.payer_labels.items()} if notice else {}
    return await _enter(context, caller, once, county, coverage_year, read_arrivals(content, named))


@router.post(
    "/v1/fund-arrivals/{arrival_id}/reversal",
    summary="Take back money that was entered wrongly",
    description=(
        "Asks a second person (`POST /v1/approvals/{approval_id}/approve`); until they agree the money "
        "counts. Then it is posted back as of that instant, nothing is deleted, and its reference may be "
        "entered anew, with the right amount or instant."
    ),
    responses=problems(
        NOT_FOUND,
        PAYER_UNKNOWN.problem(payers=[]),
        ARRIVAL_REVERSED,
        ARRIVAL_GIVEN_BACK.problem(returned_fen=20000),
        APPROVAL_WAITING,
        OUTSIDE_DIVISION,
        IDEMPOTENCY_KEY_MISSING,
        IDEMPOTENCY_KEY_REUSED,
    ),
    status_code=202,
    response_model=ReversalAsked,
)
async def reverse_fund_arrival(
    arrival_id: Id, body: ArrivalReversal, caller: Approver, key: Key, context: Context
) -> Response:
    once, now = idempotency.once(caller, key, body), context.clock.now()
    async with context.engine.begin() as conn:
        if (before := await idempotency.answered(conn, once, now)) is not None:
            return before
        row = await store.one(conn, arrival_id)
        if row is None:
            raise NOT_FOUND.problem()
        notice = context.notices.get((row.county, row.coverage_year))
        if notice is None:
            raise without_notice(
                PAYER_UNKNOWN.problem(payers=[]), context.notices, row.county, row.coverage_year
            )
        if not notice.division.startswith(caller.division):
            raise OUTSIDE_DIVISION.problem()
        asked = await ask(conn, row, notice.division, body.reason, caller, now)
        return await idempotency.answer(conn, once, ReversalAsked(approval_id=asked.approval_id), 202)


async def _enter(
    context: SubsidyContext,
    caller: Caller,
    once: Once,
    county: str,
    coverage_year: int,
    arrivals: Sequence[NewArrival],
) -> Response:
    now, notice = context.clock.now(), context.notices.get((county, coverage_year))
    payers = sorted(notice.payer_labels) if notice else []
    if {one.payer for one in arrivals}.difference(payers):
        unknown = PAYER_UNKNOWN.problem(payers=payers)
        raise without_notice(unknown, context.notices, county, coverage_year)
    if notice is not None and not notice.division.startswith(caller.division):
        raise OUTSIDE_DIVISION.problem()
    new = [
        store.NewArrival(
            county=county,
            coverage_year=coverage_year,
            payer=one.payer,
            reference=one.reference,
            amount_fen=one.amount_fen,
            arrived_at=one.arrived_at,
            entered_by=caller.subject,
            entered_at=now,
        )
        for one in arrivals
    ]
    async with context.engine.begin() as conn:
        if (before := await idempotency.answered(conn, once, now)) is not None:
            return before
        entered = await store.enter(conn, new)
        await _check(conn, new)
        await tell_arrived(conn, entered, cause())
        answer = ArrivalsEntered(
            arrivals=[Arrival.model_validate(row) for row in entered],
            repeated=len(arrivals) - len(entered),
        )
        return await idempotency.answer(conn, once, answer)


async def _check(conn: AsyncConnection, new: Sequence[store.NewArrival]) -> None:
    """Refuse what contradicts what stands, or was taken back just so. Raises Problem."""
    if against := await store.contradicted(conn, new):
        raise ARRIVAL_DIFFERS.problem(references=sorted({one.reference for one in against}))
    if gone := await store.reversed_before(conn, new):
        raise ARRIVAL_WAS_REVERSED.problem(references=sorted({one.reference for one in gone}))


@router.get("/v1/fund-arrivals", summary="List payers' money that has come")
async def list_fund_arrivals(
    caller: Reader,
    context: Context,
    county: OfCounty = None,
    coverage_year: OfYear = None,
    payer: Annotated[str | None, Query(description="Only this payer.", pattern=PAYER)] = None,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> ArrivalPage:
    seen = {one.county for one in context.notices.values() if one.division.startswith(caller.division)}
    async with context.engine.begin() as conn:
        rows = await store.list_arrivals(
            conn,
            after=number_after(after),
            county=county,
            coverage_year=coverage_year,
            payer=payer,
            counties=sorted(seen) if caller.division else None,
            limit=limit,
        )
    more = str(rows[-1].arrival_id) if len(rows) == limit else None
    return ArrivalPage(items=[Arrival.model_validate(row) for row in rows], next_after=more)
