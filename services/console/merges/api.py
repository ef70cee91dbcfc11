"""A person's merges, and the form that proposes that two records are one person."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi import Query as Parameter
from starlette.responses import Response

from services.console.access import ONE_SITE, Asks, by_own_form
from services.console.apis.asking import Asking
from services.console.decisions.schemas import Done
from services.console.forms.answering import answer, show
from services.console.forms.rules import Sheet
from services.console.home.rules import may
from services.console.lists.rules import page_from
from services.console.merges.schemas import Merges
from services.console.merges.showing import person_page, request_of, sheet_of, will
from services.console.pages.failing import NotOffered, PageRoute
from services.console.pages.rendering import page
from services.console.persons.schemas import Person

router = APIRouter(
    prefix="/persons/{person_id}/merges", route_class=PageRoute, dependencies=[ONE_SITE],
    include_in_schema=False,
)  # fmt: skip

_Id = Annotated[int, Path(ge=1, lt=2**62)]
_After = Annotated[str, Parameter(max_length=20, pattern=r"^[0-9]*$")]


@router.get("")
async def show_merges(request: Request, asking: Asks, person_id: _Id, after: _After = "") -> Response:
    """Which records were merged with this one, when and by whom."""
    if not may(asking.visitor, "registration:read"):
        raise NotOffered
    query = {"person_id": person_id, **page_from(after)}
    found = await asking.get(Merges, "registration", "/v1/merges", query)
    proposes = may(asking.visitor, "registration:write")
    return page(request, "object.html", shown=person_page(person_id, found, proposes=proposes))


@router.get("/new")
async def show_proposing(request: Request, asking: Asks, person_id: _Id) -> Response:
    """The form that proposes a merge."""
    return show(request, await _sheet(asking, person_id), {"right": "this"})


@router.post("/new", dependencies=[Depends(by_own_form)])
async def propose(request: Request, asking: Asks, person_id: _Id) -> Response:
    """Propose it, after a look at what that does; a second person agrees."""
    sheet = await _sheet(asking, person_id)

    async def send(typed: Mapping[str, str], key: str) -> str:
        path, body = request_of(person_id, typed)
        await asking.change(Done, "registration", path, body, key)
        return "asked"

    return await answer(request, sheet, send, lambda typed: will(person_id, typed))


async def _sheet(asking: Asking, person_id: int) -> Sheet:
    """The form, with whom it is about. Raises NotOffered, ServiceAway and Refused."""
    if not may(asking.visitor, "registration:write"):
        raise NotOffered
    person = await asking.get(Person, "registration", f"/v1/persons/{person_id}")
    return sheet_of(person_id, person.name)
