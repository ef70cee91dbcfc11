"""The page that asks for the refund of what was paid for somebody."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from services.console.access import ONE_SITE, Asks, Context, by_own_form
from services.console.apis.asking import Asking
from services.console.apis.rules import absent
from services.console.assembly import ConsoleContext
from services.console.decisions.schemas import Done
from services.console.forms.answering import answer, show
from services.console.forms.rules import Sheet
from services.console.home.rules import may
from services.console.pages.failing import NotOffered, PageRoute
from services.console.persons.finding import seasons
from services.console.persons.rules import named
from services.console.persons.schemas import Line, Payment
from services.console.refunds.showing import body_of, sheet_of, will

router = APIRouter(route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False)

_Id = Annotated[int, Path(ge=1, lt=2**62)]
_LineNo = Annotated[int, Path(ge=1, lt=2**31)]


@router.get("/refunds/{payment_id}/{line_no}")
async def show_refund(
    request: Request, context: Context, asking: Asks, payment_id: _Id, line_no: _LineNo
) -> Response:
    """The form that asks for a refund."""
    payment, line = await _line(asking, payment_id, line_no)
    return show(request, await _sheet(context, asking, payment, line))


@router.post("/refunds/{payment_id}/{line_no}", dependencies=[Depends(by_own_form)])
async def ask_refund(
    request: Request, context: Context, asking: Asks, payment_id: _Id, line_no: _LineNo
) -> Response:
    """Ask for it, after a look at what it will do; a second person agrees."""
    payment, line = await _line(asking, payment_id, line_no)

    async def send(typed: Mapping[str, str], key: str) -> str:
        await asking.change(Done, "subsidy", "/v1/refunds", body_of(payment, line, typed), key)
        return "refund"

    sheet = await _sheet(context, asking, payment, line)
    return await answer(request, sheet, send, lambda typed: will(line, typed))


async def _line(asking: Asking, payment_id: int, line_no: int) -> tuple[Payment, Line]:
    """What was paid. Raises NotOffered, ServiceAway and Refused."""
    if not may(asking.visitor, "refunds:write"):
        raise NotOffered
    payment = await asking.get(Payment, "collection", f"/v1/payments/{payment_id}")
    line = next((one for one in payment.lines if one.line_no == line_no), None)
    if line is None:
        raise absent("collection")
    return payment, line


async def _sheet(context: ConsoleContext, asking: Asking, payment: Payment, line: Line) -> Sheet:
    channel = (payment.channel, payment.channel)
    for season in await seasons(asking):
        if (season.county, season.coverage_year) == (payment.county, payment.coverage_year):
            channel = named((await context.parts.calling.of(asking, season)).channels, payment.channel)
    back = f"persons/{line.person_id}?year={line.coverage_year}" if line.person_id is not None else ""
    return sheet_of(payment, line, channel, back)
