"""A page for each work list, and the rosters of villages to print."""

from typing import Annotated

import httpx
from fastapi import APIRouter, HTTPException, Path, Request
from fastapi import Query as Parameter
from starlette.responses import Response

from services.console.access import ONE_SITE, Asks, Context
from services.console.apis.rules import Refused
from services.console.bulk.rules import acts_of
from services.console.pages.failing import PageRoute
from services.console.pages.rendering import page
from services.console.session.rules import without_done
from services.console.worklists.asking import Wanted, chosen, seasons, word_of
from services.console.worklists.gathering import GATHER
from services.console.worklists.roles import lists_of
from services.console.worklists.rules import LISTS, Table

router = APIRouter(route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False)

_Word = Annotated[str, Parameter(max_length=60, pattern=r"^[a-z0-9_-]*$")]
_Place = Annotated[str, Parameter(max_length=12, pattern=r"^[0-9]*$")]
_After = Annotated[str, Parameter(max_length=300, pattern=r"^[A-Za-z0-9_=.:-]*$")]


@router.get("/work/{name}")
async def show_list(
    request: Request,
    asking: Asks,
    context: Context,
    name: str,
    season: _Word = "",
    part: _Word = "",
    division: _Place = "",
    after: _After = "",
) -> Response:
    """One page of a list. What the role may not ask, the service refuses and has on record."""
    listed = LISTS.get(name)
    if listed is None or part not in ("", *(one[0] for one in listed.parts)):
        raise HTTPException(404)
    found = await seasons(asking) if listed.by_season else []
    its = chosen(found, season)
    if listed.by_season and its is None:
        raise HTTPException(404)
    part = part or (listed.parts[0][0] if listed.parts else "")
    calling = context.parts.calling
    table, said = await _table(name, Wanted(asking, its, part, division, after, calling=calling))
    return page(
        request, "work-list.html", name=name, listed=listed, table=table, said=said, part=part,
        acts=acts_of(name, asking.visitor) if table.picks else [], query=without_done(request.url.query),
        division=division, after=after,
        seasons=[(word_of(one), one) for one in found], season=word_of(its) if its else "",
        lists=[(one, LISTS[one]) for one in lists_of(asking.visitor)],
    )  # fmt: skip


async def _table(name: str, wanted: Wanted) -> tuple[Table, Refused | None]:
    """A page of a list. Where the notice knows nothing of the kind, what the service says."""
    try:
        return await GATHER[name](wanted), None
    except Refused as refused:
        if refused.status != httpx.codes.NOT_FOUND:
            raise
        return Table([], []), refused


@router.get("/rosters/{division}")
async def print_roster(
    asking: Asks, division: Annotated[str, Path(pattern=r"^[0-9]{9,12}$")], season: _Word = ""
) -> Response:
    """The roster of a village as the service sets it, to be printed and signed; the look is on record."""
    its = chosen(await seasons(asking), season)
    if its is None:
        raise HTTPException(404)
    query = {**Wanted(asking, its).of_season, "division_code": division, "format": "html"}
    return await asking.file("registration", "/v1/surveys/roster", query)
