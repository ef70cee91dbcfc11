"""The page of a bulletin, signed or refused there; and the reports that are due, drafted by who may."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Path, Request
from fastapi import Query as Parameter
from starlette.responses import Response

from services.console.access import ONE_SITE, Asks, by_own_form
from services.console.apis.asking import Asking, Query
from services.console.bulletins.schemas import Bulletin, Drafted, Due, DueReports
from services.console.bulletins.showing import (
    decided,
    drafting,
    drafts_will,
    due_page,
    refuses_will,
    refusing,
    shown,
    signing,
    signs_will,
    way_of,
)
from services.console.decisions.schemas import Done
from services.console.forms.answering import Does, answer, show
from services.console.home.rules import may
from services.console.pages.failing import NotOffered, PageRoute
from services.console.pages.rendering import page, to_page
from services.console.session.rules import Visitor
from services.console.worklists.asking import chosen, seasons

router = APIRouter(
    prefix="/bulletins", route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False
)

_Id = Annotated[int, Path(ge=1, lt=2**62)]
_County = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
_Year = Annotated[int, Path(ge=2003, le=2100)]
_Kind = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,59}$")]
_Word = Annotated[str, Parameter(max_length=60, pattern=r"^[a-z0-9_-]*$")]
_Format = Annotated[Literal["html", "pdf", "xlsx"], Parameter()]
_Audience = Annotated[Literal["offices", "public"], Parameter()]


@router.get("/due")
async def list_due(request: Request, asking: Asks, season: _Word = "") -> Response:
    """What the notice of a season asks for, and what has become of it."""
    its = chosen(await seasons(asking), season)
    if its is None:
        raise HTTPException(404)
    reports = await _due(asking, its.county, its.coverage_year)
    return page(
        request, "object.html", shown=due_page(its, reports, drafts=may(asking.visitor, "progress:write"))
    )


@router.get("/drafts/{county}/{year}/{kind}")
async def show_draft(
    request: Request, asking: Asks, county: _County, year: _Year, kind: _Kind, period_to: date | None = None
) -> Response:
    """The form that drafts a bulletin."""
    report = await _report(asking, county, year, kind, period_to)
    return show(request, drafting(county, year, report, period_to))


@router.post("/drafts/{county}/{year}/{kind}", dependencies=[Depends(by_own_form)])
async def draft(
    request: Request, asking: Asks, county: _County, year: _Year, kind: _Kind, period_to: date | None = None
) -> Response:
    """Draft it, after a look at what that does; somebody else signs it."""
    report = await _report(asking, county, year, kind, period_to)

    async def send(typed: Mapping[str, str], key: str) -> str:
        up_to = period_to.isoformat() if period_to else typed["period_to"]
        body = {"county": county, "coverage_year": year, "kind": kind, "period_to": up_to}
        await asking.change(Drafted, "registration", "/v1/bulletins", body, key)
        return "drafted"

    sheet = drafting(county, year, report, period_to)
    return await answer(request, sheet, send, lambda typed: drafts_will(typed, period_to))


@router.get("/{bulletin_id}")
async def show_bulletin(request: Request, asking: Asks, bulletin_id: _Id) -> Response:
    """A bulletin with its figures, and for who may sign it the two forms."""
    one = await _bulletin(asking, bulletin_id)
    return page(request, "object.html", shown=shown(one, signs=_signs(asking.visitor, one)))


@router.get("/{bulletin_id}/file")
async def open_file(
    asking: Asks, bulletin_id: _Id, format: _Format = "html", audience: _Audience = "offices"
) -> Response:
    """The bulletin as it is printed, or hangs on a village board."""
    query: Query = {"format": format, "audience": audience}
    return await asking.file("registration", f"/v1/bulletins/{bulletin_id}/file", query)


@router.get("/{bulletin_id}/sign")
async def show_signing(request: Request, asking: Asks, bulletin_id: _Id) -> Response:
    """The form that signs it; one that is signed or refused already is shown as it is."""
    one = await _to_decide(asking, bulletin_id)
    if not _signs(asking.visitor, one):
        return to_page(request, way_of(bulletin_id))
    return show(request, signing(one))


@router.post("/{bulletin_id}/sign", dependencies=[Depends(by_own_form)])
async def sign(request: Request, asking: Asks, bulletin_id: _Id) -> Response:
    """Sign it, after a look at what that does. Who sends it twice is told the same twice."""
    one = await _to_decide(asking, bulletin_id)
    send = _decides(asking, bulletin_id, "sign", "bulletin_signed")
    return await answer(request, signing(one), send, signs_will)


@router.get("/{bulletin_id}/refuse")
async def show_refusing(request: Request, asking: Asks, bulletin_id: _Id) -> Response:
    """The form that refuses it with a reason."""
    one = await _to_decide(asking, bulletin_id)
    if not _signs(asking.visitor, one):
        return to_page(request, way_of(bulletin_id))
    return show(request, refusing(one))


@router.post("/{bulletin_id}/refuse", dependencies=[Depends(by_own_form)])
async def refuse(request: Request, asking: Asks, bulletin_id: _Id) -> Response:
    """Refuse it, after a look at what that does."""
    one = await _to_decide(asking, bulletin_id)
    send = _decides(asking, bulletin_id, "refuse", "bulletin_refused")
    return await answer(request, refusing(one), send, refuses_will)


def _decides(asking: Asking, bulletin_id: int, what: str, done: str) -> Does:
    async def send(typed: Mapping[str, str], key: str) -> str:
        path = f"/v1/bulletins/{bulletin_id}/{what}"
        await asking.change(Done, "registration", path, decided(typed), key)
        return done

    return send


def _signs(visitor: Visitor, one: Bulletin) -> bool:
    """Whether a visitor is offered to sign: nobody signs what they drafted themselves."""
    return one.state == "draft" and may(visitor, "progress:sign") and one.drafted_by != visitor.name


async def _to_decide(asking: Asking, bulletin_id: int) -> Bulletin:
    if not may(asking.visitor, "progress:sign"):
        raise NotOffered
    return await _bulletin(asking, bulletin_id)


async def _bulletin(asking: Asking, bulletin_id: int) -> Bulletin:
    return await asking.get(Bulletin, "registration", f"/v1/bulletins/{bulletin_id}")


async def _due(asking: Asking, county: str, year: int) -> list[Due]:
    query: Query = {"county": county, "coverage_year": year}
    return (await asking.get(DueReports, "registration", "/v1/bulletins/due", query)).items


async def _report(asking: Asking, county: str, year: int, kind: str, period_to: date | None) -> Due:
    """The report that is to be drafted, as the notice has it. Raises NotOffered, ServiceAway and Refused."""
    if not may(asking.visitor, "progress:write"):
        raise NotOffered
    for one in await _due(asking, county, year):
        if one.kind == kind and (period_to is None or one.period_to in (None, period_to)):
            return one
    raise HTTPException(404)
