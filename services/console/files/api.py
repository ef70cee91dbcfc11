"""Pages of files: what may be sent, an import on its way, its faulty rows, and importing what was tried."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Literal
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Depends, HTTPException, Path, Request
from fastapi import Query as Parameter
from starlette.responses import Response

from services.console.access import ONE_SITE, Asks, Context, Signed, by_own_form
from services.console.apis.asking import Asking, Query
from services.console.apis.rules import Refused
from services.console.files import asking as ask
from services.console.files.rules import (
    GOING_ON,
    KINDS,
    STATES,
    Kind,
    again,
    at_first,
    carried,
    fields_of,
    kinds_of,
    options_of,
    ways_of,
)
from services.console.files.schemas import Accepted, ImportChanges
from services.console.files.sending import TooLarge, closed_after, take
from services.console.files.showing import apply_sheet, apply_will, new_sheet, rows_shown, with_choices
from services.console.files.telling import KINDS as CHANGES
from services.console.files.telling import Row, counts_of, rows_of
from services.console.forms.answering import answer
from services.console.forms.rules import Fault, Sheet, faults_said, is_beyond, new_key
from services.console.money_files.rules import money_files_of
from services.console.pages.failing import NotOffered, PageRoute
from services.console.pages.rendering import page, to_page, unfinished_page
from services.console.worklists.asking import chosen, seasons, word_of
from services.console.worklists.schemas import Season

router = APIRouter(prefix="/files", route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False)

_Id = Annotated[int, Path(ge=1, lt=2**62)]
_Word = Annotated[str, Parameter(max_length=60, pattern=r"^[a-z0-9_-]*$")]
_After = Annotated[str, Parameter(max_length=60, pattern=r"^[A-Za-z0-9_=.:-]*$")]
_Kind = Annotated[Literal["households", "statuses", "survey", "history"], Path()]
#: A kind of change.
_Of = Annotated[str, Parameter(max_length=60, pattern=f"^({'|'.join(CHANGES)})?$")]
#: The options of the file, for a corrected one: imports do not tell theirs.
_Said = Annotated[str, Parameter(max_length=2000)]
_MEBIBYTE = 1024 * 1024


async def _sender(asking: Asks) -> Asking:
    """Who may send any file. Raises NotOffered."""
    if not kinds_of(asking.visitor):
        raise NotOffered
    return asking


_Sends = Annotated[Asking, Depends(_sender)]


@router.get("")
async def list_files(request: Request, asking: Asks, season: _Word = "") -> Response:
    """Which files this role may send, and the imports of late."""
    kinds, money = kinds_of(asking.visitor), money_files_of(asking.visitor)
    ways = ways_of(asking.visitor)
    if not kinds and not money and not ways:
        raise NotOffered
    known = await seasons(asking)
    its = _its(known, season)
    return page(
        request, "files.html", season=its, word=word_of(its), others=known, kinds=kinds, money=money,
        ways=ways,
        words={name: (kind.title_zh, kind.title) for name, kind in KINDS.items()}, states=STATES,
        imports=await ask.newest(asking, its) if kinds else [], word_of=word_of,
    )  # fmt: skip


@router.get("/templates/{kind}")
async def download_template(asking: _Sends, kind: _Kind, season: _Word = "") -> Response:
    """The template of a kind of file, as registration makes it."""
    its = _its(await seasons(asking), season)
    query: Query = {"county": its.county, "coverage_year": its.coverage_year}
    return await asking.file("registration", f"/v1/import-templates/{kind}", query)


@router.get("/new/{kind}")
async def show_new(request: Request, asking: _Sends, kind: _Kind, season: _Word = "") -> Response:
    """The form that sends a file."""
    known = await seasons(asking)
    its = _its(known, season)
    of = await _of_notice(asking, _offered(asking, kind), its)
    return _form(
        request,
        kind,
        new_sheet(of, its),
        at_first(of, asking.visitor.department),
        [],
        new_key(),
        (its, known),
    )


@router.post("/new/{kind}", dependencies=[Depends(closed_after)])
async def send_file(
    request: Request, context: Context, visitor: Signed, asking: _Sends, kind: _Kind, season: _Word = ""
) -> Response:
    """Send it on, once however often the button is pressed; then the page of its import."""
    of, most = _offered(asking, kind), context.settings.upload_limit_mib
    try:
        sent = await take(request, visitor, fields_of(of), most * _MEBIBYTE)
    except TooLarge:
        return page(request, "file-large.html", 413, most=most, kind=kind)
    known = await seasons(asking)
    its = _its(known, season)
    sheet, key = new_sheet(await _of_notice(asking, of, its), its), sent.key
    faults = sent.faults(sheet)
    if sent.file is not None and not faults:
        about = {"kind": kind, "county": its.county, "coverage_year": str(its.coverage_year)}
        file = (sent.file.filename or "upload", sent.file.file)
        try:
            taken = await asking.upload(
                Accepted, "registration", "/v1/imports", about | options_of(of, sent.typed), file, key
            )
        except Refused as refused:
            if is_beyond(refused):
                raise
            faults = faults_said(refused, sheet.fields)
            key = new_key() if refused.kind == "idempotency-key-reused" else key
        else:
            more = urlencode({"said": urlencode(again(of, sent.typed))})
            return to_page(request, f"files/imports/{taken.import_id}?{more}")
    return _form(request, kind, sheet, sent.typed, faults, key, (its, known))


@router.get("/imports/{import_id}")
async def show_import(
    request: Request, asking: _Sends, import_id: _Id, after: _After = "", said: _Said = ""
) -> Response:
    """How far an import is; then its counts and its faulty rows, and the place for the corrected file."""
    job = await ask.one(asking, import_id)
    goes_on = job.state in GOING_ON
    wanting = not goes_on and job.errors_url is not None
    found = await ask.faulty_rows(asking, import_id, after) if wanting else None
    of = KINDS[job.kind]
    typed = carried(of, dict(parse_qsl(said))) | {"dry_run": "yes"}
    kept = urlencode({"said": said}) if said else ""
    its = await ask.season_of(asking, job)
    changes = None if goes_on else await ask.changes(asking, import_id, ask.FIRST_CHANGES)
    of = await _of_notice(asking, of, its)
    shown = partial(unfinished_page, seconds=3) if goes_on else page
    return shown(
        request, "file-import.html", job=job, kind=of, goes_on=goes_on, state=STATES[job.state], found=found,
        rows=rows_shown(found) if found else [], wanting=wanting, kept=kept, word=word_of(its), typed=typed,
        sends=job.kind in kinds_of(asking.visitor), sheet=new_sheet(of, its), key=new_key(), faults=[],
        after=after, its=its, changes=changes, counts=counts_of(changes) if changes else [],
        changed=await _told(asking, changes, its) if changes else [],
    )  # fmt: skip


@router.get("/imports/{import_id}/changes")
async def show_changes(
    request: Request, asking: _Sends, import_id: _Id, kind: _Of = "", after: _After = ""
) -> Response:
    """What an import changed, or a dry run would change, from what to what, page by page."""
    job = await ask.one(asking, import_id)
    its = await ask.season_of(asking, job)
    found = await ask.changes(asking, import_id, ask.CHANGES, kind, after)
    return page(
        request, "file-changes.html", job=job, its=its, chosen=kind, after=after, found=found,
        counts=counts_of(found), changed=await _told(asking, found, its),
    )  # fmt: skip


@router.get("/imports/{import_id}/errors")
async def download_errors(asking: _Sends, import_id: _Id) -> Response:
    """What was wrong, one line for each fault."""
    return await asking.file("registration", f"/v1/imports/{import_id}/errors.csv", {})


@router.get("/imports/{import_id}/faulty-rows")
async def download_rows(
    asking: _Sends, import_id: _Id, form: Annotated[Literal["xlsx", "csv"], Parameter(alias="format")]
) -> Response:
    """The faulty rows alone, in the layout of the file, to be mended and sent again."""
    return await asking.file("registration", f"/v1/imports/{import_id}/faulty-rows", {"format": form})


@router.get("/imports/{import_id}/apply")
async def show_apply(request: Request, asking: _Sends, import_id: _Id) -> Response:
    """What importing a dry run for good will do."""
    job = await ask.one(asking, import_id)
    _offered(asking, job.kind)
    sheet = apply_sheet(job, await ask.season_of(asking, job))
    will = apply_will(job, await ask.changes(asking, import_id, 1))
    return page(request, "sure.html", sheet=sheet, typed={}, will=will, key=new_key())


@router.post("/imports/{import_id}/apply", dependencies=[Depends(by_own_form)])
async def apply(request: Request, asking: _Sends, import_id: _Id) -> Response:
    """Import it for good, once; then the page of that import."""
    job = await ask.one(asking, import_id)
    _offered(asking, job.kind)
    made: list[int] = []

    async def send(typed: Mapping[str, str], key: str) -> str:
        path = f"/v1/imports/{import_id}/apply"
        made.append((await asking.change(Accepted, "registration", path, {}, key)).import_id)
        return "importing"

    sheet = apply_sheet(job, await ask.season_of(asking, job))
    changes = await ask.changes(asking, import_id, 1)
    sent = await answer(request, sheet, send, lambda _: apply_will(job, changes))
    return to_page(request, f"files/imports/{made[0]}?done=importing") if made else sent


def _its(known: list[Season], word: str) -> Season:
    if (found := chosen(known, word)) is None:
        raise HTTPException(404)
    return found


async def _of_notice(asking: Asking, kind: Kind, season: Season) -> Kind:
    """The kind with what is to be chosen from the notice."""
    if not any(one.name == "status" for one in kind.fields):
        return kind
    return with_choices(kind, await ask.statuses(asking, season))


async def _told(asking: Asking, found: ImportChanges, season: Season) -> list[Row]:
    of_statuses = any(one.startswith("status_") for one in found.counts)
    known = await ask.statuses(asking, season) if of_statuses and found.items else []
    return rows_of(found.items, known)


def _offered(asking: Asking, kind: str) -> Kind:
    if kind not in kinds_of(asking.visitor):
        raise NotOffered
    return KINDS[kind]


def _form(
    request: Request, kind: str, sheet: Sheet, typed: Mapping[str, str], faults: list[Fault], key: str,
    of: tuple[Season, list[Season]],
) -> Response:  # fmt: skip
    return page(
        request, "file-new.html", 422 if faults else 200, kind=kind, sheet=sheet, typed=typed, faults=faults,
        key=key, word=word_of(of[0]), others=of[1], word_of=word_of, about=KINDS[kind],
    )  # fmt: skip
