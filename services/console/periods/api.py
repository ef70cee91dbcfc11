"""The page of an accounting month, and the forms that lock it, have it closed, or opened again."""

from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from libs.common.clock import business_date
from services.console.access import ONE_SITE, Asks, Context, by_own_form
from services.console.decisions.schemas import Done
from services.console.forms.answering import answer, show
from services.console.home.rules import may
from services.console.pages.failing import NotOffered, PageRoute
from services.console.pages.rendering import page
from services.console.periods.asking import period_of, whole
from services.console.periods.filling import DOINGS, body_of, sheet_of, will
from services.console.periods.naming import way_of
from services.console.periods.showing import month_page

router = APIRouter(
    prefix="/periods/{county}/{month}", route_class=PageRoute, dependencies=[ONE_SITE],
    include_in_schema=False,
)  # fmt: skip

_County = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
_Month = Annotated[str, Path(pattern=r"^2[01][0-9]{2}-(0[1-9]|1[0-2])$")]
_Step = Literal["lock", "close", "reopen"]


async def _closer(asking: Asks) -> None:
    """Who closes months. Raises NotOffered."""
    if not may(asking.visitor, "ledger:close"):
        raise NotOffered


_BY_CLOSER = Depends(_closer)


@router.get("")
async def show_month(
    request: Request, asking: Asks, context: Context, county: _County, month: _Month
) -> Response:
    """A month: what stands against closing it, its trial balance, and what was done."""
    if not may(asking.visitor, "ledger:read"):
        raise NotOffered
    found, balance = await whole(asking, county, month, business_date(context.clock.now()))
    calling = context.parts.calling
    years = {account.coverage_year for account in balance.accounts}
    called = {year: await calling.known(asking, county, year) for year in years}
    return page(request, "object.html", shown=month_page(asking.visitor, found, balance, called))


@router.get("/{step}", dependencies=[_BY_CLOSER])
async def show_step(request: Request, asking: Asks, county: _County, month: _Month, step: _Step) -> Response:
    """The form of a step."""
    period, _ = await period_of(asking, county, month)
    return show(request, sheet_of(county, month, step, period.state))


@router.post("/{step}", dependencies=[Depends(by_own_form), _BY_CLOSER])
async def take_step(request: Request, asking: Asks, county: _County, month: _Month, step: _Step) -> Response:
    """Take it, after a look at what that does. Who sends it twice is told the same twice."""
    period, _ = await period_of(asking, county, month)

    async def send(typed: Mapping[str, str], key: str) -> str:
        await asking.change(Done, "ledger", f"/v1/{way_of(county, month)}/{step}", body_of(step, typed), key)
        return DOINGS[step].done

    sheet = sheet_of(county, month, step, period.state)
    return await answer(request, sheet, send, lambda typed: will(step, typed))
