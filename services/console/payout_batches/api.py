"""The page of a batch of payouts, its file for the bank, and the form that makes one."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from services.console.access import ONE_SITE, Asks, by_own_form
from services.console.apis.asking import Asking, Query
from services.console.forms.answering import answer, show
from services.console.forms.rules import Sheet
from services.console.home.rules import may
from services.console.pages.failing import NotOffered, PageRoute
from services.console.pages.rendering import page, to_page
from services.console.payout_batches.filling import body_of, make_sheet, make_will
from services.console.payout_batches.naming import way_of
from services.console.payout_batches.schemas import Batch, BatchState
from services.console.payout_batches.showing import batch_page
from services.console.worklists.schemas import PayoutSums

router = APIRouter(
    prefix="/payout-batches", route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False
)

_API = "/v1/payout-batches"
_Id = Annotated[int, Path(ge=1, lt=2**62)]
_County = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
_Year = Annotated[int, Path(ge=2000, le=2100)]


@router.get("/new/{county}/{coverage_year}")
async def show_making(request: Request, asking: Asks, county: _County, coverage_year: _Year) -> Response:
    """The form that makes a batch, with what is ready."""
    return show(request, await _sheet(asking, county, coverage_year))


@router.post("/new/{county}/{coverage_year}", dependencies=[Depends(by_own_form)])
async def make(request: Request, asking: Asks, county: _County, coverage_year: _Year) -> Response:
    """Make it, once however often the button is pressed; then its page."""
    sheet = await _sheet(asking, county, coverage_year)
    made: list[int] = []

    async def send(typed: Mapping[str, str], key: str) -> str:
        done = await asking.change(Batch, "subsidy", _API, body_of(county, coverage_year, typed), key)
        made.append(done.batch_id)
        return "payouts_made"

    answered = await answer(request, sheet, send, make_will)
    return to_page(request, f"{way_of(made[0])}?done=payouts_made") if made else answered


@router.get("/{batch_id}")
async def show_batch(request: Request, asking: Asks, batch_id: _Id) -> Response:
    """A batch and what the bank answered so far."""
    if not may(asking.visitor, "subsidy:read"):
        raise NotOffered
    found = await asking.get(BatchState, "subsidy", f"{_API}/{batch_id}")
    return page(request, "object.html", shown=batch_page(asking.visitor, found))


@router.get("/{batch_id}/file")
async def download_file(asking: Asks, batch_id: _Id) -> Response:
    """The bank's file, as the service makes it: accounts stand in it whole, and the service records it."""
    if not (may(asking.visitor, "subsidy:write") and may(asking.visitor, "pii:read")):
        raise NotOffered
    return await asking.file("subsidy", f"{_API}/{batch_id}/file", {})


async def _sheet(asking: Asking, county: str, coverage_year: int) -> Sheet:
    """The form. Raises NotOffered, ServiceAway and Refused."""
    if not may(asking.visitor, "subsidy:write"):
        raise NotOffered
    query: Query = {"county": county, "coverage_year": coverage_year}
    found = await asking.get(PayoutSums, "subsidy", "/v1/payouts/totals", query)
    return make_sheet(county, coverage_year, found)
