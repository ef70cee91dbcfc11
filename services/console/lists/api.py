"""Lists behind the tasks: open cases and alerts of a kind, and what waits for a second person."""

from typing import Annotated, Literal

from fastapi import APIRouter, Request
from fastapi import Query as Parameter
from starlette.responses import Response

from services.console.access import ONE_SITE, Asks
from services.console.apis.asking import Query
from services.console.decisions.comparing import sides_of
from services.console.decisions.rules import OPERATIONS
from services.console.lists.schemas import Approvals, Cases
from services.console.pages.failing import PageRoute
from services.console.pages.rendering import page
from services.console.persons.words import REASONS

router = APIRouter(route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False)

_Service = Literal["registration", "collection", "subsidy", "ledger", "webhooks"]
_Word = Annotated[str, Parameter(max_length=60, pattern=r"^[a-z0-9_]*$")]
_After = Annotated[str, Parameter(max_length=20, pattern=r"^[0-9]*$")]
_ON_A_PAGE = 50


@router.get("/cases/{service}")
async def show_cases(
    request: Request, asking: Asks, service: _Service, kind: _Word, after: _After = ""
) -> Response:
    """Open cases or alerts of one kind, the oldest first. The service records the look at them."""
    query: Query = {"kind": kind, **_from(after)}
    found = await asking.get(Cases, service, "/v1/cases", query)
    told = {one.case_id: sides_of(one) for one in found.items}
    return page(request, "cases.html", service=service, kind=kind, cases=found, told=told)


@router.get("/approvals/{service}")
async def show_approvals(request: Request, asking: Asks, service: _Service, after: _After = "") -> Response:
    """What waits for a second person in one service; one's own wishes say so."""
    query: Query = {"state": "waiting", **_from(after)}
    found = await asking.get(Approvals, service, "/v1/approvals", query)
    return page(
        request, "approvals.html", service=service, approvals=found, operations=OPERATIONS, reasons=REASONS
    )


def _from(after: str) -> Query:
    return {"limit": _ON_A_PAGE, "after": after} if after else {"limit": _ON_A_PAGE}
