"""Pages of help by others: money, whom it helps, and a list of whom it is to help."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi import Query as Parameter
from starlette.responses import Response

from services.console.access import ONE_SITE, Asks, Context, Signed
from services.console.apis.asking import Query
from services.console.apis.rules import absent
from services.console.files.handing import hand_in, show_file_form
from services.console.files.sending import Sent, closed_after
from services.console.helps.filling import DRY_RUN, list_form, said_of
from services.console.helps.schemas import Lines, Money, Moneys, TakenList
from services.console.helps.showing import list_page, money_page
from services.console.home.rules import may
from services.console.lists.rules import page_from
from services.console.pages.failing import NotOffered, PageRoute
from services.console.pages.rendering import page

router = APIRouter(
    prefix="/helps/{county}/{year}/{arrival_id}", route_class=PageRoute, dependencies=[ONE_SITE],
    include_in_schema=False,
)  # fmt: skip

_After = Annotated[str, Parameter(max_length=18, pattern=r"^[0-9]*$")]
_Word = Annotated[str, Parameter(max_length=3, pattern=r"^(yes)?$")]


async def _money(
    asking: Asks,
    county: Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,39}$")],
    year: Annotated[int, Path(ge=2003, le=2100)],
    arrival_id: Annotated[int, Path(ge=1, lt=2**62)],
) -> Money:
    """The money. Raises NotOffered, ServiceAway and Refused."""
    if not may(asking.visitor, "registration:read"):
        raise NotOffered
    query: Query = {"county": county, "coverage_year": year, "after": str(arrival_id - 1), "limit": 1}
    found = (await asking.get(Moneys, "registration", "/v1/help-moneys", query)).items
    if not found or found[0].arrival_id != arrival_id:
        raise absent("registration")
    return found[0]


_Found = Annotated[Money, Depends(_money)]


async def _given(asking: Asks, found: _Found) -> Money:
    """The money, for who says whom it helps. Raises NotOffered."""
    if not may(asking.visitor, "registration:write"):
        raise NotOffered
    return found


_Gives = Annotated[Money, Depends(_given)]


@router.get("")
async def show_money(
    request: Request, asking: Asks, context: Context, found: _Found, after: _After = ""
) -> Response:
    """Money, and whom it helps of the visitor's division."""
    path = f"/v1/help-moneys/{found.arrival_id}/lines"
    lines = await asking.get(Lines, "registration", path, page_from(after))
    gives = may(asking.visitor, "registration:write")
    called = await context.parts.calling.known(asking, found.county, found.coverage_year)
    return page(request, "object.html", shown=money_page(found, lines, called, gives=gives))


@router.get("/file")
async def download_list(asking: Asks, found: _Found) -> Response:
    """Whom it helps as a table, as registration makes it; the look is on record."""
    path = f"/v1/help-moneys/{found.arrival_id}/lines/file"
    return await asking.file("registration", path, {"format": "xlsx"})


@router.get("/template")
async def download_template(asking: Asks, found: _Gives) -> Response:
    """The template of a list, as registration makes it."""
    query: Query = {"county": found.county, "coverage_year": found.coverage_year}
    return await asking.file("registration", "/v1/import-templates/help_list", query)


@router.get("/list")
async def show_sending(request: Request, found: _Gives, tried: _Word = "") -> Response:
    """The form that sends a list; a dry run unless one came before."""
    return show_file_form(request, list_form(found), {DRY_RUN.name: "" if tried else "yes"})


@router.post("/list", dependencies=[Depends(closed_after)])
async def send_list(
    request: Request, visitor: Signed, asking: Asks, found: _Gives, tried: _Word = ""
) -> Response:
    """Send it on, once; what became of it is the next page."""

    async def send(sent: Sent) -> Response:
        assert sent.file is not None
        file = (sent.file.filename or "upload", sent.file.file)
        said = said_of(found, sent.typed)
        taken = await asking.upload(TakenList, "registration", "/v1/help-lists/files", said, file, sent.key)
        return page(request, "object.html", shown=list_page(found, taken))

    return await hand_in(request, visitor, list_form(found), send)
