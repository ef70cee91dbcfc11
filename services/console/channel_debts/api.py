"""The page of what a channel owes, and matching a slip to days by hand."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Request
from fastapi import Query as Parameter
from starlette.responses import Response

from services.console.access import ONE_SITE, Asks, Context, by_own_form
from services.console.apis.asking import Asking, Query
from services.console.apis.rules import absent
from services.console.assembly import ConsoleContext
from services.console.channel_debts.schemas import DayDebts, Match, Matches
from services.console.channel_debts.showing import PARTS, as_it_is, body_of, debt_page, sheet_of, will
from services.console.decisions.schemas import Done
from services.console.forms.answering import answer, show
from services.console.home.rules import may
from services.console.pages.failing import NotOffered, PageRoute
from services.console.pages.rendering import page
from services.console.worklists.rules import ON_A_PAGE

router = APIRouter(
    prefix="/channel-debts/{county}/{year}/{channel}", route_class=PageRoute, dependencies=[ONE_SITE],
    include_in_schema=False,
)  # fmt: skip

_County = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
_Year = Annotated[int, Path(ge=2003, le=2100)]
_Channel = Annotated[str, Path(pattern=r"^[a-z0-9_:-]{1,80}$")]
_Id = Annotated[int, Path(ge=1, lt=2**62)]
_Word = Annotated[str, Parameter(max_length=20, pattern=r"^[a-z]*$")]
_After = Annotated[str, Parameter(max_length=10, pattern=r"^[0-9-]*$")]


@router.get("")
async def show_debts(
    request: Request, asking: Asks, context: Context, county: _County, year: _Year, channel: _Channel,
    part: _Word = "", after: _After = "",
) -> Response:  # fmt: skip
    """What a channel owes day by day, and the slips that paid."""
    if part not in ("", *(one[0] for one in PARTS)):
        raise HTTPException(404)
    part = part or PARTS[0][0]
    query: Query = {
        "county": county, "coverage_year": year, "channel": channel, "which": part, "limit": ON_A_PAGE,
        **({"after": after} if after else {}),
    }  # fmt: skip
    found = await asking.figures(DayDebts, "ledger", "/v1/channel-debts/days", query)
    matches = may(asking.visitor, "ledger:write")
    called = await _called(context, asking, county, year, channel)
    shown = debt_page(called, _way(county, year, channel), found, part, matches=matches)
    return page(request, "object.html", shown=shown)


@router.get("/slips/{movement_id}")
async def show_slip(
    request: Request, asking: Asks, context: Context, county: _County, year: _Year, channel: _Channel,
    movement_id: _Id,
) -> Response:  # fmt: skip
    """The form that says which days a slip pays, with those that it pays now."""
    match = await _match(asking, movement_id, channel)
    called = await _called(context, asking, county, year, channel)
    return show(request, sheet_of(match, _way(county, year, channel), called), as_it_is(match))


@router.post("/slips/{movement_id}", dependencies=[Depends(by_own_form)])
async def match_slip(
    request: Request, asking: Asks, context: Context, county: _County, year: _Year, channel: _Channel,
    movement_id: _Id,
) -> Response:  # fmt: skip
    """Match it, after a look at what that does. Who sends it twice is told the same twice."""
    match = await _match(asking, movement_id, channel)

    async def send(typed: Mapping[str, str], key: str) -> str:
        await asking.change(Done, "ledger", f"/v1/movements/{movement_id}/days", body_of(match, typed), key)
        return "matched"

    called = await _called(context, asking, county, year, channel)
    sheet = sheet_of(match, _way(county, year, channel), called)
    return await answer(request, sheet, send, lambda typed: will(match, typed))


def _way(county: str, year: int, channel: str) -> str:
    return f"channel-debts/{county}/{year}/{channel}"


async def _called(
    context: ConsoleContext, asking: Asking, county: str, year: int, channel: str
) -> tuple[str, str]:
    """What the notice calls the channel."""
    return (await context.parts.calling.known(asking, county, year)).channel(channel)


async def _match(asking: Asking, movement_id: int, channel: str) -> Match:
    """The match of a slip that counts now. Raises NotOffered, ServiceAway and Refused."""
    if not may(asking.visitor, "ledger:write"):
        raise NotOffered
    found = await asking.get(Matches, "ledger", f"/v1/movements/{movement_id}/days")
    of_channel = [one for one in found.items if one.channel == channel]
    if not of_channel:
        raise absent("ledger")
    return max(of_channel, key=lambda one: one.match_no)
