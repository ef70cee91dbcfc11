"""The page that has money in suspense given back by the channel that took it."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from services.console.access import ONE_SITE, Asks, Context, by_own_form
from services.console.apis.asking import Asking
from services.console.apis.rules import absent
from services.console.assembly import ConsoleContext
from services.console.channel_refunds.showing import body_of, sheet_of, will
from services.console.decisions.schemas import Done
from services.console.forms.answering import answer, show
from services.console.home.rules import may
from services.console.pages.failing import NotOffered, PageRoute
from services.console.persons.schemas import Line, Payment

router = APIRouter(route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False)

_Id = Annotated[int, Path(ge=1, lt=2**62)]
_LineNo = Annotated[int, Path(ge=1, lt=2**31)]


@router.get("/suspense/{payment_id}/{line_no}/give-back")
async def show_give_back(
    request: Request, asking: Asks, context: Context, payment_id: _Id, line_no: _LineNo
) -> Response:
    """The form that asks for it."""
    payment, line = await _line(asking, payment_id, line_no)
    return show(request, sheet_of(payment, line, await _called(context, asking, payment)))


@router.post("/suspense/{payment_id}/{line_no}/give-back", dependencies=[Depends(by_own_form)])
async def give_back(
    request: Request, asking: Asks, context: Context, payment_id: _Id, line_no: _LineNo
) -> Response:
    """Ask for it, after a look at what it will do; a second person agrees."""
    payment, line = await _line(asking, payment_id, line_no)

    async def send(typed: Mapping[str, str], key: str) -> str:
        path = f"/v1/suspense/{payment_id}/{line_no}/give-back"
        await asking.change(Done, "collection", path, body_of(typed), key)
        return "asked"

    sheet = sheet_of(payment, line, await _called(context, asking, payment))
    return await answer(request, sheet, send, lambda typed: will(line, typed))


async def _called(context: ConsoleContext, asking: Asking, payment: Payment) -> tuple[str, str]:
    """What the notices of its county call the channel."""
    called = await context.parts.calling.known(asking, payment.county or "", payment.coverage_year)
    return called.channel(payment.channel)


async def _line(asking: Asking, payment_id: int, line_no: int) -> tuple[Payment, Line]:
    """What waits. Raises NotOffered, ServiceAway and Refused."""
    if not may(asking.visitor, "collection:write"):
        raise NotOffered
    payment = await asking.get(Payment, "collection", f"/v1/payments/{payment_id}")
    line = next((one for one in payment.lines if one.line_no == line_no), None)
    if line is None:
        raise absent("collection")
    return payment, line
