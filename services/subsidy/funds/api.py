"""HTTP of money for help: applying for it, confirming it, entering what has come."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.arrivals import ARRIVAL_DIFFERS, FILE_REFUSED, PAYER, NewArrival, read_arrivals
from libs.common.cases.problems import SAME_PERSON
from libs.common.security.caller import Caller
from libs.common.web import idempotency
from libs.common.web.catalogue import (
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    NOT_FOUND,
    OUTSIDE_DIVISION,
)
from libs.common.web.idempotency import Key, Once
from libs.common.web.openapi import problems
from libs.common.web.schemas import CountyCode, CoverageYear, Id, Limit, NumberAfter, number_after
from services.subsidy.assembly import SubsidyContext
from services.subsidy.funds import arrivals_store, store
from services.subsidy.funds.confirming import confirm
from services.subsidy.funds.problems import (
    CONFIRMED_OUT_OF_BOUNDS,
    NOTHING_TO_APPLY_FOR,
    PAYER_UNKNOWN,
)
from services.subsidy.funds.schemas import (
    Arrival,
    ArrivalPage,
    ArrivalsEntered,
    Confirmation,
    FundApplication,
    FundApplicationPage,
    MadeApplications,
    NewApplications,
    NewArrivals,
    TownshipPart,
)
from services.subsidy.funds.store import ApplicationRow
from services.subsidy.funds.telling import tell_arrived, tell_requested
from services.subsidy.requests import Approver, Context, OfCounty, OfYear, Reader, Writer, cause
from services.subsidy.verifications.store import Place, take_turn

router = APIRouter(tags=["funds"])

_FILE = "payer,reference,yuan,arrived_at\ncounty_finance,ZF-2020-118,60000.00,2020-12-28T10:00:00+08:00\n"


@router.post(
    "/v1/fund-applications",
    summary="Apply to finance for the money of all help that was released",
    description=(
        "One application for each payer, with count and sum by township, over the released lines of rosters "
        "that are in none. What it sums up never changes."
    ),
    responses=problems(NOTHING_TO_APPLY_FOR, IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED),
    status_code=201,
    response_model=MadeApplications,
)
async def apply_for_funds(body: NewApplications, caller: Writer, key: Key, context: Context) -> Response:
    once, now = idempotency.once(caller, key, body), context.clock.now()
    place = Place(body.county, body.coverage_year, caller.division, *caller.division_range)
    async with context.engine.begin() as conn:
        if (before := await idempotency.answered(conn, once, now)) is not None:
            return before
        await take_turn(conn, body.county, body.coverage_year)
        made = await store.apply(conn, place, caller.subject, now)
        if not made:
            raise NOTHING_TO_APPLY_FOR.problem()
        rows = await store.some(conn, made)
        await tell_requested(conn, rows, cause())
        answer = MadeApplications(applications=await _shown(conn, rows))
        return await idempotency.answer(conn, once, answer)


@router.get("/v1/fund-applications", summary="List applications, and what finance answered")
async def list_fund_applications(
    caller: Reader,
    context: Context,
    county: OfCounty = None,
    coverage_year: OfYear = None,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> FundApplicationPage:
    async with context.engine.begin() as conn:
        rows = await store.list_applications(
            conn,
            after=number_after(after),
            county=county,
            coverage_year=coverage_year,
            division=caller.division,
            limit=limit,
        )
        more = str(rows[-1].application_id) if len(rows) == limit else None
        return FundApplicationPage(items=await _shown(conn, rows), next_after=more)


@router.post(
    "/v1/fund-applications/{application_id}/confirmation",
    summary="Say how much money finance has for an application",
    description=(
        "Less than applied for is insufficient: the notice says whose help is paid first "
        "(`subsidy_verification.first`), or a case `funds_short` asks an officer. More may follow later."
    ),
    responses=problems(
        NOT_FOUND,
        OUTSIDE_DIVISION,
        SAME_PERSON,
        CONFIRMED_OUT_OF_BOUNDS,
        IDEMPOTENCY_KEY_MISSING,
        IDEMPOTENCY_KEY_REUSED,
    ),
    response_model=FundApplication,
)
async def confirm_funds(
    application_id: Id, body: Confirmation, caller: Approver, key: Key, context: Context
) -> Response:
    once, now = idempotency.once(caller, key, body), context.clock.now()
    async with context.engine.begin() as conn:
        if (before := await idempotency.answered(conn, once, now)) is not None:
            return before
        known = await store.some(conn, [application_id])
        if not known:
            raise NOT_FOUND.problem()
        await take_turn(conn, known[0].county, known[0].coverage_year)
        application = await store.lock(conn, application_id)
        assert application is not None, "applications are never deleted"
        await _check_division(conn, application, caller)
        notice = context.notices.get((application.county, application.coverage_year))
        await confirm(conn, notice, application, body.confirmed_fen, caller.subject, now)
        [shown] = await _shown(conn, await store.some(conn, [application_id]))
        return await idempotency.answer(conn, once, shown, 200)


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
        OUTSIDE_DIVISION,
        IDEMPOTENCY_KEY_MISSING,
        IDEMPOTENCY_KEY_REUSED,
    ),
    status_code=201,
    response_model=ArrivalsEntered,
)
async def enter_fund_arrivals(body: NewArrivals, caller: Approver, key: Key, context: Context) -> Response:
    once = idempotency.once(caller, key, body)
    return await _enter(context, caller, once, body.county, body.coverage_year, body.arrivals)


@router.post(
    "/v1/fund-arrivals/file",
    summary="Enter payers' money that has come, as a file of finance's",
    description=(
        "CSV in UTF-8 or GB 18030; the first line names the columns 资助方 (code or name), 凭证号, "
        "金额（元） and 到账时间 (such as 2020-12-28 10:00). All of it counts or nothing; what stands "
        "already under its reference counts once."
    ),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"text/csv": {"schema": {"type": "string"}, "example": _FILE}},
        }
    },
    responses=problems(
        FILE_REFUSED.problem(errors=[]),
        PAYER_UNKNOWN.problem(payers=["county_finance"]),
        ARRIVAL_DIFFERS.problem(references=["ZF-2020-118"]),
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
        raise PAYER_UNKNOWN.problem(payers=payers)
    if notice is not None and not notice.division.startswith(caller.division):
        raise OUTSIDE_DIVISION.problem()
    new = [
        arrivals_store.NewArrival(
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
        entered = await arrivals_store.enter(conn, new)
        if against := await arrivals_store.contradicted(conn, new):
            raise ARRIVAL_DIFFERS.problem(references=sorted({one.reference for one in against}))
        await tell_arrived(conn, entered, cause())
        answer = ArrivalsEntered(
            arrivals=[Arrival.model_validate(row) for row in entered],
            repeated=len(arrivals) - len(entered),
        )
        return await idempotency.answer(conn, once, answer)


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
        rows = await arrivals_store.list_arrivals(
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


async def _shown(conn: AsyncConnection, rows: Sequence[ApplicationRow]) -> list[FundApplication]:
    parts = await store.townships(conn, [row.application_id for row in rows])
    return [
        FundApplication(
            **asdict(row),
            short_fen=row.short_fen,
            townships=[TownshipPart.model_validate(part) for part in parts[row.application_id]],
        )
        for row in rows
    ]


async def _check_division(conn: AsyncConnection, application: ApplicationRow, caller: Caller) -> None:
    parts = (await store.townships(conn, [application.application_id]))[application.application_id]
    if not all(part.division_prefix.startswith(caller.division) for part in parts):
        raise OUTSIDE_DIVISION.problem()
