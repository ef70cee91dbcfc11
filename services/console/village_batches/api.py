"""The page of a village's batch, and the forms of those who make it, mend it, look at it or take it back."""

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Path, Request
from fastapi import Query as Parameter
from starlette.responses import Response

from libs.common.clock import business_date
from services.console.access import ONE_SITE, Asks, Context, by_own_form
from services.console.apis.asking import Asking
from services.console.forms.answering import show
from services.console.forms.doing import Deed, carry_out
from services.console.forms.rules import Fact
from services.console.home.rules import may
from services.console.lists.rules import page_from
from services.console.pages.failing import NotOffered, PageRoute
from services.console.pages.rendering import page
from services.console.receipts.schemas import Collectors
from services.console.village_batches import asking as ask
from services.console.village_batches.filling_line import Again, filled, replace_deed
from services.console.village_batches.filling_office import pass_deed, return_deed, reverse_deed
from services.console.village_batches.filling_village import (
    add_deed,
    discard_deed,
    leave_deed,
    new_deed,
    submit_deed,
)
from services.console.village_batches.showing import Looked, batch_page, choice_page
from services.console.village_batches.standing import LOOKS, may_replace, step_of
from services.console.worklists.asking import seasons

router = APIRouter(
    prefix="/village-batches", route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False
)

_Id = Annotated[int, Path(ge=1, lt=2**62)]
_LineNo = Annotated[int, Path(ge=1, le=10**6)]
_Chosen = Annotated[int, Parameter(ge=1, lt=2**62)]
_Year = Annotated[int, Parameter(ge=2000, le=2100)]
_After = Annotated[str, Parameter(max_length=20, pattern=r"^[0-9]*$")]
_Step = Annotated[str, Parameter(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
_Round = Annotated[int, Parameter(ge=1, le=10**6)]
#: Whom a line is for, 0 where nobody is known: a form that is sent twice asks for the same twice.
_People = Annotated[str, Parameter(max_length=500, pattern=r"^[0-9]{1,18}(\.[0-9]{1,18}){0,49}$")]
_VILLAGE: dict[str, Callable[[Looked], Deed]] = {"submit": submit_deed, "discard": discard_deed}


async def _looked(asking: Asks, context: Context, batch_id: _Id) -> Looked:
    batch = await ask.batch_at(asking, batch_id)
    title = await ask.title_of(asking, batch.collector_id)
    return Looked(asking.visitor, batch, title, business_date(context.clock.now()))


async def _village(asking: Asks) -> None:
    """Who takes money by hand. Raises NotOffered."""
    if not may(asking.visitor, "cash:write"):
        raise NotOffered


_Looks = Annotated[Looked, Depends(_looked)]
_BY_VILLAGE = Depends(_village)
_OWN_FORM = Depends(by_own_form)


@router.get("/new", dependencies=[_BY_VILLAGE])
async def show_new(
    request: Request, asking: Asks, collector: _Chosen | None = None, year: _Year | None = None
) -> Response:
    """What a new batch of a collector would have on it; where none is chosen, which there are."""
    if collector is None or year is None:
        known = await asking.get(Collectors, "collection", "/v1/collectors", {"limit": 500})
        shown = choice_page(known.items, await seasons(asking))
        return page(request, "object.html", shown=shown)
    return show(request, (await _new(asking, collector, year)).sheet)


@router.post("/new", dependencies=[_OWN_FORM, _BY_VILLAGE])
async def make(request: Request, asking: Asks, collector: _Chosen, year: _Year) -> Response:
    """Make it, once."""
    return await carry_out(request, asking, await _new(asking, collector, year))


async def _new(asking: Asking, collector_id: int, year: int) -> Deed:
    free = await ask.free_receipts(asking, collector_id, year)
    title = await ask.title_of(asking, collector_id)
    facts = [
        Fact("收缴点", "Collector", title, title),
        Fact("参保年度", "Coverage year", f"{year} 年度", str(year)),
        Fact("未编入批次的收据", "Receipts in no batch", f"{len(free):,} 张", f"{len(free):,}"),
    ]
    return new_deed(collector_id, year, free, facts)


@router.get("/{batch_id}")
async def show_batch(request: Request, asking: Asks, looked: _Looks, after: _After = "") -> Response:
    """The whole story of a batch; the look at its people is recorded."""
    lines = await ask.lines_at(asking, looked.batch.batch_id, page_from(after))
    return page(request, "object.html", shown=batch_page(looked, lines))


@router.get("/{batch_id}/add", dependencies=[_BY_VILLAGE])
async def show_add(request: Request, asking: Asks, looked: _Looks) -> Response:
    """Receipts that are in no batch yet, to be ticked."""
    return show(request, (await _add(request, asking, looked)).sheet)


@router.post("/{batch_id}/add", dependencies=[_OWN_FORM, _BY_VILLAGE])
async def add(request: Request, asking: Asks, looked: _Looks) -> Response:
    """Put what was ticked into the batch, once."""
    return await carry_out(request, asking, await _add(request, asking, looked))


async def _add(request: Request, asking: Asking, looked: Looked) -> Deed:
    batch = looked.batch
    free = await ask.free_receipts(asking, batch.collector_id, batch.coverage_year)
    sent = list(await request.form()) if request.method == "POST" else []
    return add_deed(looked, free, sent)


@router.get("/{batch_id}/lines/{line_no}/leave", dependencies=[_BY_VILLAGE])
async def show_leave(request: Request, asking: Asks, looked: _Looks, line_no: _LineNo) -> Response:
    """The form that leaves a line out, or gives its money back."""
    return show(request, (await _leave(asking, looked, line_no)).sheet, {"kind": "leave_out"})


@router.post("/{batch_id}/lines/{line_no}/leave", dependencies=[_OWN_FORM, _BY_VILLAGE])
async def leave(request: Request, asking: Asks, looked: _Looks, line_no: _LineNo) -> Response:
    """Do so, once."""
    return await carry_out(request, asking, await _leave(asking, looked, line_no))


async def _leave(asking: Asking, looked: Looked, line_no: int) -> Deed:
    line = await ask.line_at(asking, looked.batch.batch_id, line_no)
    gives_back = line is None or may_replace(asking.visitor, looked.batch, line_no)
    return leave_deed(looked, line_no, line, gives_back=gives_back)


@router.get("/{batch_id}/lines/{line_no}/replace", dependencies=[_BY_VILLAGE])
async def show_replace(
    request: Request, asking: Asks, looked: _Looks, line_no: _LineNo, people: _People
) -> Response:
    """The form that writes a line down anew, with what stands there."""
    again, line = _again(looked, line_no, people), await ask.line_at(asking, looked.batch.batch_id, line_no)
    if line is None or len(line.persons) != len(again.people):
        raise HTTPException(404)
    return show(request, replace_deed(looked, again, line).sheet, filled(again, line))


@router.post("/{batch_id}/lines/{line_no}/replace", dependencies=[_OWN_FORM, _BY_VILLAGE])
async def replace(
    request: Request, asking: Asks, looked: _Looks, line_no: _LineNo, people: _People
) -> Response:
    """Write it down anew, once."""
    line = await ask.line_at(asking, looked.batch.batch_id, line_no)
    return await carry_out(request, asking, replace_deed(looked, _again(looked, line_no, people), line))


def _again(looked: Looked, line_no: int, people: str) -> Again:
    return Again(line_no, [int(one) for one in people.split(".")], looked.batch.paper)


@router.get("/{batch_id}/{act}")
async def show_act(
    request: Request, looked: _Looks, act: Literal["submit", "discard", "pass", "return", "reverse"],
    step: _Step = "submit", round_no: Annotated[_Round, Parameter(alias="round")] = 1,
) -> Response:  # fmt: skip
    """The form of something that is done to the whole batch."""
    return show(request, _deed(looked, act, step, round_no).sheet)


@router.post("/{batch_id}/{act}", dependencies=[_OWN_FORM])
async def do_act(
    request: Request, asking: Asks, looked: _Looks,
    act: Literal["submit", "discard", "pass", "return", "reverse"],
    step: _Step = "submit", round_no: Annotated[_Round, Parameter(alias="round")] = 1,
) -> Response:  # fmt: skip
    """Have it done, once, to what was seen: a step and round that are over refuse it."""
    return await carry_out(request, asking, _deed(looked, act, step, round_no))


def _deed(looked: Looked, act: str, step_id: str, round_no: int) -> Deed:
    """What the visitor's role may ask for; how the batch stands the service judges. Raises NotOffered."""
    visitor = looked.visitor
    if act in _VILLAGE:
        if not may(visitor, "cash:write"):
            raise NotOffered
        return _VILLAGE[act](looked)
    if act == "reverse":
        if not may(visitor, "collection:write"):
            raise NotOffered
        return reverse_deed(looked)
    step = step_of(looked.batch, step_id)
    if step is None or step.kind not in LOOKS or step.owner != visitor.role:
        raise NotOffered
    return (pass_deed if act == "pass" else return_deed)(looked, step, round_no)
