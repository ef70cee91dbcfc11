"""Pages of numbered paper: a range of numbers with its story, and the forms that move it."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Request
from fastapi import Query as Parameter
from starlette.responses import Response

from services.console.access import ONE_SITE, Asks, by_own_form
from services.console.apis.asking import Asking
from services.console.apis.rules import absent
from services.console.books import asking as ask
from services.console.books.filling import declare_deed, hand_on_deed, receive_deed, return_deed
from services.console.books.naming import TITLES
from services.console.books.rules import filled_in, may_move, sees, way
from services.console.books.schemas import Move
from services.console.books.showing import facts_of, nothing_page, range_page
from services.console.forms.answering import answer, show
from services.console.forms.doing import Deed, carry_out
from services.console.lists.rules import page_from
from services.console.pages.failing import NotOffered, PageRoute
from services.console.pages.rendering import page, to_page

router = APIRouter(prefix="/books", route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False)

_Code = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
_Kind = Annotated[str, Path(max_length=20, pattern=r"^[a-z_]+$")]
_No = Annotated[str, Parameter(pattern=r"^[!-~\u4e00-\u9fff]{1,40}$")]
_After = Annotated[str, Parameter(max_length=20, pattern=r"^[0-9]*$")]


async def _paper(asking: Asks, county: _Code, voucher: _Code) -> ask.Paper:
    """The paper, for who sees numbers at all. Raises NotOffered."""
    if not sees(asking.visitor):
        raise NotOffered
    return await ask.paper_at(asking, county, voucher)


_Paper = Annotated[ask.Paper, Depends(_paper)]
_OWN_FORM = Depends(by_own_form)


async def _papers(asking: Asks) -> list[ask.Paper]:
    """The paper that can be received. Raises NotOffered."""
    if not may_move(asking.visitor, "received"):
        raise NotOffered
    return await ask.newest_papers(asking)


_Papers = Annotated[list[ask.Paper], Depends(_papers)]


@router.get("/received")
async def show_receive(request: Request, asking: Asks, papers: _Papers) -> Response:
    """The form for new paper."""
    if not papers:
        return page(request, "object.html", shown=nothing_page())
    return show(request, receive_deed(asking.visitor, papers).sheet)


@router.post("/received", dependencies=[_OWN_FORM])
async def receive(request: Request, asking: Asks, papers: _Papers) -> Response:
    """Enter it, once."""
    if not papers:
        raise absent("collection")
    return await carry_out(request, asking, receive_deed(asking.visitor, papers))


@router.get("/{county}/{voucher}")
async def show_range(request: Request, asking: Asks, paper: _Paper, no: _No, after: _After = "") -> Response:
    """The range that has a number, with what happened to it."""
    held = await ask.stretch_at(asking, paper, no)
    if held is None:
        raise absent("collection")
    moves = await ask.moves_at(asking, paper, no, page_from(after))
    titles = await _titles(asking, paper)
    return page(request, "object.html", shown=range_page(asking.visitor, paper, held, moves, titles))


@router.get("/{county}/{voucher}/{kind}")
async def show_move(request: Request, asking: Asks, paper: _Paper, kind: _Kind, no: _No) -> Response:
    """The form of a move, with the whole range filled in unless it would be taken out of use."""
    held = await ask.stretch_at(asking, paper, no)
    if held is None:
        raise absent("collection")
    deed = await _deed(asking, paper, kind, no)
    return show(request, deed.sheet, filled_in(kind, held.first_no, held.last_no))


@router.post("/{county}/{voucher}/{kind}", dependencies=[_OWN_FORM])
async def move(request: Request, asking: Asks, paper: _Paper, kind: _Kind, no: _No) -> Response:
    """Move them, once; then their page, unless whoever returns them sees them no more."""
    deed, moved = await _deed(asking, paper, kind, no), list[str]()

    async def send(typed: Mapping[str, str], key: str) -> str:
        done = await asking.change(Move, "collection", deed.path, deed.body(typed), key)
        moved.append(done.first_no)
        return deed.done

    answered = await answer(request, deed.sheet, send, deed.will)
    if not moved or kind == "returned":
        return answered
    return to_page(request, f"{way(paper.season.county, paper.voucher, moved[0])}&done={deed.done}")


async def _deed(asking: Asking, paper: ask.Paper, kind: str, no: str) -> Deed:
    if kind not in TITLES:
        raise HTTPException(404)
    if not may_move(asking.visitor, kind):
        raise NotOffered
    held = await ask.stretch_at(asking, paper, no)
    collectors = await ask.collectors_of(asking, paper.season.county)
    facts = facts_of(paper, held, {one.collector_id: one.title for one in collectors})
    if kind == "handed_on":
        return hand_on_deed(paper, no, collectors, facts)
    if kind == "returned":
        return return_deed(paper, asking.visitor, held, facts)
    return declare_deed(paper, kind, no, held, facts)


async def _titles(asking: Asking, paper: ask.Paper) -> dict[int, str]:
    found = await ask.collectors_of(asking, paper.season.county)
    return {one.collector_id: one.title for one in found}
