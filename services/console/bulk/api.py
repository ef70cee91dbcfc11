"""The page that looks through several rows before they are done, and the one with each result."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi import Query as Parameter
from starlette.responses import Response

from services.console.access import ONE_SITE, Asks, by_own_form
from services.console.bulk.acting import act_on
from services.console.bulk.rules import ACTS, acts_of, chosen_of, keys_sent
from services.console.forms.rules import faults_of, is_key, new_key
from services.console.pages.failing import NotOffered, PageRoute
from services.console.pages.rendering import page, to_page
from services.console.session.rules import FormElsewhere
from services.console.worklists.asking import Wanted, chosen, seasons
from services.console.worklists.gathering import GATHER
from services.console.worklists.rules import LISTS, ON_A_PAGE

router = APIRouter(route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False)

_Word = Annotated[str, Parameter(max_length=60, pattern=r"^[a-z0-9_-]*$")]
_Place = Annotated[str, Parameter(max_length=12, pattern=r"^[0-9]*$")]
_After = Annotated[str, Parameter(max_length=300, pattern=r"^[A-Za-z0-9_=.:-]*$")]
_LONGEST_NAME = 200


@router.post("/work/{name}", dependencies=[Depends(by_own_form)])
async def act_together(
    request: Request, asking: Asks, name: str, season: _Word = "", part: _Word = "", division: _Place = "",
    after: _After = "",
) -> Response:  # fmt: skip
    """Look through the rows that were ticked; once that was agreed to, do each and say what became of it."""
    sent = await request.form()
    act = ACTS.get(str(sent.get("act", "")))
    if act is None or act.listed != name:
        raise HTTPException(404)
    if str(sent["act"]) not in [code for code, _ in acts_of(name, asking.visitor)]:
        raise NotOffered
    back = f"work/{name}" + (f"?{request.url.query}" if request.url.query else "")
    keys = keys_sent(sent.getlist("row"))[:ON_A_PAGE]
    if not keys:
        return to_page(request, f"{back}{'&' if '?' in back else '?'}done=none")
    typed = {one.name: str(sent.get(one.name, "")).strip() for one in act.fields}
    key, agreed = str(sent.get("key", "")), sent.get("sure") == "yes"
    faults = faults_of(act.fields, typed) if agreed else []
    shown: dict[str, Any] = {
        "act": act,
        "code": str(sent["act"]),
        "back": back,
        "typed": typed,
        "faults": faults,
    }
    if agreed and not faults:
        if not is_key(key):
            raise FormElsewhere
        rows = [(one, str(sent.get(f"what-{one}", one))[:_LONGEST_NAME]) for one in keys]
        outcomes = await act_on(asking, act, rows, typed, key)
        return page(request, "bulk-done.html", outcomes=outcomes, **shown)
    its = chosen(await seasons(asking), season) if LISTS[name].by_season else None
    part = part or (LISTS[name].parts[0][0] if LISTS[name].parts else "")
    picked = chosen_of(act, await GATHER[name](Wanted(asking, its, part, division, after)), keys)
    status = 422 if faults else 200
    return page(
        request, "bulk.html", status, able=[one for one in picked if not one.pick.cannot_zh],
        unable=[one for one in picked if one.pick.cannot_zh], key=key if faults else new_key(), **shown,
    )  # fmt: skip
