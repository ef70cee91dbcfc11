"""A person's years: how each is known, what was said of it, and the form that corrects one."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from services.console.access import ONE_SITE, Asks, by_own_form
from services.console.apis.asking import Asking
from services.console.forms.answering import answer, show
from services.console.forms.rules import Sheet
from services.console.histories.schemas import Corrected, PersonHistory
from services.console.histories.showing import body_of, history_page, sheet_of, will
from services.console.home.rules import may
from services.console.pages.failing import NotOffered, PageRoute
from services.console.pages.rendering import page
from services.console.persons.schemas import Person
from services.console.worklists.asking import seasons

router = APIRouter(
    prefix="/persons/{person_id}/history", route_class=PageRoute, dependencies=[ONE_SITE],
    include_in_schema=False,
)  # fmt: skip

_Id = Annotated[int, Path(ge=1, lt=2**62)]


@router.get("")
async def show_history(request: Request, asking: Asks, person_id: _Id) -> Response:
    """In which years somebody was insured. The service records the look."""
    if not may(asking.visitor, "registration:read"):
        raise NotOffered
    found = await asking.get(PersonHistory, "registration", f"/v1/persons/{person_id}/history")
    counties = {one.county: (one.place_zh, one.place) for one in await seasons(asking)}
    corrects = may(asking.visitor, "registration:decide")
    return page(request, "object.html", shown=history_page(person_id, found, counties, corrects=corrects))


@router.get("/correction")
async def show_correcting(request: Request, asking: Asks, person_id: _Id) -> Response:
    """The form that corrects a year."""
    return show(request, await _sheet(asking, person_id))


@router.post("/correction", dependencies=[Depends(by_own_form)])
async def correct(request: Request, asking: Asks, person_id: _Id) -> Response:
    """Correct it, after a look at what that does; where a later year is paid a second person agrees."""
    sheet = await _sheet(asking, person_id)

    async def send(typed: Mapping[str, str], key: str) -> str:
        path = f"/v1/persons/{person_id}/history/corrections"
        done = await asking.change(Corrected, "registration", path, body_of(typed), key)
        return "corrected" if done.approval_id is None else "asked"

    return await answer(request, sheet, send, will)


async def _sheet(asking: Asking, person_id: int) -> Sheet:
    """The form, with whom it is about. Raises NotOffered, ServiceAway and Refused."""
    if not may(asking.visitor, "registration:decide"):
        raise NotOffered
    person = await asking.get(Person, "registration", f"/v1/persons/{person_id}")
    return sheet_of(person_id, person.name)
