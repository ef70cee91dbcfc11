"""The pages of a notice: as its payers read it, whole, beside another, what is open, and what if."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from services.console.access import ONE_SITE, Asks, Context, by_own_form
from services.console.apis.asking import Asking
from services.console.apis.rules import Refused
from services.console.forms.rules import Fault, faults_of, faults_said
from services.console.notices.asking import Trial, ask, heads, listed, path_of, resting_on, trial
from services.console.notices.rules import KINDS, MECHANISMS, odd_in
from services.console.notices.schemas import (
    Differences,
    Leaflet,
    NoticeDetail,
    NoticeHead,
    WhatIf,
    WholeNotice,
    WorkedCases,
)
from services.console.pages.failing import PageRoute
from services.console.pages.rendering import page, words_of
from services.console.persons.rules import Called
from services.console.persons.words import OUTCOMES

router = APIRouter(route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False)

_County = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
_Year = Annotated[int, Path(ge=2000, le=2100)]
_Section = Annotated[str, Query(max_length=60, pattern=r"^[a-z_.]*$")]
_Before = Annotated[str, Query(max_length=45, pattern=r"^([a-z][a-z0-9-]{0,39}/[0-9]{4})?$")]
_Person = Annotated[int | None, Query(ge=1, lt=2**62)]
#: Rules that differ and are shown together; of more, one section at a time.
_MOST_TOGETHER = 60


@router.get("/notices")
async def show_notices(request: Request, asking: Asks) -> Response:
    """The notices in force, and which files have mistakes."""
    return page(request, "notices.html", listed=await listed(asking))


@router.get("/notices/{county}/{coverage_year}")
async def show_leaflet(request: Request, asking: Asks, county: _County, coverage_year: _Year) -> Response:
    """What a resident must know."""
    told = await asking.get(Leaflet, "registration", path_of(county, coverage_year, "/leaflet"))
    return await _page(request, asking, (county, coverage_year), "", "notice.html", {"leaflet": told})


@router.get("/notices/{county}/{coverage_year}/whole")
async def show_whole(
    request: Request, asking: Asks, county: _County, coverage_year: _Year, section: _Section = ""
) -> Response:
    """Every rule with its clause, a section at a time."""
    whole = await asking.get(WholeNotice, "registration", path_of(county, coverage_year, "/words"))
    chosen = next((one for one in whole.sections if one.key == section), whole.sections[0])
    return await _page(
        request, asking, (county, coverage_year), "whole", "notice-whole.html",
        {"sections": whole.sections, "chosen": chosen},
    )  # fmt: skip


@router.get("/notices/{county}/{coverage_year}/beside")
async def show_beside(
    request: Request, asking: Asks, county: _County, coverage_year: _Year,
    before: _Before = "", section: _Section = "",
) -> Response:  # fmt: skip
    """How the notice differs from the year before, or from another one."""
    known = await heads(asking)
    others = [one for one in known if (one.county, one.coverage_year) != (county, coverage_year)]
    earlier = [one for one in others if one.county == county and one.coverage_year < coverage_year]
    wanted = before or (earlier[0].key if earlier else "")
    found = None
    if wanted:
        path = path_of(county, coverage_year, "/differences")
        found = await asking.get(Differences, "registration", path, {"before": wanted})
    sections = [] if found is None else words_of(request)(found.sections_zh, found.sections)
    shown = sections
    if sum(len(one.rules) for one in sections) > _MOST_TOGETHER:
        shown = [next((one for one in sections if one.key == section), sections[0])]
    return await _page(
        request, asking, (county, coverage_year), "beside", "notice-beside.html",
        {"before": next((one for one in others if one.key == wanted), None), "others": others,
         "kinds": KINDS, "sections": sections, "shown": shown},
    )  # fmt: skip


@router.get("/notices/{county}/{coverage_year}/questions")
async def show_questions(request: Request, asking: Asks, county: _County, coverage_year: _Year) -> Response:
    """What the notice leaves open, who decides it, and what rests on it."""
    detail = await asking.get(NoticeDetail, "registration", path_of(county, coverage_year))
    whole = await asking.get(WholeNotice, "registration", path_of(county, coverage_year, "/words"))
    return await _page(
        request, asking, (county, coverage_year), "questions", "notice-questions.html",
        {"questions": detail.open_questions, "resting": resting_on(whole.sections)},
    )  # fmt: skip


@router.get("/notices/{county}/{coverage_year}/cases")
async def show_cases(request: Request, asking: Asks, county: _County, coverage_year: _Year) -> Response:
    """The worked cases, and whether each still holds."""
    cases = await asking.get(WorkedCases, "registration", path_of(county, coverage_year, "/cases"))
    return await _page(
        request, asking, (county, coverage_year), "cases", "notice-cases.html",
        {"cases": cases, "outcomes": OUTCOMES},
    )  # fmt: skip


@router.get("/notices/{county}/{coverage_year}/what-if")
async def show_what_if(
    request: Request, context: Context, asking: Asks, county: _County, coverage_year: _Year,
    person: _Person = None,
) -> Response:  # fmt: skip
    """The form for one person at one moment."""
    about = await trial(asking, county, coverage_year, person, context.clock.now())
    return _tried(request, about, about.typed, [])


@router.post("/notices/{county}/{coverage_year}/what-if", dependencies=[Depends(by_own_form)])
async def try_what_if(
    request: Request, context: Context, asking: Asks, county: _County, coverage_year: _Year,
    person: _Person = None,
) -> Response:  # fmt: skip
    """What it comes to, above the form with what was typed; nothing is stored."""
    about = await trial(asking, county, coverage_year, person, context.clock.now())
    sent = await request.form()
    typed = {one.name: str(sent.get(one.name, "")).strip() for one in about.fields}
    if faults := [*faults_of(about.fields, typed), *odd_in(typed)]:
        return _tried(request, about, typed, faults)
    try:
        found = await ask(asking, about, typed)
    except Refused as refused:
        if refused.status != 422:
            raise
        faults = faults_said(refused, about.fields)
        return _tried(request, about, typed, faults)
    called = await context.parts.calling.of(asking, about.detail)
    return _tried(request, about, typed, [], found, called)


async def _page(
    request: Request, asking: Asking, season: tuple[str, int], view: str, template: str,
    told: Mapping[str, object],
) -> Response:  # fmt: skip
    """A view of one notice. Raises Refused where there is no such notice."""
    notice = await asking.get(NoticeHead, "registration", path_of(*season))
    return page(request, template, 200, **{"notice": notice, "view": view, **told})


def _tried(
    request: Request, about: Trial, typed: Mapping[str, str], faults: list[Fault],
    found: WhatIf | None = None, called: Called | None = None,
) -> Response:  # fmt: skip
    return page(
        request, "notice-what-if.html", 422 if faults else 200, notice=about.detail, view="what-if",
        about=about, typed=typed, faults=faults, found=found, called=called, outcomes=OUTCOMES,
        mechanisms=MECHANISMS,
    )  # fmt: skip
