"""The page of a service's dead letters: no API tells more than their number, commands see to them."""

from typing import Literal

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.console.access import ONE_SITE, Asks
from services.console.dead_letters.rules import commands_of
from services.console.home.rules import may
from services.console.pages.failing import NotOffered, PageRoute
from services.console.pages.rendering import page
from services.console.worklists.operator_schemas import Backlog

router = APIRouter(route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False)

_Service = Literal["registration", "collection", "subsidy", "ledger", "webhooks"]


@router.get("/dead-letters/{service}")
async def show_dead_letters(request: Request, asking: Asks, service: _Service) -> Response:
    """How many there are now, and what is to be typed to see, try again, or give up on them."""
    if not may(asking.visitor, "ops:read"):
        raise NotOffered
    found = await asking.get(Backlog, service, "/internal/backlog")
    return page(
        request, "dead-letters.html", service=service, count=found.held.get("dead_letters", 0),
        commands=commands_of(service),
    )  # fmt: skip
