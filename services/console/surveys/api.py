"""The page where a village writes down what somebody on its list answered, and what is to be done next."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi import Query as Parameter
from starlette.responses import Response

from services.console.access import ONE_SITE, Asks, Context, by_own_form
from services.console.apis.asking import Asking
from services.console.apis.rules import Refused, absent
from services.console.bulk.rules import key_of
from services.console.forms.answering import answer, show
from services.console.forms.rules import Sheet
from services.console.home.rules import may
from services.console.pages.failing import NotOffered, PageRoute
from services.console.receipts.rules import written
from services.console.session.rules import page_after
from services.console.surveys.filling import answer_sheet
from services.console.surveys.rules import answer_body, step_body
from services.console.surveys.schemas import Kept, Listed, ListedPage

router = APIRouter(route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False)

_County = Annotated[str, Path(pattern=r"^[a-z0-9_]{1,40}$")]
_Year = Annotated[int, Path(ge=1990, le=2100)]
_Who = Annotated[int, Parameter(ge=0, lt=2**62)]
_Village = Annotated[str, Parameter(pattern=r"^[0-9]{12}$")]
_Then = Annotated[str, Parameter(max_length=500)]
#: The form asks both; each is done once under a key of its own.
_STEP, _ANSWER = "/v1/chases/steps", "/v1/surveys/answers"


async def _listed(
    asking: Asks, county: _County, coverage_year: _Year, village: _Village, row: _Who = 0, person: _Who = 0
) -> Listed:
    """Who it is about, as the list has them; the service records the look."""
    if not may(asking.visitor, "survey:write"):
        raise NotOffered
    if not (row or person):
        raise absent("registration")
    season = {"county": county, "coverage_year": coverage_year, "division_code": village}
    body = season | ({"row_id": row} if row else {"person_id": person}) | {"purpose": "console"}
    path = "/v1/surveys/search"
    found = (await asking.post(ListedPage, "registration", path, body, {"limit": 1})).items
    if not found:
        raise absent("registration")
    return found[0]


_Somebody = Annotated[Listed, Depends(_listed)]


@router.get("/surveys/{county}/{coverage_year}/answer")
async def show_answer(
    request: Request, context: Context, asking: Asks, county: _County, coverage_year: _Year,
    listed: _Somebody, then: _Then = "",
) -> Response:  # fmt: skip
    """The form, with the instant and the usual way filled in."""
    sheet = _sheet(asking, listed, f"{county}-{coverage_year}", then)
    return show(request, sheet, {"said_at": written(context.clock.now()), "means": "visit"})


@router.post("/surveys/{county}/{coverage_year}/answer", dependencies=[Depends(by_own_form)])
async def keep_answer(
    request: Request, asking: Asks, county: _County, coverage_year: _Year, listed: _Somebody, then: _Then = ""
) -> Response:
    """Keep the contact, which is refused while another officer is on it, and only then the answer."""
    who = {"row_id": listed.row_id} if listed.row_id is not None else {"person_id": listed.person_id}
    season = {"county": county, "coverage_year": coverage_year}

    async def keep(typed: Mapping[str, str], key: str) -> str:
        if (step := step_body(typed)) is not None:
            await _send(asking, _STEP, season | {"steps": [who | step]}, key_of(key, _STEP))
        if (said := answer_body(typed)) is not None:
            await _send(asking, _ANSWER, season | {"answers": [who | said]}, key_of(key, _ANSWER))
        return "asked_there"

    return await answer(request, _sheet(asking, listed, f"{county}-{coverage_year}", then), keep)


def _sheet(asking: Asking, listed: Listed, season: str, then: str) -> Sheet:
    back = page_after(then) or f"work/unpaid?season={season}"
    return answer_sheet(listed, asking.visitor.name, back)


async def _send(asking: Asking, path: str, body: Mapping[str, object], key: str) -> None:
    """Have one row kept. Raises Refused with why where it was not: a batch of rows is not refused for one."""
    kept = await asking.change(Kept, "registration", path, body, key)
    for one in kept.rejected:
        why = one.problem
        raise Refused(
            "registration", why.status, why.type.rpartition(":")[2], why.title, why.title_zh, why.detail,
            why.detail_zh, tuple(why.errors),
        )  # fmt: skip
