"""The first page: what waits for whoever is signed in, by role."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.console.access import ONE_SITE, Asks
from services.console.home.counting import work
from services.console.pages.failing import PageRoute
from services.console.pages.rendering import page, unfinished_page
from services.console.worklists.roles import lists_of
from services.console.worklists.rules import LISTS

router = APIRouter(route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False)


@router.get("/")
async def show_work(request: Request, asking: Asks, changed: bool = False) -> Response:
    """Count what waits."""
    found = await work(asking)
    lists = [(one, LISTS[one]) for one in lists_of(asking.visitor)]
    if found.counting:
        return unfinished_page(request, "home.html", 2, work=found, changed=changed, lists=lists)
    return page(request, "home.html", work=found, changed=changed, lists=lists)
