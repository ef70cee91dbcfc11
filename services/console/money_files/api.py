"""Pages that send a file about money to the service that reads it, and show what became of it."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Request
from fastapi import Query as Parameter
from starlette.datastructures import UploadFile
from starlette.responses import Response

from services.console.access import ONE_SITE, Asks, Context, Signed
from services.console.apis.asking import Asking
from services.console.apis.rules import Refused
from services.console.files.sending import TooLarge, closed_after, take
from services.console.forms.rules import Fault, Sheet, is_beyond, new_key
from services.console.money_files.rules import (
    DRY_RUN,
    MONEY_FILES,
    MOST_MIB,
    MoneyFile,
    money_files_of,
    said_of,
)
from services.console.money_files.schemas import Taken
from services.console.money_files.showing import choosing, faults_in, sheet_of, taken_page
from services.console.pages.failing import NotOffered, PageRoute
from services.console.pages.rendering import page
from services.console.receipts.schemas import Collectors
from services.console.worklists.asking import chosen, seasons, word_of
from services.console.worklists.schemas import Season

router = APIRouter(
    prefix="/money-files", route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False
)

_Word = Annotated[str, Parameter(max_length=60, pattern=r"^[a-z0-9_-]*$")]
_Tried = Annotated[str, Parameter(max_length=3, pattern=r"^(yes)?$")]
_Kind = Annotated[str, Path(max_length=20, pattern=r"^[a-z_]+$")]
_MEBIBYTE = 1024 * 1024


@router.get("/{kind}")
async def show_new(
    request: Request, asking: Asks, kind: _Kind, season: _Word = "", tried: _Tried = ""
) -> Response:
    """The form that sends a file of a kind; a dry run, where there is one, unless one came before."""
    of, its, known = await _asked(asking, kind, season)
    typed = {DRY_RUN.name: "" if tried else "yes"}
    return _form(request, kind, of, sheet_of(of, its), typed, [], new_key(), its, known)


@router.get("/{kind}/template")
async def download_template(asking: Asks, kind: _Kind, season: _Word = "") -> Response:
    """The template of a kind of file, as its service makes it."""
    of, its, _ = await _asked(asking, kind, season)
    if not of.template:
        raise HTTPException(404)
    return await asking.file(of.service, of.template, {name: getattr(its, name) for name in of.template_says})


@router.post("/{kind}", dependencies=[Depends(closed_after)])
async def send_file(
    request: Request, context: Context, visitor: Signed, asking: Asks, kind: _Kind, season: _Word = ""
) -> Response:
    """Send it on, once however often the button is pressed; what became of it is the next page."""
    if kind not in money_files_of(visitor):
        raise NotOffered if kind in MONEY_FILES else HTTPException(404)
    most = min(MOST_MIB, context.settings.upload_limit_mib)
    try:
        sent = await take(request, visitor, MONEY_FILES[kind].fields, most * _MEBIBYTE)
    except TooLarge:
        return page(request, "file-large.html", 413, most=most, way=f"money-files/{kind}")
    of, its, known = await _asked(asking, kind, season)
    sheet, key = sheet_of(of, its), sent.key
    faults = sent.faults(sheet)
    if sent.file is not None and not faults:
        said = said_of(of, its.county, its.coverage_year, sent.typed)
        try:
            taken = await _sent(asking, of, said, sent.file, key)
        except Refused as refused:
            if is_beyond(refused):
                raise
            faults = faults_in(refused, of)
            key = new_key() if refused.kind == "idempotency-key-reused" else key
        else:
            way = f"money-files/{kind}?season={word_of(its)}"
            called = await context.parts.calling.known_of(asking, [its])
            return page(request, "object.html", shown=taken_page(of, taken, way, called))
    return _form(request, kind, of, sheet, dict(sent.typed), faults, key, its, known)


async def _sent(asking: Asking, of: MoneyFile, said: dict[str, str], file: UploadFile, key: str) -> Taken:
    if of.how == "form":
        named = (file.filename or "upload", file.file)
        return await asking.upload(Taken, of.service, of.path, said, named, key)
    return await asking.send_whole(Taken, of.service, of.path, said, await file.read(), key)


async def _asked(asking: Asking, kind: str, word: str) -> tuple[MoneyFile, Season, list[Season]]:
    """The kind with what is to be chosen, its season, and all seasons. Raises NotOffered."""
    if kind not in MONEY_FILES:
        raise HTTPException(404)
    if kind not in money_files_of(asking.visitor):
        raise NotOffered
    known = await seasons(asking)
    its = chosen(known, word)
    if its is None:
        raise HTTPException(404)
    of = MONEY_FILES[kind]
    if any(one.name == "collector_id" for one in of.fields):
        found = await asking.get(Collectors, "collection", "/v1/collectors", {"limit": 500})
        of = choosing(of, found.items, its)
    return of, its, known


def _form(
    request: Request, kind: str, of: MoneyFile, sheet: Sheet, typed: dict[str, str], faults: list[Fault],
    key: str, its: Season, known: list[Season],
) -> Response:  # fmt: skip
    return page(
        request, "money-file.html", 422 if faults else 200, kind=kind, about=of, sheet=sheet, typed=typed,
        faults=faults, key=key, word=word_of(its), others=known if of.says else (), word_of=word_of,
    )  # fmt: skip
