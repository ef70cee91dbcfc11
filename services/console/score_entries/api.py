"""One entry of a score: the second person's form, and the one that asks that it counts no more."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from services.console.access import ONE_SITE, Asks, by_own_form
from services.console.apis.asking import Asking
from services.console.decisions.schemas import Done
from services.console.forms.answering import answer, show
from services.console.home.rules import may
from services.console.pages.failing import NotOffered, PageRoute
from services.console.pages.rendering import to_page
from services.console.scores import filling
from services.console.scores.asking import entry_of
from services.console.scores.schemas import Entry

router = APIRouter(
    prefix="/score-entries/{county}/{year}/{entry_id}", route_class=PageRoute, dependencies=[ONE_SITE],
    include_in_schema=False,
)  # fmt: skip

_County = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
_Year = Annotated[int, Path(ge=2003, le=2100)]
_Id = Annotated[int, Path(ge=1, lt=2**62)]
_OWN_FORM = [Depends(by_own_form)]


@router.get("/decision")
async def show_deciding(
    request: Request, asking: Asks, county: _County, year: _Year, entry_id: _Id
) -> Response:
    """The form of the second person; what waits for nobody, or for another one, leads to the list."""
    one = await _entry(asking, county, year, entry_id)
    if not _waits_for(asking, one):
        return to_page(request, _list(one))
    return show(request, filling.deciding(one, _list(one)))


@router.post("/decision", dependencies=_OWN_FORM)
async def decide(request: Request, asking: Asks, county: _County, year: _Year, entry_id: _Id) -> Response:
    """Agree or refuse, after a look at what that does."""
    one = await _entry(asking, county, year, entry_id)
    if not _waits_for(asking, one):
        return to_page(request, _list(one))

    async def send(typed: Mapping[str, str], key: str) -> str:
        path = f"/v1/approvals/{one.approval_id}/{typed['decision']}"
        await asking.change(Done, "registration", path, {"note": typed["note"] or None}, key)
        return "approved" if typed["decision"] == "approve" else "rejected"

    sheet = filling.deciding(one, _list(one))
    return await answer(request, sheet, send, lambda typed: filling.decides_will(one, typed))


@router.get("/withdrawal")
async def show_withdrawing(
    request: Request, asking: Asks, county: _County, year: _Year, entry_id: _Id
) -> Response:
    """The form that asks that an entry counts no more."""
    one = await _entry(asking, county, year, entry_id)
    return show(request, filling.withdrawing(one, _list(one)))


@router.post("/withdrawal", dependencies=_OWN_FORM)
async def withdraw(request: Request, asking: Asks, county: _County, year: _Year, entry_id: _Id) -> Response:
    """Ask for it, after a look at what that does; a second person agrees."""
    one = await _entry(asking, county, year, entry_id)

    async def send(typed: Mapping[str, str], key: str) -> str:
        path = f"/v1/scores/entries/{entry_id}/withdrawal"
        await asking.change(Done, "registration", path, {"reason": typed["reason"]}, key)
        return "asked"

    return await answer(request, filling.withdrawing(one, _list(one)), send, filling.withdraws_will)


def _waits_for(asking: Asking, one: Entry) -> bool:
    """Whether it may wait for the visitor; the service has the last word."""
    own = one.state == "waiting" and one.entered_by == asking.visitor.name
    return one.approval_id is not None and not own


def _list(one: Entry) -> str:
    return f"work/score_entries?season={one.county}-{one.coverage_year}&part={one.state}"


async def _entry(asking: Asking, county: str, year: int, entry_id: int) -> Entry:
    """Raises NotOffered, ServiceAway and Refused."""
    if not may(asking.visitor, "scores:write"):
        raise NotOffered
    return await entry_of(asking, county, year, entry_id)
