"""HTTP of what channels owe: by channel, day by day, and which days a slip pays."""

from collections import defaultdict
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import business_date
from libs.common.policy import Notice
from libs.common.web import idempotency
from libs.common.web.catalogue import IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED, NOT_FOUND
from libs.common.web.figures import COUNTED_LATER, MayBeOld
from libs.common.web.idempotency import Key
from libs.common.web.openapi import problems
from libs.common.web.reach import COUNTY
from libs.common.web.schemas import CountyCode, CoverageYear, GivenDay, Id, Limit
from services.ledger.access import Context, LedgerContext, Reader, Writer, check_books
from services.ledger.accounts.rules import clearing, is_employee_fund
from services.ledger.debts import matching, store
from services.ledger.debts.problems import SLIP_DIFFERS, SLIP_PAYS_NO_DAYS
from services.ledger.debts.rules import Debt
from services.ledger.debts.schemas import (
    ChannelDebt,
    ChannelDebts,
    DayDebt,
    DayDebts,
    DebtSlip,
    MatchCorrection,
    PaidDay,
    SlipMatch,
    SlipMatches,
    Which,
    by_day,
)
from services.ledger.movements import store as movements_store
from services.ledger.movements.store import MovementRow
from services.ledger.paths.rules import titles
from services.ledger.postings.rules import Season
from services.ledger.problems import CLOSING_BUSY, COUNTY_UNKNOWN, MOVEMENT_NOT_YOUR_STEP

router = APIRouter(prefix="/v1", tags=["channel debts"])

Channel = Annotated[str, Query(min_length=1, max_length=80, examples=["tax"])]


@router.get(
    "/channel-debts",
    summary="What each channel owes",
    responses=COUNTED_LATER | problems(COUNTY_UNKNOWN),
    openapi_extra=COUNTY,
)
async def list_channel_debts(
    context: Context, caller: Reader, kept: MayBeOld, county: CountyCode, coverage_year: CoverageYear
) -> ChannelDebts:
    """Give what each channel took, suspense and add-ons too, gave back itself, kept, has paid and owes.

    An employees' fund that owes what personal accounts paid stands for a channel. Cash in the hands of
    collectors is banked by slips that collection has: GET /v1/accounts tells of it.
    """
    season = Season(county, coverage_year)
    notice, today = check_books(context, caller, season), business_date(context.clock.now())

    async def count() -> dict[str, list[Debt]]:
        async with context.engine.connect() as conn:
            return await store.debts(conn, season)

    found = await kept.of(count, "channel-debts", season)
    return ChannelDebts(
        items=[_channel(days, _titles(notice, channel), today) for channel, days in found.items()]
    )


@router.get(
    "/channel-debts/days",
    summary="What a channel owes day by day",
    responses=COUNTED_LATER | problems(COUNTY_UNKNOWN),
    openapi_extra=COUNTY,
)
async def list_channel_debt_days(
    context: Context,
    caller: Reader,
    kept: MayBeOld,
    county: CountyCode,
    coverage_year: CoverageYear,
    channel: Channel,
    which: Annotated[Which, Query(description="`open`: only days that owe anything, or too much")] = "all",
    after: Annotated[GivenDay | None, Query(description="`next_after` of the page before")] = None,
    limit: Limit = 100,
) -> DayDebts:
    """Give the days of a channel with what was taken, went back and is open, and the slips that pay them."""
    season = Season(county, coverage_year)
    check_books(context, caller, season)
    today = business_date(context.clock.now())
    async with context.engine.connect() as conn:
        corrected = await store.corrected(conn, season)

    async def count() -> list[Debt]:
        async with context.engine.connect() as conn:
            return (await store.debts(conn, season, channel)).get(channel, [])

    # Who has matched a slip to other days sees it at once.
    days = await kept.of(count, "channel-debt-days", season, channel, corrected)
    wanted = [one for one in days if which == "all" or one.open_fen]
    page = [one for one in wanted if after is None or one.day > after][:limit]
    return DayDebts(
        items=[_day(one, today) for one in page],
        next_after=page[-1].day.isoformat() if len(page) == limit else None,
    )


@router.get(
    "/movements/{movement_id}/days",
    summary="Which days a slip pays",
    responses=problems(NOT_FOUND),
    openapi_extra=COUNTY,
)
async def list_slip_matches(context: Context, caller: Reader, movement_id: Id) -> SlipMatches:
    """Give every match of a movement: how it was found, by whom, and why it was changed."""
    row = await _movement(context, movement_id)
    check_books(context, caller, Season(row.county, row.coverage_year))
    async with context.engine.connect() as conn:
        return SlipMatches(items=await _matches(conn, row))


@router.post(
    "/movements/{movement_id}/days",
    summary="Say which days a slip pays",
    responses=problems(
        NOT_FOUND,
        SLIP_PAYS_NO_DAYS,
        SLIP_DIFFERS.problem(amount_fen=50000, named_fen=40000),
        MOVEMENT_NOT_YOUR_STEP.problem(departments=["tax"]),
        CLOSING_BUSY,
        IDEMPOTENCY_KEY_MISSING,
        IDEMPOTENCY_KEY_REUSED,
    ),
    response_model=SlipMatch,
    openapi_extra=COUNTY,
)
async def match_movement(
    context: Context, caller: Writer, key: Key, movement_id: Id, request: MatchCorrection
) -> Response:
    """Match a slip to other days, with the reason; what it was matched to before stays on record."""
    row = await _movement(context, movement_id)
    notice = check_books(context, caller, Season(row.county, row.coverage_year))
    once, now = idempotency.once(caller, key, request), context.clock.now()
    said = matching.Correction(request.channel, by_day(request.days), request.reason, caller.department)
    async with context.engine.begin() as conn:
        if (before := await idempotency.answered(conn, once, now)) is not None:
            return before
        await matching.correct(conn, notice, row, said, caller.subject, now)
        newest = max(
            (one for one in await _matches(conn, row) if one.channel == request.channel),
            key=lambda one: one.match_no,
        )
        return await idempotency.answer(conn, once, newest, 200)


async def _movement(context: LedgerContext, movement_id: int) -> MovementRow:
    async with context.engine.connect() as conn:
        row = await movements_store.by_id(conn, movement_id)
    if row is None:
        raise NOT_FOUND.problem()
    return row


async def _matches(conn: AsyncConnection, row: MovementRow) -> list[SlipMatch]:
    season = Season(row.county, row.coverage_year)
    days = defaultdict[tuple[str, int], list[PaidDay]](list)
    for one in await store.match_days(conn, season, row.id):
        paid = PaidDay(channel=one.channel, on=one.business_on, amount_fen=one.amount_fen)
        days[one.channel, one.match_no].append(paid)
    return [
        SlipMatch(
            channel=one.channel,
            match_no=one.match_no,
            how=one.how,
            matched_by=one.matched_by,
            matched_at=one.matched_at,
            reason=one.reason,
            days=days[one.channel, one.match_no],
        )
        for one in await store.matches(conn, season, row.id)
    ]


def _titles(notice: Notice, channel: str) -> tuple[str, str]:
    if is_employee_fund(channel):
        return titles(notice, clearing(channel))
    label = notice.channel_label(channel)
    return label.en, label.zh


def _channel(days: list[Debt], title: tuple[str, str], today: date) -> ChannelDebt:
    owing = [one.day for one in days if one.open_fen > 0]
    oldest_on = min(owing, default=None)
    return ChannelDebt(
        channel=days[0].channel,
        title=title[0],
        title_zh=title[1],
        taken_fen=sum(one.taken_fen for one in days),
        given_back_fen=sum(one.given_back_fen for one in days),
        fee_fen=sum(one.fee_fen for one in days),
        paid_fen=sum(one.paid_fen for one in days),
        open_fen=sum(one.open_fen for one in days),
        open_days=len(owing),
        oldest_on=oldest_on,
        age_days=_age(oldest_on, today),
    )


def _day(one: Debt, today: date) -> DayDebt:
    return DayDebt(
        channel=one.channel,
        on=one.day,
        taken_fen=one.taken_fen,
        given_back_fen=one.given_back_fen,
        fee_fen=one.fee_fen,
        paid_fen=one.paid_fen,
        open_fen=one.open_fen,
        age_days=_age(one.day if one.open_fen > 0 else None, today),
        slips=[
            DebtSlip(movement_id=slip.movement_id, reference=slip.reference, amount_fen=slip.amount_fen)
            for slip in one.slips
        ],
        earlier_fen=one.earlier_fen,
    )


def _age(day: date | None, today: date) -> int | None:
    return None if day is None else max((today - day).days, 0)
