"""The page of a handover, the papers of its parties, and the forms about them, each for whose work it is."""

from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Path, Request
from fastapi import Query as Parameter
from starlette.responses import Response

from services.console.access import ONE_SITE, Asks, Signed, by_own_form
from services.console.apis.asking import Asking
from services.console.apis.rules import absent
from services.console.decisions.schemas import Done
from services.console.files.handing import hand_in, show_file_form
from services.console.files.sending import Sent, closed_after
from services.console.forms.answering import answer, show
from services.console.handovers.gathering import Way, Whole, paper_of, state_of, whole
from services.console.handovers.rules import own_party
from services.console.handovers.schemas import Paper, PaperSigned, PartyState, Section, Verification
from services.console.handovers.showing import PARTS, shown, verified
from services.console.handovers.showing_papers import (
    as_given,
    entering,
    enters_will,
    figures_body,
    figures_form,
    paper_page,
    paper_way,
    sealing,
    seals_will,
    signing,
    signs_will,
)
from services.console.home.rules import may
from services.console.pages.failing import NotOffered, PageRoute
from services.console.pages.rendering import page, to_page
from services.console.session.rules import Visitor

router = APIRouter(
    prefix="/handovers/{county}/{year}/{deadline_id}", route_class=PageRoute, dependencies=[ONE_SITE],
    include_in_schema=False,
)  # fmt: skip

_Party = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
_Section = Annotated[str, Path(pattern=r"^[a-z][a-z_]{0,39}$")]
_Township = Annotated[str, Path(pattern=r"^[0-9]{9}000$")]
_Word = Annotated[str, Parameter(max_length=20, pattern=r"^[a-z]*$")]
_Hash = Annotated[str, Parameter(pattern=r"^([0-9a-f]{64})?$")]
_Format = Annotated[Literal["html", "pdf", "xlsx"], Parameter()]


def _way(
    county: Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,39}$")],
    year: Annotated[int, Path(ge=2003, le=2100)],
    deadline_id: Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")],
) -> Way:
    return Way(county, year, deadline_id)


_At = Annotated[Way, Depends(_way)]


@router.get("")
async def show_handover(request: Request, asking: Asks, way: _At, part: _Word = "") -> Response:
    """A handover from all sides: its totals, its papers beside each other, who signed."""
    if part not in ("", *(one[0] for one in PARTS)):
        raise HTTPException(404)
    found = await whole(asking, way)
    closes = may(asking.visitor, "ledger:close")
    return page(request, "object.html", shown=shown(found, part or PARTS[0][0], closes=closes))


@router.get("/verification")
async def verify(request: Request, asking: Asks, way: _At) -> Response:
    """The sealed totals computed again from what they count."""
    found = await whole(asking, way)
    came = await asking.computed(Verification, "ledger", f"{way.api}/verification")
    return page(request, "object.html", shown=verified(found, came))


@router.get("/close")
async def show_sealing(request: Request, asking: Asks, way: _At) -> Response:
    """The form that seals it; one that is sealed already is shown as it is."""
    found = await _to_seal(asking, way)
    if found.deadline.state == "sealed":
        return to_page(request, way.page)
    return show(request, sealing(found, forced=found.deadline.state == "open"))


@router.post("/close", dependencies=[Depends(by_own_form)])
async def seal(request: Request, asking: Asks, way: _At) -> Response:
    """Seal it, after a look at what that does. Who sends it twice is told the same twice."""
    found = await _to_seal(asking, way)
    # It may have been sealed a moment ago, by this very form: a reason that was asked for is sent again.
    forced = found.deadline.state == "open" or "forced_reason" in await request.form()

    async def send(typed: Mapping[str, str], key: str) -> str:
        await asking.change(Done, "ledger", f"{way.api}/close", dict(typed), key)
        return "sealed"

    return await answer(request, sealing(found, forced=forced), send, seals_will)


@router.get("/papers/{party}")
async def show_paper(request: Request, asking: Asks, way: _At, party: _Party) -> Response:
    """The paper of a party, line by line beside what the party has itself."""
    paper = await paper_of(asking, way, party)
    state = await _state(asking, way, paper)
    shown = paper_page(way, paper, state, own=_is_own(asking.visitor, party))
    return page(request, "object.html", shown=shown)


@router.get("/papers/{party}/file")
async def print_paper(asking: Asks, way: _At, party: _Party, format: _Format = "html") -> Response:
    """The paper as it is printed and signed by hand."""
    return await asking.file("ledger", f"{way.api}/papers/{party}", {"format": format})


@router.get("/papers/{party}/townships/{code}")
async def print_township(
    asking: Asks, way: _At, party: _Party, code: _Township, format: _Format = "html"
) -> Response:
    """What of the paper belongs to a township, as it is printed."""
    return await asking.file("ledger", f"{way.api}/papers/{party}/townships/{code}", {"format": format})


@router.get("/papers/{party}/figures/{code}")
async def show_entering(request: Request, asking: Asks, way: _At, party: _Party, code: _Section) -> Response:
    """The form for a party's own figures of a section, with what it gave before."""
    paper, section = await _own_section(asking, way, party, code)
    if paper.state == "signed":
        return to_page(request, paper_way(way, party))
    return show(request, entering(way, paper, section), as_given(paper, section))


@router.post("/papers/{party}/figures/{code}", dependencies=[Depends(by_own_form)])
async def enter(request: Request, asking: Asks, way: _At, party: _Party, code: _Section) -> Response:
    """Take them, after each was shown beside ours."""
    paper, section = await _own_section(asking, way, party, code)

    async def send(typed: Mapping[str, str], key: str) -> str:
        body = figures_body(paper, section, typed)
        await asking.change(Done, "ledger", f"{way.api}/papers/{party}/figures", body, key)
        return "figures"

    sheet = entering(way, paper, section)
    return await answer(request, sheet, send, lambda typed: enters_will(paper, section, typed))


@router.get("/papers/{party}/figures-template")
async def download_template(asking: Asks, way: _At, party: _Party) -> Response:
    """The template of own figures, as the ledger makes it."""
    await _own(asking, way, party)
    return await asking.file("ledger", f"{way.api}/papers/{party}/figures/template", {})


@router.get("/papers/{party}/figures-file")
async def show_sending(request: Request, asking: Asks, way: _At, party: _Party) -> Response:
    """The form that takes own figures as a file."""
    paper, _ = await _own(asking, way, party)
    if paper.state == "signed":
        return to_page(request, paper_way(way, party))
    return show_file_form(request, figures_form(way, paper))


@router.post("/papers/{party}/figures-file", dependencies=[Depends(closed_after)])
async def send_figures(request: Request, visitor: Signed, asking: Asks, way: _At, party: _Party) -> Response:
    """Hand them on, once; then the paper, on which they stand beside ours."""
    paper, _ = await _own(asking, way, party)

    async def send(sent: Sent) -> Response:
        assert sent.file is not None
        path = f"{way.api}/papers/{party}/figures/file"
        await asking.send_whole(Done, "ledger", path, {}, await sent.file.read(), sent.key)
        return to_page(request, f"{paper_way(way, party)}?done=figures")

    return await hand_in(request, visitor, figures_form(way, paper), send)


@router.get("/papers/{party}/sign")
async def show_signing(
    request: Request, asking: Asks, way: _At, party: _Party, paper: _Hash = ""
) -> Response:
    """The form that signs the paper that was read; another one is to be read first."""
    found, _ = await _own(asking, way, party)
    if found.state != "unsigned" or found.sha256 != paper:
        return to_page(request, paper_way(way, party))
    return show(request, signing(way, found, paper))


@router.post("/papers/{party}/sign", dependencies=[Depends(by_own_form)])
async def sign(request: Request, asking: Asks, way: _At, party: _Party, paper: _Hash = "") -> Response:
    """Sign the paper whose figures were looked through, or make it for the second person."""
    found, state = await _own(asking, way, party)

    async def send(_: Mapping[str, str], key: str) -> str:
        path = f"{way.api}/papers/{party}/signature"
        signed = await asking.change(PaperSigned, "ledger", path, {"sha256": paper}, key)
        return "paper_signed" if signed.state == "signed" else "asked"

    return await answer(request, signing(way, found, paper), send, lambda _: signs_will(state))


async def _to_seal(asking: Asking, way: Way) -> Whole:
    if not may(asking.visitor, "ledger:close"):
        raise NotOffered
    return await whole(asking, way)


def _is_own(visitor: Visitor, party: str) -> bool:
    """Whether a visitor answers for the paper of a party."""
    return may(visitor, "ledger:sign") and own_party(visitor) == party


async def _own(asking: Asking, way: Way, party: str) -> tuple[Paper, PartyState | None]:
    """The visitor's own party's paper. Raises NotOffered, ServiceAway and Refused."""
    if not _is_own(asking.visitor, party):
        raise NotOffered
    paper = await paper_of(asking, way, party)
    return paper, await _state(asking, way, paper)


async def _own_section(asking: Asking, way: Way, party: str, code: str) -> tuple[Paper, Section]:
    paper, _ = await _own(asking, way, party)
    section = next((one for one in paper.document.sections if one.code == code), None)
    if section is None:
        raise absent("ledger")
    return paper, section


async def _state(asking: Asking, way: Way, paper: Paper) -> PartyState | None:
    """How it stands; before the handover is sealed it is a draft, and nobody asks."""
    return None if paper.state == "draft" else await state_of(asking, way, paper.document.party)
