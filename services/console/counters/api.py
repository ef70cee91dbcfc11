"""Pages of a bank's counter: find one person, take the money, print what proves it; its own cash in hand."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Annotated

import httpx
from fastapi import APIRouter, Depends, Path, Request
from fastapi import Query as Parameter
from starlette.responses import Response

from services.console.access import ONE_SITE, Asks, Context, by_own_form
from services.console.apis.asking import Query
from services.console.apis.rules import Refused, absent
from services.console.counters.asking import (
    Counter,
    cash_of,
    counter_at,
    due_at,
    places_of,
    receipt_at,
    search,
    voucher_at,
)
from services.console.counters.filling import certifying, finding
from services.console.counters.rules import is_nobody, serves
from services.console.counters.schemas import Certificate
from services.console.counters.showing import (
    certificate_page,
    paid_page,
    places_page,
    taken_page,
    voucher_page,
)
from services.console.forms.answering import answer, show
from services.console.forms.rules import Sheet
from services.console.pages.failing import NotOffered, PageRoute
from services.console.pages.rendering import page, to_page
from services.console.receipts.schemas import Collector, Recorded
from services.console.receipts.showing import (
    desk_opened,
    desk_sheet,
    is_settled,
    prefilled,
    receipts_body,
)
from services.console.worklists.rules import ON_A_PAGE

router = APIRouter(prefix="/counter", route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False)

_Id = Annotated[int, Path(ge=1, lt=2**62)]
_Chosen = Annotated[int, Parameter(ge=0, lt=2**62)]
_Word = Annotated[str, Parameter(max_length=60, pattern=r"^[a-z0-9_-]*$")]
_Season = Annotated[str, Path(max_length=60, pattern=r"^[a-z0-9_-]+$")]
_After = Annotated[str, Parameter(max_length=18, pattern=r"^[0-9]*$")]
_Yes = Annotated[str, Parameter(max_length=3, pattern=r"^(yes)?$")]
_Paper = Annotated[str, Path(pattern=r"^Z[0-9]{22}$")]
_OWN_FORM = [Depends(by_own_form)]


async def _counter(asking: Asks, season: _Word = "", collector: _Chosen = 0) -> Counter:
    """Where money is taken now. Raises NotOffered, ServiceAway and Refused."""
    if not serves(asking.visitor):
        raise NotOffered
    return await counter_at(asking, season, collector)


_At = Annotated[Counter, Depends(_counter)]


@router.get("")
async def show_counter(request: Request, asking: Asks, at: _At) -> Response:
    """The form that finds somebody; first the place, where there are several."""
    if at.collector is None:
        return to_page(request, f"counter/places/{at.place.season}")
    return show(request, finding(at, await cash_of(asking, at)))


@router.get("/places/{word}")
async def show_places(request: Request, asking: Asks, word: _Season, after: _After = "") -> Response:
    """Where money can be taken, and for which years."""
    at = await _counter(asking, word)
    query: Query = {"limit": ON_A_PAGE, **({"after": after} if after else {})}
    shown = places_page(at, await places_of(asking, at.season, query))
    return page(request, "object.html", shown=shown)


@router.post("", dependencies=_OWN_FORM)
async def find(request: Request, asking: Asks, at: _At) -> Response:
    """Find somebody; the number goes into no address."""
    _collector(at)
    found: list[int] = []

    async def send(typed: Mapping[str, str], _: str) -> str:
        person_id = await search(asking, at.season, typed["id_number"], typed["name"])
        try:
            await due_at(asking, at, person_id)
        except Refused as refused:
            raise _elsewhere(refused) if refused.status == httpx.codes.NOT_FOUND else refused from None
        found.append(person_id)
        return ""

    answered = await _said_here(request, finding(at, await cash_of(asking, at)), send)
    return to_page(request, at.place.page(f"counter/{found[0]}")) if found else answered


@router.get("/certificates/new")
async def show_certifying(request: Request, at: _At) -> Response:
    """The form that issues a receipt or certificate."""
    return show(request, certifying(at), {"kind": "receipt"})


@router.post("/certificates/new", dependencies=_OWN_FORM)
async def certify(request: Request, asking: Asks, at: _At) -> Response:
    """Issue it, once; then its page, from which it is printed."""
    made: list[str] = []

    async def send(typed: Mapping[str, str], key: str) -> str:
        body = {
            "kind": typed["kind"],
            "county": at.season.county,
            "coverage_year": at.season.coverage_year,
            "people": [{"id_number": typed["id_number"], "name": typed["name"]}],
        }
        done = await asking.change(Certificate, "collection", "/v1/certificates", body, key)
        made.append(done.certificate_no)
        return ""

    answered = await _said_here(request, certifying(at), send)
    page_of = f"counter/certificates/{made[0]}" if made else ""
    return to_page(request, at.place.page(page_of, done="issued")) if made else answered


@router.get("/certificates/{certificate_no}")
async def show_certificate(request: Request, asking: Asks, at: _At, certificate_no: _Paper) -> Response:
    """A paper that was issued, as it stands now."""
    one = await asking.get(Certificate, "collection", f"/v1/certificates/{certificate_no}")
    return page(request, "object.html", shown=certificate_page(at, one))


@router.get("/certificates/{certificate_no}/file")
async def print_certificate(asking: Asks, certificate_no: _Paper) -> Response:
    """The paper as PDF."""
    if not serves(asking.visitor):
        raise NotOffered
    return await asking.file("collection", f"/v1/certificates/{certificate_no}/file", {})


@router.get("/{person_id}")
async def show_person(
    request: Request, context: Context, asking: Asks, at: _At, person_id: _Id, more: _Yes = ""
) -> Response:
    """What somebody owes, filled in; who has paid is shown with the paper that proves it."""
    collector, due = _collector(at), await due_at(asking, at, person_id)
    if is_settled(due) or (due.payment is not None and not more):
        return page(request, "object.html", shown=paid_page(at, due))
    sheet = desk_opened(due, collector, at.place.page("counter"), "")
    return show(request, sheet, prefilled(due, "", context.clock.now()))


@router.post("/{person_id}", dependencies=_OWN_FORM)
async def record(request: Request, asking: Asks, at: _At, person_id: _Id) -> Response:
    """Record it, once however often the button is pressed; then the receipt."""
    collector, due = _collector(at), await due_at(asking, at, person_id)
    made: list[int] = []

    async def send(typed: Mapping[str, str], key: str) -> str:
        body = receipts_body(due, at.place, at.season.coverage_year, typed)
        made.extend((await asking.change(Recorded, "collection", "/v1/cash-receipts", body, key)).receipt_ids)
        return ""

    answered = await answer(request, desk_sheet(due, collector, at.place.page("counter")), send)
    way = f"counter/{person_id}/receipts/{made[0]}" if made else ""
    return to_page(request, at.place.page(way, done="received")) if made else answered


@router.get("/{person_id}/receipts/{receipt_id}")
async def show_taken(request: Request, asking: Asks, at: _At, person_id: _Id, receipt_id: _Id) -> Response:
    """What was recorded, and the voucher once the money is applied."""
    _collector(at)
    receipt = await receipt_at(asking, receipt_id)
    shown = taken_page(at, await due_at(asking, at, person_id), receipt)
    return page(request, "object.html", shown=shown)


@router.get("/{person_id}/voucher")
async def show_voucher(request: Request, asking: Asks, at: _At, person_id: _Id) -> Response:
    """The voucher, to be printed."""
    _collector(at)
    one = await voucher_at(asking, await due_at(asking, at, person_id))
    return page(request, "object.html", shown=voucher_page(at, one))


def _collector(at: Counter) -> Collector:
    if at.collector is None:
        raise absent("collection")
    return at.collector


async def _said_here(
    request: Request, sheet: Sheet, send: Callable[[Mapping[str, str], str], Awaitable[str]]
) -> Response:
    """Answer a form that names somebody: that nobody was found stands above what was typed."""

    async def does(typed: Mapping[str, str], key: str) -> str:
        try:
            return await send(typed, key)
        except Refused as refused:
            raise replace(refused, kind="nobody") if is_nobody(refused) else refused from None

    return await answer(request, sheet, does)


def _elsewhere(refused: Refused) -> Refused:
    """By the notice this place takes no money of whoever lives there; the season's list does."""
    return replace(
        refused,
        kind="elsewhere",
        title_zh="按通知，本收缴点不收取此人的款项",
        title="By the notice no money of this person is taken here",
        detail_zh="请告知缴费人到户籍所在村（社区），或通知规定的其他渠道缴费。",
        detail="Send the payer to the village, or to another channel of the notice.",
    )
