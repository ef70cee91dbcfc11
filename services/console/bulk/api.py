"""The page that looks through several rows before they are done, and the one with each result."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi import Query as Parameter
from starlette.datastructures import FormData
from starlette.responses import Response

from services.console.access import ONE_SITE, Asks, Context, by_own_form
from services.console.apis.asking import Asking, Query
from services.console.bulk.acting import act_on
from services.console.bulk.deciding import act_of, among, approval_acts, approval_chosen, case_chosen
from services.console.bulk.rules import ACTS, Act, Chosen, acts_of, chosen_of, keys_sent
from services.console.forms.rules import faults_of, is_key, new_key
from services.console.lists.rules import page_from
from services.console.lists.schemas import Approvals, Cases
from services.console.pages.failing import NotOffered, PageRoute
from services.console.pages.rendering import page, to_page
from services.console.session.rules import FormElsewhere, without_done
from services.console.worklists.asking import Wanted, chosen, seasons
from services.console.worklists.gathering import GATHER
from services.console.worklists.rules import LISTS, ON_A_PAGE

router = APIRouter(route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False)

_Word = Annotated[str, Parameter(max_length=60, pattern=r"^[a-z0-9_-]*$")]
_Place = Annotated[str, Parameter(max_length=12, pattern=r"^[0-9]*$")]
_After = Annotated[str, Parameter(max_length=300, pattern=r"^[A-Za-z0-9_=.:-]*$")]
_Service = Literal["registration", "collection", "subsidy", "ledger", "webhooks"]
_Kind = Annotated[str, Parameter(max_length=60, pattern=r"^[a-z0-9_]*$")]
_Id = Annotated[str, Parameter(max_length=20, pattern=r"^[0-9]*$")]
_LONGEST_NAME = 200
#: The rows of these keys as they stand.
_Rows = Callable[[list[str]], Awaitable[list[Chosen]]]


@router.post("/work/{name}", dependencies=[Depends(by_own_form)])
async def act_together(
    request: Request, asking: Asks, context: Context, name: str, season: _Word = "", part: _Word = "",
    division: _Place = "", after: _After = "",
) -> Response:  # fmt: skip
    """Look through the rows that were ticked; once that was agreed to, do each and say what became of it."""
    sent = await request.form()
    act = ACTS.get(str(sent.get("act", "")))
    if act is None or act.listed != name:
        raise HTTPException(404)
    if str(sent["act"]) not in [code for code, _ in acts_of(name, asking.visitor)]:
        raise NotOffered
    query = without_done(request.url.query)
    back = f"work/{name}" + (f"?{query}" if query else "")

    async def rows(keys: list[str]) -> list[Chosen]:
        its = chosen(await seasons(asking), season) if LISTS[name].by_season else None
        shown = part or (LISTS[name].parts[0][0] if LISTS[name].parts else "")
        wanted = Wanted(asking, its, shown, division, after, calling=context.parts.calling)
        return chosen_of(act, await GATHER[name](wanted), keys)

    return await _answer(request, asking, act, back, rows)


@router.post("/cases/{service}", dependencies=[Depends(by_own_form)])
async def decide_together(
    request: Request, asking: Asks, service: _Service, kind: _Kind, after: _Id = ""
) -> Response:
    """Decide several cases of one kind alike, or say of alerts that they were seen, after a look at them."""
    query: Query = {"kind": kind, **page_from(after)}
    found = await asking.get(Cases, service, "/v1/cases", query)
    sent = await request.form()
    code = str(sent.get("act", ""))
    act = act_of(asking.visitor, service, found.items, code)
    if act is None:
        raise NotOffered

    async def rows(keys: list[str]) -> list[Chosen]:
        return among([case_chosen(asking.visitor, service, one, code) for one in found.items], keys)

    back = f"cases/{service}?kind={kind}" + (f"&after={after}" if after else "")
    return await _answer(request, asking, act, back, rows)


@router.post("/approvals/{service}", dependencies=[Depends(by_own_form)])
async def agree_together(request: Request, asking: Asks, service: _Service, after: _Id = "") -> Response:
    """Agree to several wishes, or refuse them, each by its own rule of the second person."""
    act = _offered(approval_acts(service), await request.form())

    async def rows(keys: list[str]) -> list[Chosen]:
        query: Query = {"state": "waiting", **page_from(after)}
        found = await asking.get(Approvals, service, "/v1/approvals", query)
        return among([approval_chosen(asking.visitor, service, one) for one in found.items], keys)

    back = f"approvals/{service}" + (f"?after={after}" if after else "")
    return await _answer(request, asking, act, back, rows)


def _offered(acts: Mapping[str, Act], sent: FormData) -> Act:
    act = acts.get(str(sent.get("act", "")))
    if act is None:
        raise NotOffered
    return act


async def _answer(request: Request, asking: Asking, act: Act, back: str, rows: _Rows) -> Response:
    """The page that looks through the rows that were ticked, or the one with what became of each."""
    sent = await request.form()
    keys = keys_sent(sent.getlist("row"))[:ON_A_PAGE]
    if not keys:
        return to_page(request, f"{back}{'&' if '?' in back else '?'}done=none")
    typed = {one.name: str(sent.get(one.name, "")).strip() for one in act.fields}
    key, agreed = str(sent.get("key", "")), sent.get("sure") == "yes"
    faults = faults_of(act.fields, typed) if agreed else []
    shown: dict[str, Any] = {"act": act, "code": str(sent["act"]), "back": back}
    shown |= {"typed": typed, "faults": faults}
    if agreed and not faults:
        if not is_key(key):
            raise FormElsewhere
        named = [(one, str(sent.get(f"what-{one}", one))[:_LONGEST_NAME]) for one in keys]
        outcomes = await act_on(asking, act, named, typed, key)
        return page(request, "bulk-done.html", outcomes=outcomes, **shown)
    picked = await rows(keys)
    return page(
        request, "bulk.html", 422 if faults else 200, able=[one for one in picked if not one.pick.cannot_zh],
        unable=[one for one in picked if one.pick.cannot_zh], key=key if faults else new_key(), **shown,
    )  # fmt: skip
