"""Pages where money is taken by hand: two strokes a person from the list, and receipts to look at or undo."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Request
from fastapi import Query as Parameter
from starlette.responses import Response

from libs.common.divisions import prefix_of
from services.console.access import ONE_SITE, Asks, Context, by_own_form
from services.console.apis.asking import Asking, Query
from services.console.apis.rules import absent
from services.console.decisions.schemas import Done
from services.console.forms.answering import answer, show
from services.console.forms.rules import Sheet
from services.console.home.rules import may
from services.console.pages.failing import NotOffered, PageRoute
from services.console.pages.rendering import page
from services.console.receipts.rules import Place, number_after, written
from services.console.receipts.schemas import Collector, Collectors, DeskDue, Receipt, Receipts, Recorded
from services.console.receipts.showing import (
    UNDOES,
    desk_opened,
    desk_sheet,
    is_settled,
    may_be_undone,
    prefilled,
    receipts_body,
    settled_page,
    undo_body,
    undo_sheet,
    undo_will,
    who_undoes,
    wrong_sheet,
)
from services.console.worklists.asking import Wanted, chosen, seasons, word_of
from services.console.worklists.schemas import Season, UnpaidPage

router = APIRouter(route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False)

_Id = Annotated[int, Path(ge=1, lt=2**62)]
_Chosen = Annotated[int, Parameter(ge=0, lt=2**62)]
_Word = Annotated[str, Parameter(max_length=60, pattern=r"^[a-z0-9_-]*$")]
_Division = Annotated[str, Parameter(max_length=12, pattern=r"^[0-9]*$")]
_After = Annotated[str, Parameter(max_length=300, pattern=r"^[A-Za-z0-9_=.:-]*$")]
_Paper = Annotated[str, Parameter(max_length=40)]


async def _place(
    asking: Asks, season: _Word = "", collector: _Chosen = 0, division: _Division = "", after: _After = ""
) -> tuple[Season, list[Collector], Place]:
    """The season, the collectors of the visitor in it, and which was chosen; the only one is."""
    if not may(asking.visitor, "cash:write"):
        raise NotOffered
    its = chosen(await seasons(asking), season)
    if its is None:
        raise HTTPException(404)
    query: Query = {"county": its.county, "limit": 500}
    known = (await asking.get(Collectors, "collection", "/v1/collectors", query)).items
    only = known[0].collector_id if len(known) == 1 else 0
    return its, known, Place(word_of(its), collector or only, division, after)


_At = Annotated[tuple[Season, list[Collector], Place], Depends(_place)]


@router.get("/collect")
async def collect(
    request: Request, asking: Asks, at: _At, last: _Chosen = 0, focus: _Chosen = 0, voucher: _Paper = ""
) -> Response:
    """Who has not paid, to go through by keyboard; the next after the one just recorded has the focus."""
    season, known, place = at
    collector = next((one for one in known if one.collector_id == place.collector_id), None)
    found = UnpaidPage(items=[], next_after=None)
    if collector is not None:
        # Money of other places is mostly refused here, so that they are not on the list either.
        here = place.division or prefix_of(collector.division_code)
        wanted = Wanted(asking, season, division=here, after=place.after)
        body = {**wanted.of_season, **wanted.place, "on_list": "unpaid", "purpose": "console"}
        found = await asking.post(UnpaidPage, "registration", "/v1/surveys/search", body, wanted.page)
    people = [one for one in found.items if one.person_id is not None and one.person_id != last]
    first = next((one.person_id for one in people if one.person_id == focus), None)
    return page(
        request, "collect.html", place=place, collectors=known, people=people, voucher=voucher,
        focus=first or (people[0].person_id if people else None), next_after=found.next_after,
        collector=collector, unregistered=sum(one.person_id is None for one in found.items),
        # An empty page is the end of the list alone: who stands before it may owe all of it.
        all_paid=not (found.items or found.next_after or place.after),
    )  # fmt: skip


@router.get("/collect/{person_id}")
async def show_desk(
    request: Request, context: Context, asking: Asks, at: _At, person_id: _Id, focus: _Chosen = 0,
    voucher: _Paper = "",
) -> Response:  # fmt: skip
    """What somebody owes, filled in, with the button under the finger."""
    season, collector, place = _chosen_of(at)
    due = await _due(asking, season, place, person_id)
    back = place.page("collect", focus=focus, voucher=voucher)
    if is_settled(due):
        return page(request, "object.html", shown=settled_page(due, back))
    sheet = desk_opened(due, collector, back, voucher)
    return show(request, sheet, prefilled(due, voucher, context.clock.now()))


@router.post("/collect/{person_id}", dependencies=[Depends(by_own_form)])
async def record(
    request: Request, asking: Asks, at: _At, person_id: _Id, focus: _Chosen = 0, voucher: _Paper = ""
) -> Response:
    """Record it, once however often the button is pressed, and go on to the next."""
    season, collector, place = _chosen_of(at)
    due = await _due(asking, season, place, person_id)
    sent = await request.form()
    following = number_after(str(sent.get("voucher_no", "")))
    back = place.page("collect", last=person_id, focus=focus, voucher=following)

    async def send(typed: Mapping[str, str], key: str) -> str:
        body = receipts_body(due, place, season.coverage_year, typed)
        await asking.change(Recorded, "collection", "/v1/cash-receipts", body, key)
        return "received"

    return await answer(request, desk_sheet(due, collector, back), send)


@router.get("/receipts")
async def list_receipts(
    request: Request, asking: Asks, collector: _Chosen = 0, after: _After = ""
) -> Response:
    """What a collector has in hand, receipt by receipt."""
    if not (may(asking.visitor, "cash:write") or may(asking.visitor, "collection:read")):
        raise NotOffered
    query: dict[str, str | int | bool] = {"in_hand": True, "limit": 100}
    query |= ({"collector_id": collector} if collector else {}) | ({"after": after} if after else {})
    found = await asking.get(Receipts, "collection", "/v1/cash-receipts", query)
    titles = await asking.get(Collectors, "collection", "/v1/collectors", {"limit": 500})
    return page(
        request, "receipts.html", receipts=found.items, next_after=found.next_after, collector=collector,
        titles={one.collector_id: one.title for one in titles.items}, written=written,
        undoes={one.receipt_id for one in found.items if may_be_undone(one)}, who=who_undoes(),
    )  # fmt: skip


@router.get("/receipts/{receipt_id}")
async def show_receipt(request: Request, asking: Asks, receipt_id: _Id) -> Response:
    """A receipt that was entered wrongly: who takes it back, and the number to tell them."""
    if not (may(asking.visitor, "cash:write") or may(asking.visitor, "collection:read")):
        raise NotOffered
    receipt = await _receipt(asking, receipt_id)
    undoes = may(asking.visitor, UNDOES) and may_be_undone(receipt)
    sheet = wrong_sheet(receipt, _way(receipt))
    return page(request, "receipt.html", sheet=sheet, receipt=receipt, undoes=undoes)


@router.get("/receipts/{receipt_id}/undo")
async def show_undo(request: Request, context: Context, asking: Asks, receipt_id: _Id) -> Response:
    """The form that takes back what was entered wrongly."""
    sheet, _ = await _undo(asking, receipt_id)
    return show(request, sheet, {"returned_at": written(context.clock.now())})


@router.post("/receipts/{receipt_id}/undo", dependencies=[Depends(by_own_form)])
async def undo(request: Request, asking: Asks, receipt_id: _Id) -> Response:
    """Take it back, after a look at what that does."""
    sheet, receipt = await _undo(asking, receipt_id)

    async def send(typed: Mapping[str, str], key: str) -> str:
        path = f"/v1/cash-receipts/{receipt_id}/reversal"
        await asking.change(Done, "collection", path, undo_body(typed), key)
        return "undone"

    return await answer(request, sheet, send, lambda _: undo_will(receipt))


async def _undo(asking: Asking, receipt_id: int) -> tuple[Sheet, Receipt]:
    if not may(asking.visitor, UNDOES):
        raise NotOffered
    receipt = await _receipt(asking, receipt_id)
    return undo_sheet(receipt, _way(receipt)), receipt


async def _receipt(asking: Asking, receipt_id: int) -> Receipt:
    query: Query = {"after": str(receipt_id - 1), "limit": 1}
    found = (await asking.get(Receipts, "collection", "/v1/cash-receipts", query)).items
    if not found or found[0].receipt_id != receipt_id:
        raise absent("collection")
    return found[0]


def _way(receipt: Receipt) -> str:
    return f"receipts?collector={receipt.collector_id}"


def _chosen_of(at: tuple[Season, list[Collector], Place]) -> tuple[Season, Collector, Place]:
    season, known, place = at
    found = next((one for one in known if one.collector_id == place.collector_id), None)
    if found is None:
        raise HTTPException(404)
    return season, found, place


async def _due(asking: Asking, season: Season, place: Place, person_id: int) -> DeskDue:
    path = f"/v1/collectors/{place.collector_id}/dues/{person_id}"
    return await asking.get(DeskDue, "collection", path, {"coverage_year": season.coverage_year})
