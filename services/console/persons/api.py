"""The page for the telephone: find somebody, and see all about them at once."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from starlette.responses import Response

from libs.common.security.scopes import ROLES
from services.console.access import ONE_SITE, Asks, Context, by_own_form
from services.console.apis.asking import Asking
from services.console.apis.rules import ASKED, Refused
from services.console.assembly import ConsoleContext
from services.console.decisions.rules import may_decide
from services.console.home.rules import may
from services.console.pages.failing import NotOffered, PageRoute
from services.console.pages.rendering import page, to_page
from services.console.persons.finding import Found, by_number, by_paper, by_village, seasons
from services.console.persons.gathering import Gathering
from services.console.persons.rules import searches_of
from services.console.persons.schemas import Notice
from services.console.persons.words import ENROLLMENT_STATES, OUTCOMES, TICKET_KINDS, TICKET_STATES
from services.console.session.rules import Visitor

router = APIRouter(route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False)

_Typed = Annotated[str, Form(max_length=200)]
_Year = Annotated[int | None, Query(ge=1990, le=2100)]
_By = Literal["number", "paper", "village"]
#: What a service says of what was typed, and the visitor can mend.
_MENDED_HERE = (404, 422, 429)


@router.get("/find")
async def show_search(request: Request, context: Context, asking: Asks) -> Response:
    """The ways to find somebody that lead the visitor somewhere."""
    if not _offered(asking.visitor):
        raise NotOffered
    return await _search(request, context, asking, {})


@router.post("/find", dependencies=[Depends(by_own_form)])
async def find(
    request: Request, context: Context, asking: Asks, by: Annotated[_By, Form()], number: _Typed = "",
    name: _Typed = "", season: _Typed = "", division: _Typed = "", purpose: _Typed = "",
) -> Response:  # fmt: skip
    """Search; one person is shown at once. What was typed goes back into the form."""
    if by not in _offered(asking.visitor):
        raise NotOffered
    typed = {"by": by, "number": number.strip(), "name": name.strip(), "season": season, "division": division}
    typed["purpose"] = purpose.strip()
    if by == "number" and not typed["name"]:
        return await _search(request, context, asking, typed, nameless=True)
    try:
        found = await _found(asking, typed)
    except Refused as refused:
        if refused.status not in _MENDED_HERE:
            raise
        return await _search(request, context, asking, typed, refused)
    if len(found.people) == 1 and may(asking.visitor, "registration:read"):
        return to_page(request, f"persons/{found.people[0]}")
    return await _search(request, context, asking, typed, found=found)


@router.get("/persons/{person_id}")
async def show_person(
    request: Request,
    context: Context,
    asking: Asks,
    person_id: Annotated[int, Path(ge=1, lt=2**62)],
    year: _Year = None,
    back: Annotated[int, Query(ge=0, le=10_000)] = 0,
) -> Response:
    """All about a person in one year; of a long story the newest, or so many pages before."""
    return page(
        request,
        "person.html",
        seen=await Gathering(asking, context.parts.calling, person_id, context.clock.now()).gather(
            year, back
        ),
        states=ENROLLMENT_STATES,
        outcomes=OUTCOMES,
        kinds=TICKET_KINDS,
        ticket_states=TICKET_STATES,
        decides=[name for name in ASKED if may_decide(asking.visitor, name)],
    )


async def _found(asking: Asking, typed: dict[str, str]) -> Found:
    if typed["by"] == "number":
        return await by_number(asking, typed["number"], typed["name"], typed["purpose"])
    if typed["by"] == "paper":
        return await by_paper(asking, typed["number"])
    if (season := _chosen(await seasons(asking), typed)) is None:
        return Found()
    return await by_village(asking, season, typed["division"].strip(), typed["name"])


async def _search(
    request: Request, context: ConsoleContext, asking: Asking, typed: dict[str, str],
    refused: Refused | None = None, found: Found | None = None, *, nameless: bool = False,
) -> Response:  # fmt: skip
    offered = _offered(asking.visitor)
    known = await seasons(asking) if "village" in offered else []
    return page(
        request, "find.html", 422 if refused or nameless else 200, typed=typed, refused=refused,
        found=found, nameless=nameless, offered=offered, seasons=known, season=_chosen(known, typed),
        called=await context.parts.calling.known_of(asking, known if found else []),
    )  # fmt: skip


def _chosen(known: list[Notice], typed: dict[str, str]) -> Notice | None:
    """The season of a village's list that was chosen."""
    return next((one for one in known if f"{one.county}/{one.coverage_year}" == typed.get("season")), None)


def _offered(visitor: Visitor) -> tuple[str, ...]:
    return searches_of(ROLES[visitor.role])
