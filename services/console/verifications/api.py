"""The page of a roster of who is to be subsidized, and decisions about its lines."""

from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Path, Request
from fastapi import Query as Parameter
from starlette.responses import Response

from services.console.access import ONE_SITE, Asks, Context, by_own_form
from services.console.apis.asking import Asking, Query
from services.console.apis.rules import Refused
from services.console.forms.answering import answer, show
from services.console.home.rules import may
from services.console.lists.rules import page_from
from services.console.pages.failing import NotOffered, PageRoute
from services.console.pages.rendering import page, to_page
from services.console.verifications.rules import DECISIONS, decisions_of
from services.console.verifications.schemas import (
    Drawn,
    LinesDecided,
    Verification,
    VerificationLines,
)
from services.console.verifications.showing import (
    NOTHING_DECIDED,
    body_of,
    draw_sheet,
    left_of,
    roster_page,
    sheet_of,
    will,
)
from services.console.worklists.rules import ON_A_PAGE

router = APIRouter(route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False)

_Id = Annotated[int, Path(ge=1, lt=2**62)]
_County = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
_Year = Annotated[int, Path(ge=2000, le=2100)]
_State = Literal["open", "held", "released", "struck_out"]
_After = Annotated[str, Parameter(max_length=20, pattern=r"^[0-9]*$")]
_Code = Literal["release", "hold", "strike_out", "lift"]
_Key = Annotated[str, Form(max_length=100)]
_Grants = Annotated[list[int] | None, Form(max_length=ON_A_PAGE)]


@router.get("/verifications/{verification_id}")
async def show_roster(
    request: Request, asking: Asks, context: Context, verification_id: _Id, part: _State | None = None,
    after: _After = "",
) -> Response:  # fmt: skip
    """A roster and its lines of one state. The service records the look at these people."""
    roster = await _roster(asking, verification_id)
    part = part or ("open" if roster.open or not roster.released else "released")
    query: Query = {"state": part, **page_from(after)}
    path = f"/v1/verifications/{verification_id}/lines"
    lines = await asking.get(VerificationLines, "subsidy", path, query)
    opens = may(asking.visitor, "registration:read")
    called = await context.parts.calling.known(asking, roster.county, roster.coverage_year)
    shown = roster_page(roster, lines, part, called, opens=opens)
    acts = decisions_of(part) if may(asking.visitor, "subsidy:write") and lines.items else []
    prints = may(asking.visitor, "pii:read")
    return page(request, "roster.html", shown=shown, roster=roster, acts=acts, part=part, prints=prints)


@router.get("/verifications/new/{county}/{coverage_year}")
async def show_drawing(request: Request, asking: Asks, county: _County, coverage_year: _Year) -> Response:
    """The form that draws rosters of all help that is on none."""
    if not may(asking.visitor, "subsidy:write"):
        raise NotOffered
    return show(request, draw_sheet(county, coverage_year))


@router.post("/verifications/new/{county}/{coverage_year}", dependencies=[Depends(by_own_form)])
async def draw_rosters(request: Request, asking: Asks, county: _County, coverage_year: _Year) -> Response:
    """Draw them: one for each township and payer; nothing where no help is new."""
    if not may(asking.visitor, "subsidy:write"):
        raise NotOffered

    async def draw(_: Mapping[str, str], key: str) -> str:
        body = {"county": county, "coverage_year": coverage_year}
        drawn = await asking.change(Drawn, "subsidy", "/v1/verifications", body, key)
        return "drawn" if drawn.verifications else "nothing_new"

    return await answer(request, draw_sheet(county, coverage_year), draw)


@router.get("/verifications/{verification_id}/print")
async def print_roster(asking: Asks, verification_id: _Id) -> Response:
    """The roster as the service sets it, to be printed and signed."""
    query = {"format": "html"}
    return await asking.file("subsidy", f"/v1/verifications/{verification_id}/roster", query)


@router.get("/verifications/{verification_id}/release")
async def show_release(request: Request, asking: Asks, verification_id: _Id) -> Response:
    """The form that says of all open lines of a roster that they are verified."""
    roster = await _decided_by(asking, verification_id)
    return show(request, sheet_of(roster, "release", [], _way(verification_id)))


@router.post("/verifications/{verification_id}/release", dependencies=[Depends(by_own_form)])
async def release_all(request: Request, asking: Asks, verification_id: _Id) -> Response:
    """Release them, after a look at what that does; what stays as it is, is told with the reason."""
    return await _decide(request, asking, await _decided_by(asking, verification_id), "release", [])


@router.get("/verifications/{verification_id}/decision")
async def leave_decision(request: Request, verification_id: _Id) -> Response:
    """What was ticked does not stand in the address: whoever comes here by it begins at the roster."""
    return to_page(request, _way(verification_id))


@router.post("/verifications/{verification_id}/decision", dependencies=[Depends(by_own_form)])
async def decide_lines(
    request: Request, asking: Asks, verification_id: _Id, decision: Annotated[_Code, Form()],
    row: _Grants = None, key: _Key = "",
) -> Response:  # fmt: skip
    """Ask about the lines that were ticked, and decide them after a look at what that does.

    A full page of ticks is longer than an address of ours: they come as a form, and go on with it.
    """
    roster, way = await _decided_by(asking, verification_id), _way(verification_id)
    if not row:
        return to_page(request, f"{way}?done=none")
    if not key:
        return show(request, sheet_of(roster, decision, row, way))
    return await _decide(request, asking, roster, decision, row)


async def _decide(
    request: Request, asking: Asking, roster: Verification, decision: str, grants: list[int]
) -> Response:
    """Look through the form of a decision, and have it done; no grants: all open ones."""

    async def send(typed: Mapping[str, str], key: str) -> str:
        body = body_of(roster, decision, grants, typed)
        done = await asking.change(LinesDecided, "subsidy", "/v1/verifications/decisions", body, key)
        if done.left and not done.lines:
            raise Refused("subsidy", 409, "lines-left", *NOTHING_DECIDED, *left_of(done))
        return "verified_some" if done.left else "verified"

    sheet = sheet_of(roster, decision, grants, _way(roster.verification_id))
    return await answer(request, sheet, send, lambda _: will(DECISIONS[decision], roster, grants))


def _way(verification_id: int) -> str:
    return f"verifications/{verification_id}"


async def _decided_by(asking: Asking, verification_id: int) -> Verification:
    if not may(asking.visitor, "subsidy:write"):
        raise NotOffered
    return await _roster(asking, verification_id)


async def _roster(asking: Asking, verification_id: int) -> Verification:
    """One roster. Raises NotOffered, ServiceAway and Refused."""
    if not may(asking.visitor, "subsidy:read"):
        raise NotOffered
    return await asking.get(Verification, "subsidy", f"/v1/verifications/{verification_id}")
