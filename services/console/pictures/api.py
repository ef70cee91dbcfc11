"""Pictures of a season: its curve, its townships, its money. Each stands beside its numbers."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi import Query as Parameter
from starlette.responses import Response

from services.console.access import ONE_SITE, Asks, Context
from services.console.home.rules import may
from services.console.pages.failing import PageRoute
from services.console.pages.rendering import page, to_page
from services.console.pictures import asking as ask
from services.console.pictures import drawing_curve, drawing_flow
from services.console.pictures.asking import Shown

router = APIRouter(route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False)

_Season = Annotated[str, Parameter(max_length=45, pattern=r"^([a-z][a-z0-9-]{0,39}-[0-9]{4})?$")]
#: Below `/pictures`: the view, the scope that it takes, and what it is called.
VIEWS = (
    ("", "progress:read", "参保进度", "The season’s curve"),
    ("/units", "progress:read", "单位排名", "Townships"),
    ("/money", "ledger:read", "资金流向", "Money"),
)


@router.get("/pictures")
async def show_curve(request: Request, asking: Asks, season: _Season = "") -> Response:
    """The curve of a season beside the year before and the straight line to its target."""
    if not may(asking.visitor, "progress:read"):
        return to_page(request, "pictures/money")
    about = await ask.shown(asking, "progress:read", season)
    now, before = await ask.days(asking, about)
    curve = drawing_curve.curve_of(now, before)
    return _page(request, asking, about, "", "picture-curve.html", {"curve": curve, "days": now})


@router.get("/pictures/units")
async def show_units(request: Request, asking: Asks, season: _Season = "") -> Response:
    """The townships, or villages, in the order of their places."""
    about = await ask.shown(asking, "progress:read", season)
    found = await ask.progress(asking, about)
    units = sorted(found.units, key=lambda one: (one.rank is None, one.rank, one.division_code))
    return _page(request, asking, about, "/units", "picture-units.html", {"units": units, "progress": found})


@router.get("/pictures/money")
async def show_money(request: Request, asking: Asks, context: Context, season: _Season = "") -> Response:
    """The money of a season, from who bears it to the fund."""
    about = await ask.shown(asking, "ledger:read", season)
    found = await ask.totals(asking, about)
    flow = drawing_flow.flow_of(found.lines)
    called = await context.parts.calling.of(asking, about.season)
    values = {"flow": flow, "totals": found, "called": called}
    return _page(request, asking, about, "/money", "picture-money.html", values)


def _page(
    request: Request, asking: Asks, about: Shown, view: str, template: str, values: dict[str, Any]
) -> Response:
    views = [one for one in VIEWS if may(asking.visitor, one[1])]
    return page(request, template, about=about, view=view, views=views, **values)
