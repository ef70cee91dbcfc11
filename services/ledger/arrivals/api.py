"""HTTP of the match's money that has come: entering it, taking it back, listing it."""

import asyncio
from dataclasses import asdict

from fastapi import APIRouter, Request, Response

from libs.common.arrivals import (
    ARRIVAL_DIFFERS,
    ARRIVAL_REVERSED,
    ARRIVAL_WAS_REVERSED,
    FILE_REFUSED,
    ArrivalReversal,
    NewArrival,
    ReversalAsked,
    arrivals_template,
    read_arrivals,
)
from libs.common.cases.problems import APPROVAL_WAITING
from libs.common.security.caller import Caller
from libs.common.web import idempotency
from libs.common.web.catalogue import IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED, NOT_FOUND
from libs.common.web.files import file_responses, table_body, workbook_answer
from libs.common.web.idempotency import Key, Once
from libs.common.web.openapi import problems
from libs.common.web.reach import ANY, COUNTY
from libs.common.web.schemas import CountyCode, CoverageYear, Id, Limit, NumberAfter, number_after
from services.ledger.access import Closer, Context, LedgerContext, Reader, check_books
from services.ledger.accounts.rules import SPECIAL_FISCAL_ACCOUNT
from services.ledger.arrivals import entering, store
from services.ledger.arrivals.reversing import ask
from services.ledger.arrivals.schemas import (
    MatchArrival,
    MatchArrivalPage,
    MatchArrivalsEntered,
    NewMatchArrivals,
)
from services.ledger.arrivals.store import ArrivalRow
from services.ledger.matches.entering import amount_of
from services.ledger.matches.problems import MATCH_LEVEL_UNKNOWN, MATCH_NOT_ASKED
from services.ledger.matches.rules import LEVEL_NAMES, LEVELS
from services.ledger.postings.rules import Season
from services.ledger.problems import CLOSING_BUSY, COUNTY_UNKNOWN, more_than_there_is

router = APIRouter(prefix="/v1/fiscal-match", tags=["fiscal match"])
_KEYS = (IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED)
_FILE = "级次,凭证号,金额（元）,到账时间\r\n中央财政,ZY-2020-017,624.00,2020-01-08 10:00\r\n"
_TOO_MUCH = more_than_there_is(SPECIAL_FISCAL_ACCOUNT, 31200, 62400)
_ARRIVAL_REFUSALS = (
    COUNTY_UNKNOWN, MATCH_NOT_ASKED, MATCH_LEVEL_UNKNOWN.problem(levels=list(LEVELS)),
    ARRIVAL_DIFFERS.problem(references=["ZY-2020-017"]),
    ARRIVAL_WAS_REVERSED.problem(references=["ZY-2020-017"]), CLOSING_BUSY, *_KEYS,
)  # fmt: skip


@router.post(
    "/arrivals",
    summary="Enter money of the match that has come",
    status_code=201,
    response_model=MatchArrivalsEntered,
    responses=problems(*_ARRIVAL_REFUSALS),
    openapi_extra=COUNTY,
)
async def enter_match_arrivals(
    context: Context, caller: Closer, key: Key, request: NewMatchArrivals
) -> Response:
    """Enter what has come, one by one or as a list: the fund has it from then on.

    What stands already under its reference counts once; under another amount or instant nothing is entered.
    """
    once = idempotency.once(caller, key, request)
    season = Season(request.county, request.coverage_year)
    return await _enter(context, caller, once, season, request.arrivals)


@router.get(
    "/arrivals/template",
    summary="The template of a file of money of the match",
    response_class=Response,
    responses=file_responses("The template", ("xlsx",)),
    openapi_extra=ANY,
)
async def get_match_arrivals_template(caller: Closer) -> Response:
    """Give a workbook whose columns say what may stand in them."""
    body = await asyncio.to_thread(arrivals_template, "级次", [zh for _, zh in LEVEL_NAMES.values()])
    return workbook_answer(body, "财政配套到账模板")


@router.post(
    "/arrivals/file",
    summary="Enter money of the match that has come, as a file",
    openapi_extra=table_body(_FILE) | COUNTY,
    status_code=201,
    response_model=MatchArrivalsEntered,
    responses=problems(FILE_REFUSED.problem(errors=[]), *_ARRIVAL_REFUSALS),
)
async def read_match_arrivals(
    request: Request,
    context: Context,
    caller: Closer,
    key: Key,
    county: CountyCode,
    coverage_year: CoverageYear,
) -> Response:
    """Take xlsx, or CSV in UTF-8 or GB 18030, with 级次, 凭证号, 金额（元） and 到账时间 on top.

    All of it counts, or nothing.
    """
    content = await request.body()
    named = {name_zh: level for level, (_, name_zh) in LEVEL_NAMES.items()}
    arrivals = read_arrivals(content, named)
    return await _enter(
        context, caller, idempotency.once(caller, key, content), Season(county, coverage_year), arrivals
    )


@router.get(
    "/arrivals",
    summary="List money of the match that has come",
    responses=problems(COUNTY_UNKNOWN),
    openapi_extra=COUNTY,
)
async def list_match_arrivals(
    context: Context,
    caller: Reader,
    county: CountyCode,
    coverage_year: CoverageYear,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> MatchArrivalPage:
    """List arrivals in the order in which they were entered."""
    season = Season(county, coverage_year)
    check_books(context, caller, season)
    async with context.engine.connect() as conn:
        rows = await store.ARRIVALS.page(conn, season, number_after(after), limit)
    more = str(rows[-1].id) if len(rows) == limit else None
    return MatchArrivalPage(items=[_arrival(row) for row in rows], next_after=more)


@router.post(
    "/arrivals/{arrival_id}/reversal",
    summary="Take back money of the match that was entered wrongly",
    status_code=202,
    response_model=ReversalAsked,
    responses=problems(NOT_FOUND, ARRIVAL_REVERSED, _TOO_MUCH, APPROVAL_WAITING, *_KEYS),
    openapi_extra=COUNTY,
)
async def reverse_match_arrival(
    context: Context, caller: Closer, key: Key, arrival_id: Id, request: ArrivalReversal
) -> Response:
    """Ask a second person; until they agree the money counts.

    Then it is posted back as of that instant, in the month that is open; nothing is deleted, and its
    reference may be entered anew, with the right amount or instant.
    """
    once, now = idempotency.once(caller, key, request), context.clock.now()
    async with context.engine.begin() as conn:
        if (before := await idempotency.answered(conn, once, now)) is not None:
            return before
        row = await store.ARRIVALS.one(conn, arrival_id)
        if row is None:
            raise NOT_FOUND.problem()
        notice = check_books(context, caller, Season(row.county, row.coverage_year))
        asked = await ask(conn, notice, row, request.reason, caller, now)
        return await idempotency.answer(conn, once, ReversalAsked(approval_id=asked.approval_id), 202)


async def _enter(
    context: LedgerContext, caller: Caller, once: Once, season: Season, arrivals: list[NewArrival]
) -> Response:
    amount_of(check_books(context, caller, season))
    now = context.clock.now()
    async with context.engine.begin() as conn:
        if (before := await idempotency.answered(conn, once, now)) is not None:
            return before
        entered = await entering.enter(conn, season, arrivals, caller.subject, now)
        answer = MatchArrivalsEntered(
            arrivals=[_arrival(row) for row in entered], repeated=len(arrivals) - len(entered)
        )
        return await idempotency.answer(conn, once, answer)


def _arrival(row: ArrivalRow) -> MatchArrival:
    return MatchArrival.model_validate({"arrival_id": row.id, **asdict(row)})
