"""The page of one day of a channel, and closing it; letters to banks and channels are printed from here."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated

import httpx
from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from libs.common.clock import business_date
from services.console.access import ONE_SITE, Asks, Context, by_own_form
from services.console.apis.asking import Asking, Query
from services.console.apis.rules import Refused, ServiceAway
from services.console.assembly import ConsoleContext
from services.console.channel_days.schemas import Posted, PostedDays, WholeDay
from services.console.channel_days.showing import sheet_of, shown, will
from services.console.decisions.schemas import Done
from services.console.forms.answering import answer
from services.console.forms.rules import new_key
from services.console.home.rules import may
from services.console.pages.failing import NotOffered, PageRoute
from services.console.pages.rendering import page

router = APIRouter(route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False)

_County = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
_Channel = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
_Id = Annotated[int, Path(ge=1, lt=2**62)]


@router.get("/channel-days/{county}/{channel}/{day}")
async def show_day(
    request: Request, asking: Asks, context: Context, county: _County, channel: _Channel, day: date
) -> Response:
    """A day as each side has it, what differs, and the button that closes it for who may."""
    whole = await _day(asking, county, channel, day)
    try:
        posted, away = await _posted(asking, whole), False
    except ServiceAway:
        posted, away = None, True
    called = await _called(context, asking, whole)
    seen = shown(whole, posted, business_date(context.clock.now()), called)
    closes = may(asking.visitor, "collection:write")
    return page(
        request, "channel-day.html", seen=seen, away=away, closes=closes, key=new_key(),
        sheet=sheet_of(whole, called),
    )  # fmt: skip


@router.post("/channel-days/{county}/{channel}/{day}", dependencies=[Depends(by_own_form)])
async def close_day(
    request: Request, asking: Asks, context: Context, county: _County, channel: _Channel, day: date
) -> Response:
    """Close it, after a look at what that does. Who sends it twice is told the same twice."""
    if not may(asking.visitor, "collection:write"):
        raise NotOffered
    whole = await _day(asking, county, channel, day)

    async def close(_: Mapping[str, str], key: str) -> str:
        path = f"/v1/channel-days/{county}/{channel}/{day.isoformat()}/close"
        await asking.change(Done, "collection", path, {}, key)
        return "day_closed"

    sheet = sheet_of(whole, await _called(context, asking, whole))
    return await answer(request, sheet, close, lambda _: will())


@router.get("/letters/{letter_id}")
async def print_letter(asking: Asks, letter_id: _Id) -> Response:
    """A letter to bank and channel as it was sent, to be printed."""
    return await asking.file("collection", f"/v1/channel-letters/{letter_id}/file", {})


async def _day(asking: Asking, county: str, channel: str, day: date) -> WholeDay:
    path = f"/v1/channel-days/{county}/{channel}/{day.isoformat()}"
    return await asking.get(WholeDay, "collection", path)


async def _called(context: ConsoleContext, asking: Asking, day: WholeDay) -> tuple[str, str]:
    """What the notices of the county call the channel."""
    return (await context.parts.calling.known(asking, day.county)).channel(day.channel)


async def _posted(asking: Asking, day: WholeDay) -> Posted | None:
    """What the ledger has of the day; None where it was told nothing of it yet, or has no such sums.

    Raises ServiceAway.
    """
    if not may(asking.visitor, "ledger:read"):
        return None
    after = f"{(day.business_on - timedelta(days=1)).isoformat()}/{day.channel}"
    query: Query = {"county": day.county, "channel": day.channel, "after": after, "limit": 1}
    try:
        found = await asking.get(PostedDays, "ledger", "/v1/channel-day-totals", query)
    except Refused as refused:
        if refused.status != httpx.codes.NOT_FOUND:
            raise
        return None
    return next((one for one in found.items if one.on == day.business_on), None)
