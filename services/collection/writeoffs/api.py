"""Write-offs of paper: proposed, carried out, and kept."""

from datetime import date

from fastapi import APIRouter, Response

from libs.common.clock import business_date
from libs.common.security.access import check_division
from libs.common.security.caller import Caller
from libs.common.web.catalogue import IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED, OUTSIDE_DIVISION
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.schemas import CountyCode, CoverageYear, GivenDay, Limit, NumberAfter, number_after
from services.collection.access import CashReader, CashReviewer, Context
from services.collection.assembly import CollectionContext
from services.collection.books.moving import By
from services.collection.cash.registering import notice_at, paper_at
from services.collection.cash.schemas import ChannelCode, Division
from services.collection.problems import COUNTY_UNKNOWN, PAPER_UNKNOWN, WRITEOFF_OBSTRUCTED
from services.collection.writeoffs import store
from services.collection.writeoffs.schemas import (
    DoneNumbers,
    NewWriteoff,
    Obstacle,
    Writeoff,
    WriteoffProposal,
    Writeoffs,
)
from services.collection.writeoffs.store import Done
from services.collection.writeoffs.writing_off import Scope, propose, write_off

router = APIRouter(prefix="/v1/voucher-writeoffs", tags=["books"])

_REFUSALS = (OUTSIDE_DIVISION, COUNTY_UNKNOWN, PAPER_UNKNOWN)


@router.get("/proposal", summary="What would be written off up to a day", responses=problems(*_REFUSALS))
async def propose_voucher_writeoff(
    county: CountyCode,
    coverage_year: CoverageYear,
    voucher: ChannelCode,
    division_code: Division,
    up_to: GivenDay,
    caller: CashReviewer,
    context: Context,
) -> WriteoffProposal:
    """Propose all used and void numbers, and name what has to be settled first."""
    scope = _scope(context, caller, (county, coverage_year, voucher), division_code, up_to)
    async with context.engine.connect() as conn:
        found = await propose(conn, scope, business_date(context.clock.now()))
    return WriteoffProposal(
        up_to=up_to,
        used=found.count("held"),
        void=found.count("void"),
        numbers=[_done(one) for one in found.done],
        obstacles=[Obstacle(detail=one.detail, detail_zh=one.detail_zh) for one in found.obstacles],
    )


@router.post(
    "",
    status_code=201,
    summary="Write off paper that is done with",
    response_model=Writeoff,
    responses=problems(*_REFUSALS, WRITEOFF_OBSTRUCTED, IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED),
)
async def write_vouchers_off(body: NewWriteoff, caller: CashReviewer, context: Context, key: Key) -> Response:
    """Write off all used and void numbers for good; blank ones are returned, or go on.

    Refused while numbers are skipped or lost and nobody has decided; it names which.
    """
    now, request = context.clock.now(), once(caller, key, body)
    season = body.county, body.coverage_year, body.voucher
    scope = _scope(context, caller, season, body.division_code, body.up_to)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        made = await write_off(conn, scope, By(caller.subject, now))
        return await answer(conn, request, Writeoff.model_validate(made))


@router.get("", summary="Paper that was written off")
async def list_voucher_writeoffs(
    caller: CashReader,
    context: Context,
    county: CountyCode | None = None,
    voucher: ChannelCode | None = None,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> Writeoffs:
    """List the write-offs of the own division."""
    async with context.engine.connect() as conn:
        rows = await store.page(conn, caller.division, county, voucher, number_after(after), limit)
    more = str(rows[-1].writeoff_id) if len(rows) == limit else None
    return Writeoffs(items=[Writeoff.model_validate(row) for row in rows], next_after=more)


def _scope(
    context: CollectionContext,
    caller: Caller,
    which: tuple[str, int, str],
    division_code: str,
    up_to: date,
) -> Scope:
    county, coverage_year, voucher = which
    notice = notice_at(context.notices, county, coverage_year)
    check_division(caller, division_code)
    if not division_code.startswith(notice.division):
        raise OUTSIDE_DIVISION.problem()
    return Scope(county, coverage_year, paper_at(notice, voucher), division_code, up_to)


def _done(one: Done) -> DoneNumbers:
    numbers = one.numbers
    return DoneNumbers(
        what="void" if one.state == "void" else "used",
        division_code=one.division_code,
        collector_id=one.collector_id,
        first_no=numbers.first_no,
        last_no=numbers.last_no,
        count=numbers.count,
    )
