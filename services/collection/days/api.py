"""HTTP of days of channels: how each stands, a season in sum, and closing one."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import business_date
from libs.common.security.access import check_division
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.web.catalogue import (
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    INVALID_REQUEST,
    NOT_FOUND,
    NOT_READY,
    OUTSIDE_DIVISION,
)
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.notices import without_notice
from libs.common.web.openapi import problems
from libs.common.web.reach import COUNTY
from libs.common.web.schemas import CountyCode, CoverageYear, GivenDay, Limit
from services.collection.access import Context, Maker, Officer
from services.collection.assembly import CollectionContext
from services.collection.cash.registering import notice_at
from services.collection.days import schemas
from services.collection.days.alarming import due_on, newest_notice
from services.collection.days.closing import close
from services.collection.days.looking import banks, days
from services.collection.days.looking import day as one_day
from services.collection.days.problems import DAY_CLOSED, DAY_NOT_EXPLAINED, TOO_MANY_DAYS
from services.collection.days.rules import Bank, ChannelDay, DayState, days_of_season, late_days, total
from services.collection.days.schemas import ChannelDays, ChannelTotal, ChannelTotals, WholeChannelDay
from services.collection.days.store import Wanted
from services.collection.problems import COUNTY_UNKNOWN

router = APIRouter(prefix="/v1", tags=["files"])

#: A day and a channel.
_Key = tuple[date, str]
_MOST_DAYS = timedelta(days=400)
_USUAL_DAYS = timedelta(days=30)
_Channel = Annotated[str, Path(max_length=40)]
_After = Annotated[str | None, Query(pattern=r"^\d{4}-\d\d-\d\d/[^\x00]{1,40}$", max_length=60)]


@router.get(
    "/channel-days",
    summary="Days of channels, and how they stand",
    responses=problems(OUTSIDE_DIVISION, COUNTY_UNKNOWN, TOO_MANY_DAYS),
    openapi_extra=COUNTY,
)
async def list_channel_days(
    caller: Officer,
    context: Context,
    county: CountyCode,
    channel: Annotated[str | None, Query(max_length=40)] = None,
    coverage_year: CoverageYear | None = None,
    since: GivenDay | None = None,
    until: GivenDay | None = None,
    state: DayState | None = None,
    after: _After = None,
    limit: Limit = 100,
) -> ChannelDays:
    """List days on which a channel that gives files has one, or took money; without `since` the last thirty.

    Each with what its file, our own payments and the statements of its account say. With `coverage_year`
    those from the first to the last day on which its notice takes money, as far as `since` and `until` let
    them. `state=explained` shows which may be closed.
    """
    wanted, place = _wanted(caller, context, county, channel, coverage_year, (since, until)), _place(after)
    async with context.engine.connect() as conn:
        rest = [
            one
            for one in await days(conn, wanted)
            if state in (None, one.state) and (place is None or (one.business_on, one.channel) > place)
        ]
        there = await banks(conn, county, rest[:limit], context.parts.settlements.get(county, {}))
    last = rest[limit - 1] if len(rest) > limit else None
    more = f"{last.business_on.isoformat()}/{last.channel}" if last else None
    return ChannelDays(
        items=[schemas.ChannelDay.model_validate(_facts(context, one, there)) for one in rest[:limit]],
        next_after=more,
    )


@router.get(
    "/channel-day-totals",
    summary="Days of channels added up, of a season or any other time",
    responses=problems(OUTSIDE_DIVISION, COUNTY_UNKNOWN, TOO_MANY_DAYS),
    openapi_extra=COUNTY,
)
async def get_channel_day_totals(
    caller: Officer,
    context: Context,
    county: CountyCode,
    coverage_year: CoverageYear | None = None,
    since: GivenDay | None = None,
    until: GivenDay | None = None,
) -> ChannelTotals:
    """Add up what files, our own payments and statements say of all days, by channel: how many stand where,
    and what differs by kind and age.
    """
    wanted = _wanted(caller, context, county, None, coverage_year, (since, until))
    async with context.engine.connect() as conn:
        found = await days(conn, wanted)
        there = await banks(conn, county, found, context.parts.settlements.get(county, {}))
    by_channel: dict[str, list[ChannelDay]] = {}
    for one in found:
        by_channel.setdefault(one.channel, []).append(one)
    items = [_total(context, channel, some, there) for channel, some in sorted(by_channel.items())]
    return ChannelTotals(items=items)


@router.get(
    "/channel-days/{county}/{channel}/{day}",
    responses=problems(OUTSIDE_DIVISION, COUNTY_UNKNOWN, NOT_FOUND),
    openapi_extra=COUNTY,
)
async def get_channel_day(
    county: CountyCode, channel: _Channel, day: GivenDay, caller: Officer, context: Context
) -> WholeChannelDay:
    """See a day from all sides, what waits to be decided about it, and who closed it or what opened it."""
    _check_county(caller, context, county)
    async with context.engine.connect() as conn:
        return await _whole(context, conn, county, channel, day)


@router.post(
    "/channel-days/{county}/{channel}/{day}/close",
    summary="Close a day of a channel",
    response_model=WholeChannelDay,
    responses=problems(
        *(OUTSIDE_DIVISION, COUNTY_UNKNOWN, NOT_FOUND, DAY_CLOSED, NOT_READY),
        DAY_NOT_EXPLAINED.problem(state="open", open_cases=[{"case_id": 7, "kind": "channel_day_we_only"}]),
        *(IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED),
    ),
    openapi_extra=COUNTY,
)
async def close_channel_day(
    county: CountyCode, channel: _Channel, day: GivenDay, caller: Maker, context: Context, key: Key
) -> Response:
    """Close a day of which all is explained. A corrected file, money of the day that comes later, or a new
    difference opens it again by itself; who closed it and when is kept.
    """
    _check_county(caller, context, county)
    now = context.clock.now()
    request = once(caller, key, {"county": county, "channel": channel, "day": day.isoformat()})
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        await close(conn, county, channel, day, caller.subject, now)
        about = f"channel day {county}/{channel}/{day.isoformat()}"
        await record_lookup(conn, caller, operation="close_channel_day", at=now, purpose=about)
        return await answer(conn, request, await _whole(context, conn, county, channel, day), 200)


def _check_county(caller: Caller, context: CollectionContext, county: str) -> None:
    """Raises Problem for a county that is not ours, or a caller who does not see the whole of it."""
    division_code = context.parts.divisions.code_of(county)
    if division_code is None:
        raise without_notice(COUNTY_UNKNOWN, context.notices, county)
    check_division(caller, division_code)


def _wanted(
    caller: Caller,
    context: CollectionContext,
    county: str,
    channel: str | None,
    coverage_year: int | None,
    given: tuple[date | None, date | None],
) -> Wanted:
    """Which days are asked for. Raises Problem."""
    _check_county(caller, context, county)
    since, until = given
    if coverage_year is not None:
        first, last = days_of_season(notice_at(context.notices, county, coverage_year))
        return Wanted(county, channel, max(since or first, first), min(until or last, last))
    until = until or business_date(context.clock.now())
    since = since or until - _USUAL_DAYS
    if not timedelta(0) <= until - since <= _MOST_DAYS:
        raise TOO_MANY_DAYS.problem()
    return Wanted(county, channel, since, until)


def _place(after: str | None) -> tuple[date, str] | None:
    """Behind which day and channel a page begins. Raises Problem."""
    if after is None:
        return None
    on, _, channel = after.partition("/")
    try:
        return date.fromisoformat(on), channel
    except ValueError:
        raise INVALID_REQUEST.problem() from None


async def _whole(
    context: CollectionContext, conn: AsyncConnection, county: str, channel: str, on: date
) -> WholeChannelDay:
    found = await one_day(conn, county, channel, on)
    if found is None:
        raise NOT_FOUND.problem()
    there = await banks(conn, county, [found], context.parts.settlements.get(county, {}))
    more = {"cases": found.asked, "moves": found.moves}
    return WholeChannelDay.model_validate(_facts(context, found, there) | more)


def _total(
    context: CollectionContext, channel: str, some: Sequence[ChannelDay], there: Mapping[_Key, Bank]
) -> ChannelTotal:
    came = [bank for one in some if (bank := there.get((one.business_on, channel))) is not None]
    whole = total(channel, some, came, context.clock.now())
    names = ("channel", "days", "theirs", "ours", "open_cases", "ages", "bank", "differences")
    late = sum(_late(context, one)[1] is not None for one in some)
    return ChannelTotal.model_validate(
        {name: getattr(whole, name) for name in names} | whole.states | {"late_files": late}
    )


def _late(context: CollectionContext, day: ChannelDay) -> tuple[date | None, int | None]:
    """By when a day is due, and how many days later its file came, or has not come until now."""
    due = due_on(newest_notice(context.notices, day.county), day.business_on)
    return due, late_days(due, business_date(day.came_at or context.clock.now()))


def _facts(context: CollectionContext, day: ChannelDay, there: Mapping[_Key, Bank]) -> dict[str, object]:
    closed = day.moves[-1] if day.state == "closed" else None
    due, late = _late(context, day)
    return {
        **{name: getattr(day, name) for name in ("county", "channel", "business_on", "state", "version")},
        "theirs": day.theirs,
        "ours": day.ours,
        "open_cases": len(day.asked),
        "decided_cases": day.decided,
        "oldest_open_at": day.asked[0].opened_at if day.asked else None,
        "due_on": due,
        "came_at": day.came_at,
        "came_by": day.came_by,
        "late_days": late,
        "closed_at": closed.moved_at if closed else None,
        "closed_by": closed.moved_by if closed else None,
        "bank": there.get((day.business_on, day.channel)),
    }
