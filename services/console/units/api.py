"""Pages of units: how far each is, its list as a file, and the orders by which it pays."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi import Query as Parameter
from starlette.responses import Response

from services.console.access import ONE_SITE, Asks, Context, Signed, by_own_form
from services.console.apis.asking import Asking, Query
from services.console.apis.rules import Refused
from services.console.decisions.schemas import Done
from services.console.files.handing import hand_in, show_file_form
from services.console.files.sending import Sent, closed_after
from services.console.forms.answering import Does, answer, show
from services.console.forms.rules import Fault, faults_said
from services.console.pages.failing import NotOffered, PageRoute
from services.console.pages.rendering import page
from services.console.units import asking as ask
from services.console.units.filling import (
    DRY_RUN,
    cancel_sheet,
    list_changed,
    list_form,
    order_sheet,
    order_will,
    receipt_sheet,
    said_of,
)
from services.console.units.recording import API, account_sheet, account_will, body_of, may_record
from services.console.units.schemas import KeptAccount, Order, TakenList, Unit
from services.console.units.showing import order_page, unit_page
from services.console.units.telling import list_page

router = APIRouter(
    prefix="/units/{unit_id}", route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False
)

_UnitId = Annotated[int, Path(ge=1, lt=2**62)]
_OrderNo = Annotated[str, Path(pattern=r"^[A-Za-z0-9]{1,64}$")]
_Paper = Annotated[str, Path(pattern=r"^[A-Za-z0-9]{1,40}$")]
_After = Annotated[str, Parameter(max_length=18, pattern=r"^[0-9]*$")]
_Word = Annotated[str, Parameter(max_length=3, pattern=r"^(yes)?$")]
_OWN_FORM = Depends(by_own_form)


async def _clerk(asking: Asks, unit_id: _UnitId) -> Unit:
    """The unit of its clerk. Raises NotOffered, ServiceAway and Refused."""
    return await ask.own(asking, unit_id)


_Own = Annotated[Unit, Depends(_clerk)]


@router.get("")
async def show_unit(
    request: Request, context: Context, asking: Asks, unit_id: _UnitId, after: _After = ""
) -> Response:
    """A unit with its list; its clerk sees its orders, too."""
    unit = await ask.one(asking, unit_id)
    found = await ask.on_list(asking, unit, after)
    orders = await ask.orders(asking, unit) if ask.is_clerk(asking) else None
    called = await ask.called(asking, context.parts.calling, unit)
    shown = unit_page(unit, found, orders, called, records=may_record(asking.visitor))
    return page(request, "object.html", shown=shown)


async def _recorder(asking: Asks, unit_id: _UnitId) -> Unit:
    """A unit, for who records its account. Raises NotOffered, ServiceAway and Refused."""
    if not may_record(asking.visitor):
        raise NotOffered
    return await ask.one(asking, unit_id)


_Recorded = Annotated[Unit, Depends(_recorder)]


@router.get("/account")
async def show_account(request: Request, asking: Asks, unit: _Recorded) -> Response:
    """The form of its account, beside the one on record; the look at that is on record, too."""
    return show(request, account_sheet(unit, await ask.account(asking, unit)))


@router.post("/account", dependencies=[_OWN_FORM])
async def record_account(request: Request, asking: Asks, unit: _Recorded) -> Response:
    """Record it, once."""
    known = await ask.account(asking, unit)

    async def send(typed: Mapping[str, str], key: str) -> str:
        kept = await asking.change(KeptAccount, "subsidy", API, body_of(unit, typed), key)
        return "account_recorded" if kept.new else "account_unchanged"

    sheet = account_sheet(unit, known)
    return await answer(request, sheet, send, lambda typed: account_will(unit, known, typed))


@router.get("/roster")
async def download_list(asking: Asks, unit_id: _UnitId) -> Response:
    """The list as a table, as registration makes it; the look is on record."""
    unit = await ask.one(asking, unit_id)
    return await asking.file("registration", f"/v1/units/{unit.unit_id}/roster", {"format": "xlsx"})


@router.get("/template")
async def download_template(asking: Asks, unit: _Own) -> Response:
    """The template of a list, as registration makes it."""
    query: Query = {"county": unit.county, "coverage_year": unit.coverage_year}
    return await asking.file("registration", "/v1/import-templates/unit_list", query)


@router.get("/list")
async def show_sending(request: Request, unit: _Own, tried: _Word = "") -> Response:
    """The form that sends the list; a dry run unless one came before."""
    return show_file_form(request, list_form(unit), {DRY_RUN.name: "" if tried else "yes"})


@router.post("/list", dependencies=[Depends(closed_after)])
async def send_list(
    request: Request, visitor: Signed, asking: Asks, unit: _Own, tried: _Word = ""
) -> Response:
    """Send it on, once; what became of it is the next page."""

    async def send(sent: Sent) -> Response:
        assert sent.file is not None
        file = (sent.file.filename or "upload", sent.file.file)
        said = said_of(unit, sent.typed)
        taken = await asking.upload(TakenList, "registration", "/v1/unit-lists/files", said, file, sent.key)
        return page(request, "object.html", shown=list_page(unit, taken))

    return await hand_in(request, visitor, list_form(unit), send, _says)


def _says(refused: Refused) -> list[Fault]:
    return [list_changed()] if refused.kind == "unit-list-changed" else faults_said(refused, ())


@router.get("/order")
async def show_ordering(request: Request, context: Context, asking: Asks, unit: _Own) -> Response:
    """The form that orders for the list."""
    return show(request, order_sheet(unit, await ask.called(asking, context.parts.calling, unit)))


@router.post("/order", dependencies=[_OWN_FORM])
async def make_order(request: Request, context: Context, asking: Asks, unit: _Own) -> Response:
    """Make the order, once; then its page, with who is not in it and why."""
    called = await ask.called(asking, context.parts.calling, unit)
    made: list[Order] = []

    async def send(typed: Mapping[str, str], key: str) -> str:
        season = {"county": unit.county, "coverage_year": unit.coverage_year}
        made.append(await asking.change(Order, "collection", "/v1/unit-orders", season | dict(typed), key))
        return "ordered"

    sheet = order_sheet(unit, called)
    answered = await answer(request, sheet, send, lambda typed: order_will(unit, called, typed))
    return page(request, "object.html", shown=order_page(unit, made[0], None, called)) if made else answered


@router.get("/orders/{order_no}")
async def show_order(
    request: Request, context: Context, asking: Asks, unit: _Own, order_no: _OrderNo, after: _After = ""
) -> Response:
    """An order with its people, what became of the money, and its receipts."""
    order = await ask.order(asking, order_no)
    receipts = await ask.receipts(asking, unit, order_no)
    called = await ask.called(asking, context.parts.calling, unit)
    shown = order_page(unit, order, receipts, called, after=int(after or 0))
    return page(request, "object.html", shown=shown)


@router.get("/orders/{order_no}/cancel")
async def show_cancelling(request: Request, asking: Asks, unit: _Own, order_no: _OrderNo) -> Response:
    """The form that gives an order up."""
    return show(request, cancel_sheet(unit, await ask.order(asking, order_no)))


@router.post("/orders/{order_no}/cancel", dependencies=[_OWN_FORM])
async def cancel(request: Request, asking: Asks, unit: _Own, order_no: _OrderNo) -> Response:
    """Give it up, and free its people."""
    sheet = cancel_sheet(unit, await ask.order(asking, order_no))
    return await answer(request, sheet, _does(asking, f"{order_no}/cancel", "order_cancelled"))


@router.get("/orders/{order_no}/receipt")
async def show_issuing(request: Request, asking: Asks, unit: _Own, order_no: _OrderNo) -> Response:
    """The form that issues the receipt."""
    return show(request, receipt_sheet(unit, await ask.order(asking, order_no)))


@router.post("/orders/{order_no}/receipt", dependencies=[_OWN_FORM])
async def issue(request: Request, asking: Asks, unit: _Own, order_no: _OrderNo) -> Response:
    """Issue one paper for all whom the money was applied to."""
    sheet = receipt_sheet(unit, await ask.order(asking, order_no))
    return await answer(request, sheet, _does(asking, f"{order_no}/receipt", "receipt_issued"))


@router.get("/receipts/{certificate_no}")
async def download_receipt(asking: Asks, unit: _Own, certificate_no: _Paper) -> Response:
    """A receipt as PDF."""
    return await asking.file("collection", f"/v1/unit-receipts/{certificate_no}/file", {})


def _does(asking: Asking, what: str, done: str) -> Does:
    async def send(_: Mapping[str, str], key: str) -> str:
        await asking.change(Done, "collection", f"/v1/unit-orders/{what}", {}, key)
        return done

    return send
