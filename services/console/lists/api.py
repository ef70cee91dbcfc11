"""Lists behind the tasks: open cases and alerts of a kind, and what waits for a second person."""

from typing import Annotated, Literal

from fastapi import APIRouter, Request
from fastapi import Query as Parameter
from starlette.responses import Response

from services.console.access import ONE_SITE, Asks, Context
from services.console.apis.asking import Query
from services.console.bulk.deciding import approval_acts, approval_chosen, case_acts, case_chosen
from services.console.decisions.comparing import sides_of
from services.console.decisions.rules import OPERATIONS
from services.console.lists.rules import page_from
from services.console.lists.schemas import Approvals, Cases
from services.console.pages.failing import PageRoute
from services.console.pages.rendering import page
from services.console.persons.words import REASONS

router = APIRouter(route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False)

_Service = Literal["registration", "collection", "subsidy", "ledger", "webhooks"]
_Word = Annotated[str, Parameter(max_length=60, pattern=r"^[a-z0-9_]*$")]
_After = Annotated[str, Parameter(max_length=20, pattern=r"^[0-9]*$")]


@router.get("/cases/{service}")
async def show_cases(
    request: Request, asking: Asks, context: Context, service: _Service, kind: _Word, after: _After = ""
) -> Response:
    """Open cases or alerts of one kind, the oldest first. The service records the look at them."""
    query: Query = {"kind": kind, **page_from(after)}
    found = await asking.get(Cases, service, "/v1/cases", query)
    picks = {one.case_id: case_chosen(asking.visitor, service, one).pick for one in found.items}
    able = any(not pick.cannot_zh for pick in picks.values())
    acts = case_acts(asking.visitor, service, found.items) if able else {}
    told = {one.case_id: sides_of(one) for one in found.items}
    return page(
        request,
        "cases.html",
        service=service,
        kind=kind,
        after=after,
        cases=found,
        told=told,
        acts=acts,
        picks=picks,
        called=await context.parts.calling.known(asking),
    )


@router.get("/approvals/{service}")
async def show_approvals(
    request: Request, asking: Asks, context: Context, service: _Service, after: _After = ""
) -> Response:
    """What waits for a second person in one service; one's own wishes say so."""
    query: Query = {"state": "waiting", **page_from(after)}
    found = await asking.get(Approvals, service, "/v1/approvals", query)
    picks = {one.approval_id: approval_chosen(asking.visitor, service, one).pick for one in found.items}
    acts = approval_acts(service) if any(not pick.cannot_zh for pick in picks.values()) else {}
    return page(
        request, "approvals.html", service=service, approvals=found, operations=OPERATIONS, reasons=REASONS,
        acts=acts, picks=picks, after=after, called=await context.parts.calling.known(asking),
    )  # fmt: skip
