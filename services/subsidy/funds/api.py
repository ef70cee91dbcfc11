"""HTTP of money for help: applying for it, confirming it."""

from collections.abc import Sequence
from dataclasses import asdict

from fastapi import APIRouter, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.problems import SAME_PERSON
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
from libs.common.web.schemas import Id, Limit, NumberAfter, number_after
from services.subsidy.funds import lines_store, store
from services.subsidy.funds.confirming import confirm
from services.subsidy.funds.problems import (
    CONFIRMED_OUT_OF_BOUNDS,
    NOTHING_TO_APPLY_FOR,
)
from services.subsidy.funds.schemas import (
    Confirmation,
    FundApplication,
    FundApplicationPage,
    FundLine,
    FundLinePage,
    MadeApplications,
    NewApplications,
    TownshipPart,
)
from services.subsidy.funds.store import ApplicationRow
from services.subsidy.funds.telling import tell_requested
from services.subsidy.requests import Approver, Context, OfCounty, OfYear, Reader, Writer, cause
from services.subsidy.verifications.store import Place, take_turn

router = APIRouter(tags=["funds"])


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


@router.get(
    "/v1/fund-applications/{application_id}",
    summary="See an application, and what finance answered",
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION),
)
async def get_fund_application(application_id: Id, caller: Reader, context: Context) -> FundApplication:
    async with context.engine.connect() as conn:
        return await _known(conn, application_id, caller)


@router.get(
    "/v1/fund-applications/{application_id}/lines",
    summary="List whose help an application asks for, and whose money is confirmed",
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION),
)
async def list_fund_application_lines(
    application_id: Id, caller: Reader, context: Context, after: NumberAfter = None, limit: Limit = 100
) -> FundLinePage:
    async with context.engine.begin() as conn:
        await _known(conn, application_id, caller)
        rows = await lines_store.lines(conn, application_id, after=number_after(after), limit=limit)
        people = sorted({row.person_id for row in rows})
        now = context.clock.now()
        await record_lookup(conn, caller, operation="list_fund_application_lines", at=now, person_ids=people)
    more = str(rows[-1].grant_id) if len(rows) == limit else None
    return FundLinePage(items=[FundLine.model_validate(row) for row in rows], next_after=more)


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


async def _known(conn: AsyncConnection, application_id: int, caller: Caller) -> FundApplication:
    rows = await store.some(conn, [application_id])
    if not rows:
        raise NOT_FOUND.problem()
    await _check_division(conn, rows[0], caller)
    [shown] = await _shown(conn, rows)
    return shown


async def _check_division(conn: AsyncConnection, application: ApplicationRow, caller: Caller) -> None:
    parts = (await store.townships(conn, [application.application_id]))[application.application_id]
    if not all(part.division_prefix.startswith(caller.division) for part in parts):
        raise OUTSIDE_DIVISION.problem()
