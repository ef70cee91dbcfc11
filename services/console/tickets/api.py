"""The pages that report an error about somebody, answer such a report, and take it back."""

from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from services.console.access import ONE_SITE, Asks, by_own_form
from services.console.apis.asking import Asking
from services.console.decisions.schemas import Done
from services.console.forms.answering import answer, show
from services.console.forms.rules import Choice, Fact, Sheet
from services.console.home.rules import may
from services.console.pages.failing import NotOffered, PageRoute
from services.console.pages.rendering import page
from services.console.persons.words import TICKET_KINDS
from services.console.tickets.schemas import NoticeStatuses, Ticket
from services.console.tickets.showing import (
    REFUSE,
    RESOLVE,
    WITHDRAW,
    answer_sheet,
    body_of,
    fields_of,
    will,
)

router = APIRouter(route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False)

_Id = Annotated[int, Path(ge=1, lt=2**62)]
_County = Annotated[str, Query(pattern=r"^[a-z0-9_]{1,40}$")]
_Year = Annotated[int, Query(ge=1990, le=2100)]
_Kind = Literal["name", "number", "status", "household", "place", "death", "duplicate"]
_OPEN = ("reported", "taken")
_ENDED = {RESOLVE: "resolved", REFUSE: "refused", WITHDRAW: "withdrawn"}


@router.get("/persons/{person_id}/ticket")
async def show_report(
    request: Request, asking: Asks, person_id: _Id, county: _County, year: _Year, kind: _Kind | None = None
) -> Response:
    """The form; before it, of which kind the error is."""
    if not may(asking.visitor, "tickets:write"):
        raise NotOffered
    if kind is None:
        here = f"persons/{person_id}/ticket?county={county}&year={year}"
        back = _back(asking, person_id)
        return page(request, "kinds.html", kinds=TICKET_KINDS, here_for=here, person_id=person_id, back=back)
    return show(request, await _sheet(asking, person_id, county, year, kind))


@router.post("/persons/{person_id}/ticket", dependencies=[Depends(by_own_form)])
async def report(
    request: Request, asking: Asks, person_id: _Id, county: _County, year: _Year, kind: _Kind
) -> Response:
    """Report it; nothing changes before the bureau agrees."""
    if not may(asking.visitor, "tickets:write"):
        raise NotOffered
    sheet = await _sheet(asking, person_id, county, year, kind)
    about: dict[str, object] = {"county": county, "coverage_year": year, "person_id": person_id}

    async def send(typed: Mapping[str, str], key: str) -> str:
        body = about | body_of(kind, sheet.fields, typed)
        await asking.change(Done, "registration", "/v1/tickets", body, key)
        return "reported"

    return await answer(request, sheet, send)


@router.get("/tickets/{ticket_id}")
async def show_ticket(request: Request, asking: Asks, ticket_id: _Id) -> Response:
    """A ticket, with what the visitor may do about it."""
    ticket = await asking.get(Ticket, "registration", f"/v1/tickets/{ticket_id}")
    sheet = _answer_sheet(asking, ticket)
    if not sheet.fields:
        return page(request, "closed.html", sheet=sheet, case=None)
    return show(request, sheet)


@router.post("/tickets/{ticket_id}", dependencies=[Depends(by_own_form)])
async def answer_ticket(request: Request, asking: Asks, ticket_id: _Id) -> Response:
    """Mend what was reported, refuse it, or take it back."""
    ticket = await asking.get(Ticket, "registration", f"/v1/tickets/{ticket_id}")
    # A form that is sent twice comes again when the ticket is answered.
    sheet = answer_sheet(ticket, _steps(asking, ticket), _back(asking, ticket.person_id))
    if not sheet.fields[0].choices:
        raise NotOffered

    async def send(typed: Mapping[str, str], key: str) -> str:
        step, reason = typed["step"], typed["reason"]
        body = {"note": reason or None} if step == RESOLVE else {"reason": reason}
        path = f"/v1/tickets/{ticket_id}/{step}"
        after = await asking.change(Ticket, "registration", path, body, key)
        # Of two records of one person a second officer agrees first.
        return "asked" if after.state in _OPEN else _ENDED[step]

    return await answer(request, sheet, send, lambda typed: will(ticket, typed["step"]))


def _answer_sheet(asking: Asking, ticket: Ticket) -> Sheet:
    steps = _steps(asking, ticket) if ticket.state in _OPEN else []
    sheet = answer_sheet(ticket, steps, _back(asking, ticket.person_id))
    return sheet if steps else Sheet(sheet.title_zh, sheet.title, "", "", (), sheet.back, sheet.facts)


def _steps(asking: Asking, ticket: Ticket) -> list[Choice]:
    own = ticket.reported_by == asking.visitor.name
    steps = []
    if may(asking.visitor, "registration:decide") and not own:
        steps = [Choice(RESOLVE, "更正", "Mend it"), Choice(REFUSE, "不予更正", "Refuse it")]
    if own and may(asking.visitor, "tickets:write"):
        steps.append(Choice(WITHDRAW, "撤回", "Take it back"))
    return steps


async def _sheet(asking: Asking, person_id: int, county: str, year: int, kind: str) -> Sheet:
    path = f"/v1/notices/{county}/{year}"
    notice = await asking.get(NoticeStatuses, "registration", path)
    name_zh, name = TICKET_KINDS[kind]
    facts = (
        Fact("有关人员", "Who", f"参保人 {person_id}", f"Person {person_id}"),
        Fact("年度", "Year", f"{notice.place_zh} {year} 年度", f"{notice.place} {year}"),
    )
    fields = fields_of(kind, notice.statuses)
    back = _back(asking, person_id)
    return Sheet(f"报送更正单：{name_zh}", f"Report an error: {name}", "报送", "Report", fields, back, facts)


def _back(asking: Asking, person_id: int | None) -> str:
    """The page of the person, for who may see it."""
    if not may(asking.visitor, "registration:read"):
        return "find"
    return f"persons/{person_id}" if person_id is not None else ""
