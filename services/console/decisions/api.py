"""The pages of one case, one alert and one approval, and what is decided there."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Request
from fastapi import Query as Parameter
from starlette.responses import Response

from services.console.access import ONE_SITE, Asks, Context, by_own_form
from services.console.apis.asking import Asking, Query
from services.console.apis.rules import Refused
from services.console.decisions.comparing import day_of, letter_facts
from services.console.decisions.rules import may_acknowledge, may_agree, may_decide, opens_of
from services.console.decisions.schemas import Case, Decided, Done, Letters
from services.console.decisions.showing import (
    AGREE,
    alert_sheet,
    approval_sheet,
    approval_will,
    case_sheet,
    case_will,
)
from services.console.forms.answering import answer, show
from services.console.forms.rules import Sheet
from services.console.home.rules import may
from services.console.lists.schemas import Approval, Approvals
from services.console.pages.failing import NotOffered, PageRoute
from services.console.pages.rendering import page
from services.console.persons.rules import Called
from services.console.session.rules import page_after

router = APIRouter(route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False)

_Service = Literal["registration", "collection", "subsidy", "ledger", "webhooks"]
_Id = Annotated[int, Path(ge=1, lt=2**62)]
#: The list that led here, to go back to.
_Then = Annotated[str, Parameter(max_length=500)]


@router.get("/cases/{service}/{case_id}")
async def show_case(
    request: Request, asking: Asks, context: Context, service: _Service, case_id: _Id, then: _Then = ""
) -> Response:
    """A case, with the form that decides it where the visitor may."""
    case = await _case(asking, service, case_id)
    sheet = _sheet(asking, service, case, await context.parts.calling.known(asking), then)
    if service == "collection" and case.kind.startswith("settlement_"):
        found = await asking.get(Letters, service, "/v1/channel-letters", {"case_id": case_id})
        sheet = replace(sheet, facts=(*sheet.facts, *letter_facts(found.items)))
    if not sheet.fields:
        return page(request, "closed.html", sheet=sheet, case=case)
    return show(request, sheet)


@router.post("/cases/{service}/{case_id}", dependencies=[Depends(by_own_form)])
async def decide_case(
    request: Request, asking: Asks, context: Context, service: _Service, case_id: _Id, then: _Then = ""
) -> Response:
    """Decide it, after a look at what that will do; or say that an alert was seen."""
    case = await _case(asking, service, case_id)
    path, opens = f"/v1/cases/{case_id}", opens_of(asking.visitor)
    back, called = _back(asking, case, then), await context.parts.calling.known(asking)
    if case.alert is not None:
        if not may_acknowledge(asking.visitor, service):
            raise NotOffered

        async def acknowledge(typed: Mapping[str, str], key: str) -> str:
            await asking.change(Done, service, f"{path}/acknowledgement", dict(typed), key)
            return "seen"

        return await answer(request, alert_sheet(case, back, called, opens), acknowledge)
    if not may_decide(asking.visitor, service):
        raise NotOffered

    async def decide(typed: Mapping[str, str], key: str) -> str:
        decided = await asking.change(Decided, service, f"{path}/decision", dict(typed), key)
        return "asked" if decided.approval is not None else "decided"

    sheet = case_sheet(case, back, called, opens)
    return await answer(request, sheet, decide, lambda typed: case_will(case, typed["step"]))


@router.get("/approvals/{service}/{approval_id}")
async def show_approval(
    request: Request,
    asking: Asks,
    context: Context,
    service: _Service,
    approval_id: _Id,
    then: _Then = "",
) -> Response:
    """What somebody asked for, with the form of the second person where the visitor may be that."""
    approval, case = await _approval(asking, service, approval_id)
    opens, called = opens_of(asking.visitor), await context.parts.calling.known(asking)
    sheet = approval_sheet(approval, case, page_after(then) or f"approvals/{service}", called, opens)
    if not may_agree(asking.visitor, service, approval.operation, approval.asked_by):
        return page(request, "closed.html", sheet=sheet, case=None)
    return show(request, sheet)


@router.post("/approvals/{service}/{approval_id}", dependencies=[Depends(by_own_form)])
async def decide_approval(
    request: Request,
    asking: Asks,
    context: Context,
    service: _Service,
    approval_id: _Id,
    then: _Then = "",
) -> Response:
    """Agree or refuse, after a look at what that will do. Who sends it twice is told the same twice."""
    states = ("waiting", "approved", "rejected")
    approval, case = await _approval(asking, service, approval_id, states)
    if not may_agree(asking.visitor, service, approval.operation, approval.asked_by):
        raise NotOffered

    async def decide(typed: Mapping[str, str], key: str) -> str:
        decision = typed["decision"]
        body = {"note": typed["note"] or None}
        await asking.change(Done, service, f"/v1/approvals/{approval_id}/{decision}", body, key)
        return "approved" if decision == AGREE else "rejected"

    opens, called = opens_of(asking.visitor), await context.parts.calling.known(asking)
    sheet = approval_sheet(approval, case, page_after(then) or f"approvals/{service}", called, opens)
    return await answer(
        request, sheet, decide, lambda typed: approval_will(approval, case, typed["decision"])
    )


async def _case(asking: Asking, service: str, case_id: int) -> Case:
    return await asking.get(Case, service, f"/v1/cases/{case_id}")


async def _approval(
    asking: Asking, service: str, approval_id: int, states: Sequence[str] = ("waiting",)
) -> tuple[Approval, Case | None]:
    """One in these states, with the case that it is about. Raises ServiceAway and Refused."""
    approval = None
    for state in states:
        query: Query = {"state": state, "after": str(approval_id - 1), "limit": 1}
        found = (await asking.get(Approvals, service, "/v1/approvals", query)).items
        approval = next((one for one in found if one.approval_id == approval_id), approval)
    if approval is None:
        raise Refused(
            service, 404, "not-found", "It waits for nobody any more", "该事项已办结或已失效",
            "Somebody has decided it, or what it was about is gone.", "已有人复核，或事项已不存在。",
        )  # fmt: skip
    case = await _case(asking, service, approval.case_id) if approval.case_id is not None else None
    return approval, case


def _sheet(asking: Asking, service: str, case: Case, called: Called, then: str) -> Sheet:
    visitor, back = asking.visitor, _back(asking, case, then)
    opens = opens_of(visitor)
    made = alert_sheet if case.alert is not None else case_sheet
    sheet = made(case, back, called, opens)
    acts = may_acknowledge(visitor, service) if case.alert is not None else may_decide(visitor, service)
    if acts and case.state == "open":
        return sheet
    return replace(sheet, button_zh="", button="", fields=())


def _back(asking: Asking, case: Case, then: str) -> str:
    """The list one came from, else the page of the day of a channel or of the person, else the tasks."""
    if came_from := page_after(then):
        return came_from
    if way := day_of(case):
        return way
    if case.person_id is not None and may(asking.visitor, "registration:read"):
        return f"persons/{case.person_id}"
    return ""
