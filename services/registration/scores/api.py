"""HTTP for scores: the sheet of the season, what is entered for it, and its signing."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse, StreamingResponse
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.problems import APPROVAL_WAITING
from libs.common.divisions import CODE_LENGTH, prefix_of
from libs.common.policy import Notice
from libs.common.security.access import check_division
from libs.common.security.caller import Caller
from libs.common.web.catalogue import (
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    NOT_FOUND,
    OUTSIDE_DIVISION,
)
from libs.common.web.files import MEDIA, file_responses, headers_of
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.reach import COUNTY, SHARED
from libs.common.web.schemas import CountyCode, CoverageYear, Id, Limit, NumberAfter, number_after
from services.registration.access import Context, DivisionQuery, ProgressReader, ScoreWriter
from services.registration.notices.rules import NOTICE_NOT_FOUND, notice_of
from services.registration.scores import entering, printing, signing, store
from services.registration.scores.problems import (
    SCORE_ENTRY_NOT_AGREED,
    SCORE_ENTRY_NOT_ALLOWED,
    SCORE_IS_FINAL,
    SCORE_NOT_COMPLETE,
    SCORE_UNIT_UNKNOWN,
    SCORE_UNKNOWN,
)
from services.registration.scores.rules import EntryState, days_of, is_late
from services.registration.scores.schemas import (
    Document,
    Entry,
    EntryPage,
    Kept,
    NewEntry,
    NewSheet,
    ScoreSheet,
    SheetPage,
    Verification,
    Withdrawal,
)
from services.registration.scores.scoring import computed
from services.registration.scores.store import EntryRow, SheetRow

router = APIRouter(prefix="/v1/scores", tags=["scores"])
_KEYS = (IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED)
_FORMATS = file_responses("The sheet", ("html", "xlsx"))


@router.get(
    "",
    response_model=ScoreSheet,
    responses=_FORMATS | problems(NOTICE_NOT_FOUND, OUTSIDE_DIVISION, SCORE_UNKNOWN),
)
async def get_scores(
    county: CountyCode,
    coverage_year: CoverageYear,
    context: Context,
    caller: ProgressReader,
    division_code: DivisionQuery = "",
    format: Annotated[
        Literal["json", "html", "xlsx"], Query(description="html is for printing and signing, xlsx a table")
    ] = "json",
) -> ScoreSheet | Response:
    """Give the score sheet: final as it was signed, else as it stands now, each line with its formula.

    Places are among all units; whoever works for a township sees its own sheet.
    """
    notice, now = notice_of(context.notices, county, coverage_year), context.clock.now()
    division = _division(caller, notice, division_code)
    async with context.engine.connect() as conn:
        sheet = await _sheet(conn, notice, division, now)
        told = await _evidence(conn, sheet) if format == "html" else {}
    if format == "html":
        return HTMLResponse(printing.page(sheet, told), headers=headers_of("html", ""))
    if format == "xlsx":
        named = headers_of("xlsx", f"考核表-{county}-{coverage_year}")
        return StreamingResponse(printing.workbook(sheet), media_type=MEDIA["xlsx"], headers=named)
    return sheet


@router.get("/sheets", responses=problems(NOTICE_NOT_FOUND, OUTSIDE_DIVISION), openapi_extra=SHARED)
async def list_score_sheets(
    county: CountyCode,
    coverage_year: CoverageYear,
    context: Context,
    caller: ProgressReader,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> SheetPage:
    """List the sheets that were frozen: who asked for each and who signed it or sent it back."""
    notice = notice_of(context.notices, county, coverage_year)
    _division(caller, notice, "")
    async with context.engine.connect() as conn:
        found = await store.sheets(conn, county, coverage_year, number_after(after), limit)
    more = str(found[-1].sheet_id) if len(found) == limit else None
    return SheetPage(items=[Kept.model_validate(one) for one in found], next_after=more)


@router.get("/entries", responses=problems(NOTICE_NOT_FOUND))
async def list_score_entries(
    county: CountyCode,
    coverage_year: CoverageYear,
    context: Context,
    caller: ScoreWriter,
    state: EntryState | None = None,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> EntryPage:
    """List what was entered, who did, who agreed, and what waits for a second person."""
    notice = notice_of(context.notices, county, coverage_year)
    async with context.engine.connect() as conn:
        found = await store.page(
            conn, county, coverage_year, caller.division_range, state, number_after(after), limit
        )
    more = str(found[-1].entry_id) if len(found) == limit else None
    return EntryPage(items=[_entry(notice, one) for one in found], next_after=more)


@router.post(
    "/entries",
    status_code=201,
    response_model=Entry,
    responses=problems(
        NOTICE_NOT_FOUND,
        OUTSIDE_DIVISION,
        SCORE_UNIT_UNKNOWN,
        SCORE_ENTRY_NOT_ALLOWED.problem(member="points"),
        SCORE_IS_FINAL,
        *_KEYS,
    ),
)
async def enter_score_entry(body: NewEntry, context: Context, caller: ScoreWriter, key: Key) -> Response:
    """Enter points of a judge, an incident or a budget, with its evidence: another person has to agree."""
    now, request = context.clock.now(), once(caller, key, body)
    notice = notice_of(context.notices, body.county, body.coverage_year)
    async with context.engine.begin() as conn:
        if (before := await answered(conn, request, now)) is not None:
            return before
        made = await entering.enter(conn, notice, body, caller, now)
        return await answer(conn, request, _entry(notice, made), 201)


@router.post(
    "/entries/{entry_id}/withdrawal",
    status_code=202,
    response_model=Entry,
    responses=problems(
        NOT_FOUND,
        OUTSIDE_DIVISION,
        SCORE_ENTRY_NOT_AGREED.problem(state="waiting"),
        SCORE_IS_FINAL,
        APPROVAL_WAITING,
        *_KEYS,
    ),
)
async def withdraw_score_entry(
    entry_id: Id, body: Withdrawal, context: Context, caller: ScoreWriter, key: Key
) -> Response:
    """Ask that an entry counts no more: it does until another person agrees."""
    now, request = context.clock.now(), once(caller, key, body)
    async with context.engine.begin() as conn:
        if (before := await answered(conn, request, now)) is not None:
            return before
        made = await entering.withdraw(conn, entry_id, body.reason, caller, now)
        notice = notice_of(context.notices, made.county, made.coverage_year)
        return await answer(conn, request, _entry(notice, made), 202)


@router.post(
    "/sheets",
    status_code=202,
    response_model=Kept,
    responses=problems(
        NOTICE_NOT_FOUND,
        OUTSIDE_DIVISION,
        SCORE_UNKNOWN,
        SCORE_IS_FINAL,
        SCORE_NOT_COMPLETE.problem(
            missing=[{"zh": "2 个单位数据不全", "en": "of 2 units something is not known"}]
        ),
        *_KEYS,
    ),
    openapi_extra=COUNTY,
)
async def freeze_score_sheet(body: NewSheet, context: Context, caller: ScoreWriter, key: Key) -> Response:
    """Freeze the sheet of a season, with the snapshots of its days; it is final when another person signs."""
    now, request = context.clock.now(), once(caller, key, body)
    notice = notice_of(context.notices, body.county, body.coverage_year)
    check_division(caller, notice.division.ljust(CODE_LENGTH, "0"))
    async with context.engine.begin() as conn:
        if (before := await answered(conn, request, now)) is not None:
            return before
        made = await signing.ask(conn, notice, body.reason, caller, now)
        return await answer(conn, request, Kept.model_validate(made), 202)


@router.get("/sheets/{sheet_id}/verification", responses=problems(NOT_FOUND, OUTSIDE_DIVISION))
async def verify_score_sheet(sheet_id: Id, context: Context, caller: ProgressReader) -> Verification:
    """Compute a frozen sheet again from the kept snapshots and entries, and compare byte for byte."""
    async with context.engine.connect() as conn:
        sheet = await store.sheet(conn, sheet_id)
        if sheet is None:
            raise NOT_FOUND.problem()
        notice = notice_of(context.notices, sheet.county, sheet.coverage_year)
        check_division(caller, notice.division.ljust(CODE_LENGTH, "0"))
        again = await signing.recomputed(conn, notice, sheet.asked_at)
    return Verification(
        sheet_id=sheet_id,
        identical=again == sheet.document and signing.digest(sheet.document) == sheet.sha256,
        sha256=sheet.sha256,
        recomputed_sha256=signing.digest(again),
    )


async def _sheet(conn: AsyncConnection, notice: Notice, division: str, now: datetime) -> ScoreSheet:
    kept = await store.standing(conn, notice.county, notice.year)
    if kept is not None:
        return _shown(Document.model_validate_json(kept.document), division, kept)
    made = await computed(conn, notice, now)
    open_ = made.open(now)
    return ScoreSheet(
        state="provisional",
        sheet_id=None,
        sha256=None,
        as_of=now,
        asked_by=None,
        signed_by=None,
        signed_at=None,
        open=open_,
        document=_within(made.document, division),
    )


def _entry(notice: Notice, row: EntryRow) -> Entry:
    late = is_late(days_of(notice), row.kind, row.item, row.happened_on)
    return Entry.model_validate(row).model_copy(update={"late": late})


def _shown(document: Document, division: str, kept: SheetRow) -> ScoreSheet:
    return ScoreSheet.model_validate(
        {
            "state": kept.state,
            "sheet_id": kept.sheet_id,
            "sha256": kept.sha256,
            "as_of": kept.asked_at,
            "asked_by": kept.asked_by,
            "signed_by": kept.signed_by,
            "signed_at": kept.signed_at,
            "open": [],
            "document": _within(document, division),
        }
    )


def _within(document: Document, division: str) -> Document:
    units = [one for one in document.units if one.division_code.startswith(division)]
    return document.model_copy(update={"units": units})


def _division(caller: Caller, notice: Notice, asked: str) -> str:
    """The beginning of the codes that are shown. Raises Problem."""
    own = caller.division if caller.division.startswith(notice.division) else ""
    if not (notice.division.startswith(caller.division) or own):
        raise OUTSIDE_DIVISION.problem()
    wanted = prefix_of(asked) if len(asked) == CODE_LENGTH else asked
    if not wanted.startswith(own) and not own.startswith(wanted):
        raise OUTSIDE_DIVISION.problem()
    return max(wanted, own, key=len)


async def _evidence(conn: AsyncConnection, sheet: ScoreSheet) -> dict[int, str]:
    """By which evidence the entries of a sheet are known."""
    ids = {entry for unit in sheet.document.units for line in unit.lines for entry in line.entry_ids}
    return await store.evidence(conn, ids) if ids else {}
