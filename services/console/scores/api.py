"""The page of a season's score sheet, frozen and signed there; and its units, about which is entered."""

from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Path, Request
from fastapi import Query as Parameter
from starlette.responses import Response

from services.console.access import ONE_SITE, Asks, by_own_form
from services.console.apis.asking import Asking
from services.console.decisions.schemas import Done
from services.console.forms.answering import answer, show
from services.console.home.rules import may
from services.console.pages.failing import NotOffered, PageRoute
from services.console.pages.rendering import page, to_page
from services.console.scores import filling
from services.console.scores.asking import season_of, sheet_of, unit_of, waiting_of
from services.console.scores.naming import way_of
from services.console.scores.schemas import Kept, ScoreSheet, Verification
from services.console.scores.showing import sheet_page, unit_page, verification_page

router = APIRouter(
    prefix="/scores/{county}/{year}", route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False
)

_County = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
_Year = Annotated[int, Path(ge=2003, le=2100)]
_Division = Annotated[str, Path(pattern=r"^[0-9]{12}$")]
_Kind = Literal["judged", "incident", "budget"]
_Format = Annotated[Literal["html", "xlsx"], Parameter()]
_Word = Annotated[Literal["sign", "refuse"], Path()]
_OWN_FORM = [Depends(by_own_form)]


@router.get("")
async def show_sheet(request: Request, asking: Asks, county: _County, year: _Year) -> Response:
    """The sheet that stands, and what an officer of scores may do about it."""
    if not may(asking.visitor, "progress:read"):
        raise NotOffered
    sheet = await sheet_of(asking, county, year)
    scores = may(asking.visitor, "scores:write")
    kept = await waiting_of(asking, county, year) if scores and sheet.state == "waiting" else None
    signs = kept is not None and kept.asked_by != asking.visitor.name
    return page(request, "object.html", shown=sheet_page(sheet, scores=scores, signs=signs))


@router.get("/file")
async def open_file(asking: Asks, county: _County, year: _Year, format: _Format = "html") -> Response:
    """The sheet as it is printed and signed, or as a table."""
    if not may(asking.visitor, "progress:read"):
        raise NotOffered
    return await asking.file("registration", "/v1/scores", {**season_of(county, year), "format": format})


@router.get("/verification")
async def show_verification(request: Request, asking: Asks, county: _County, year: _Year) -> Response:
    """The frozen sheet computed again from what was kept."""
    if not may(asking.visitor, "progress:read"):
        raise NotOffered
    sheet = await sheet_of(asking, county, year)
    if sheet.sheet_id is None:
        raise HTTPException(404)
    path = f"/v1/scores/sheets/{sheet.sheet_id}/verification"
    found = await asking.get(Verification, "registration", path)
    return page(request, "object.html", shown=verification_page(county, year, found))


@router.get("/freeze")
async def show_freezing(request: Request, asking: Asks, county: _County, year: _Year) -> Response:
    """The form that freezes the sheet; one that is frozen already is shown as it is."""
    sheet = await _to_score(asking, county, year)
    if sheet.state != "provisional":
        return to_page(request, way_of(county, year))
    return show(request, filling.freezing(sheet))


@router.post("/freeze", dependencies=_OWN_FORM)
async def freeze(request: Request, asking: Asks, county: _County, year: _Year) -> Response:
    """Freeze it, after a look at what that does; another officer signs."""
    sheet = await _to_score(asking, county, year)

    async def send(typed: Mapping[str, str], key: str) -> str:
        body = {**season_of(county, year), "reason": typed["reason"]}
        await asking.change(Done, "registration", "/v1/scores/sheets", body, key)
        return "frozen"

    return await answer(
        request, filling.freezing(sheet), send, lambda typed: filling.freezes_will(sheet, typed)
    )


@router.get("/units/{division}")
async def show_unit(
    request: Request, asking: Asks, county: _County, year: _Year, division: _Division
) -> Response:
    """One unit, item by item."""
    if not may(asking.visitor, "progress:read"):
        raise NotOffered
    sheet, unit = await unit_of(asking, county, year, division)
    enters = may(asking.visitor, "scores:write")
    return page(request, "object.html", shown=unit_page(sheet, unit, enters=enters))


@router.get("/units/{division}/{kind}")
async def show_entering(
    request: Request, asking: Asks, county: _County, year: _Year, division: _Division, kind: _Kind
) -> Response:
    """The form that enters something about a unit."""
    if not may(asking.visitor, "scores:write"):
        raise NotOffered
    sheet, unit = await unit_of(asking, county, year, division)
    return show(request, filling.entering(sheet.document, unit, kind))


@router.post("/units/{division}/{kind}", dependencies=_OWN_FORM)
async def enter(
    request: Request, asking: Asks, county: _County, year: _Year, division: _Division, kind: _Kind
) -> Response:
    """Enter it, after a look at what that does; a second person agrees."""
    if not may(asking.visitor, "scores:write"):
        raise NotOffered
    sheet, unit = await unit_of(asking, county, year, division)

    async def send(typed: Mapping[str, str], key: str) -> str:
        body = filling.entry_of(sheet.document, unit, kind, typed)
        await asking.change(Done, "registration", "/v1/scores/entries", body, key)
        return "asked"

    form = filling.entering(sheet.document, unit, kind)
    return await answer(request, form, send, lambda typed: filling.enters_will(unit, kind, typed))


@router.get("/{word}")
async def show_answering(
    request: Request, asking: Asks, county: _County, year: _Year, word: _Word
) -> Response:
    """The form of the second person; a sheet that does not wait for the visitor is shown as it is."""
    sheet = await _to_score(asking, county, year)
    kept = await waiting_of(asking, county, year)
    if kept is None or kept.asked_by == asking.visitor.name:
        return to_page(request, way_of(county, year))
    return show(request, filling.answering(sheet, kept, signs=word == "sign"))


@router.post("/{word}", dependencies=_OWN_FORM)
async def answer_sheet(request: Request, asking: Asks, county: _County, year: _Year, word: _Word) -> Response:
    """Sign it or send it back, after a look at what that does. Who sends it twice is told so."""
    sheet = await _to_score(asking, county, year)
    kept, signs = await waiting_of(asking, county, year), word == "sign"
    if kept is None or kept.asked_by == asking.visitor.name:
        return to_page(request, way_of(county, year))
    code = "approve" if signs else "reject"

    async def send(typed: Mapping[str, str], key: str) -> str:
        path = f"/v1/approvals/{_waits(kept)}/{code}"
        await asking.change(Done, "registration", path, {"note": typed["note"] or None}, key)
        return "sheet_signed" if signs else "sheet_refused"

    form = filling.answering(sheet, kept, signs=signs)
    return await answer(request, form, send, lambda typed: filling.answers_will(sheet, typed, signs=signs))


def _waits(kept: Kept) -> int:
    assert kept.approval_id is not None, "it waits"
    return kept.approval_id


async def _to_score(asking: Asking, county: str, year: int) -> ScoreSheet:
    """The sheet, for who may freeze or sign it. Raises NotOffered, ServiceAway and Refused."""
    if not may(asking.visitor, "scores:write"):
        raise NotOffered
    return await sheet_of(asking, county, year)
