"""The page of an application for money of help, and the forms that make one and answer it."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi import Query as Parameter
from starlette.responses import Response

from services.console.access import ONE_SITE, Asks, Context, by_own_form
from services.console.apis.asking import Asking
from services.console.decisions.schemas import Done
from services.console.forms.answering import answer, show
from services.console.funds.filling import apply_sheet, apply_will, confirm_sheet, confirm_will, confirmed
from services.console.funds.naming import way_of
from services.console.funds.schemas import Application, FundLines
from services.console.funds.showing import application_page, facts_of
from services.console.funds.standing import state_of
from services.console.home.rules import may
from services.console.lists.rules import page_from
from services.console.pages.failing import NotOffered, PageRoute
from services.console.pages.rendering import page, to_page

router = APIRouter(
    prefix="/fund-applications", route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False
)

_API = "/v1/fund-applications"
_Id = Annotated[int, Path(ge=1, lt=2**62)]
_County = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
_Year = Annotated[int, Path(ge=2000, le=2100)]
_After = Annotated[str, Parameter(max_length=20, pattern=r"^[0-9]*$")]


async def _bureau(asking: Asks) -> None:
    """Who applies for money. Raises NotOffered."""
    if not may(asking.visitor, "subsidy:write"):
        raise NotOffered


_BY_BUREAU, _OWN_FORM = Depends(_bureau), Depends(by_own_form)


@router.get("/new/{county}/{coverage_year}", dependencies=[_BY_BUREAU])
async def show_applying(request: Request, county: _County, coverage_year: _Year) -> Response:
    """The form that applies for the money of all help that was verified."""
    return show(request, apply_sheet(county, coverage_year))


@router.post("/new/{county}/{coverage_year}", dependencies=[_OWN_FORM, _BY_BUREAU])
async def apply(request: Request, asking: Asks, county: _County, coverage_year: _Year) -> Response:
    """Apply for it, one application for each payer. Who sends it twice is told the same twice."""

    async def send(_: Mapping[str, str], key: str) -> str:
        body = {"county": county, "coverage_year": coverage_year}
        await asking.change(Done, "subsidy", _API, body, key)
        return "funds_applied"

    return await answer(request, apply_sheet(county, coverage_year), send, apply_will)


@router.get("/{application_id}")
async def show_application(
    request: Request, asking: Asks, context: Context, application_id: _Id, after: _After = ""
) -> Response:
    """An application and its people. The service records the look at them."""
    one = await _application(asking, application_id)
    lines = await asking.get(FundLines, "subsidy", f"{_API}/{application_id}/lines", page_from(after))
    called = await context.parts.calling.known(asking, one.county, one.coverage_year)
    return page(request, "object.html", shown=application_page(asking.visitor, one, lines, called))


@router.get("/{application_id}/confirmation")
async def show_confirming(request: Request, asking: Asks, context: Context, application_id: _Id) -> Response:
    """The form that says how much there is; what is confirmed in full is shown as it is."""
    one = await _to_confirm(asking, application_id)
    if state_of(one) == "confirmed":
        return to_page(request, way_of(application_id))
    called = await context.parts.calling.known(asking, one.county, one.coverage_year)
    return show(request, confirm_sheet(one, facts_of(one, called)))


@router.post("/{application_id}/confirmation", dependencies=[_OWN_FORM])
async def confirm(request: Request, asking: Asks, context: Context, application_id: _Id) -> Response:
    """Say it, after a look at what that does. Who sends it twice is told the same twice."""
    one = await _to_confirm(asking, application_id)
    called = await context.parts.calling.known(asking, one.county, one.coverage_year)

    async def send(typed: Mapping[str, str], key: str) -> str:
        body = {"confirmed_fen": confirmed(one, typed)}
        await asking.change(Done, "subsidy", f"{_API}/{application_id}/confirmation", body, key)
        return "funds_confirmed"

    sheet = confirm_sheet(one, facts_of(one, called))
    return await answer(request, sheet, send, lambda typed: confirm_will(one, typed))


async def _application(asking: Asking, application_id: int) -> Application:
    """One application. Raises NotOffered, ServiceAway and Refused."""
    if not may(asking.visitor, "subsidy:read"):
        raise NotOffered
    return await asking.get(Application, "subsidy", f"{_API}/{application_id}")


async def _to_confirm(asking: Asking, application_id: int) -> Application:
    if not may(asking.visitor, "subsidy:approve"):
        raise NotOffered
    return await _application(asking, application_id)
