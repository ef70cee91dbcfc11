"""HTTP for units: an officer registers them, their clerks send lists, and everybody sees how far they are."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Response
from fastapi.responses import StreamingResponse

from libs.common.bus import outbox
from libs.common.security.access import check_division
from libs.common.security.caller import Caller
from libs.common.security.guesses import Address, Attempt
from libs.common.spreadsheets import csv_pieces, workbook_pieces
from libs.common.text_workbooks import Sheet
from libs.common.web.catalogue import (
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    OUTSIDE_DIVISION,
    TOO_MANY_GUESSES,
)
from libs.common.web.files import MEDIA, file_responses, headers_of
from libs.common.web.idempotency import Key, Once, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.schemas import CountyCode, CoverageYear, Id, Limit, NumberAfter, number_after
from services.registration.access import Context, UnitClerk, UnitReader, Writer
from services.registration.enrollments.rules import State
from services.registration.imports.columns import described
from services.registration.imports.problems import (
    COLUMN_TWICE,
    COLUMNS_MISSING,
    ENCODING_MIXED,
    FILE_TOO_LARGE,
    FILE_UNREADABLE,
    QUOTES_UNBALANCED,
)
from services.registration.imports.uploading import inspect
from services.registration.notices.rules import NOTICE_NOT_FOUND, notice_of
from services.registration.registering.problems import OUTSIDE_NOTICE
from services.registration.settings import RegistrationContext
from services.registration.units import printing, store
from services.registration.units.enlisting import Desk, Sent, take_list
from services.registration.units.listing import look
from services.registration.units.problems import (
    LIST_CHANGED,
    UNIT_CODE_TAKEN,
    UNIT_MISSING,
    UNIT_NOT_FOUND,
    UNIT_RULE_UNKNOWN,
)
from services.registration.units.reading import read_file
from services.registration.units.rules import GivenLine, OnLists
from services.registration.units.schemas import (
    ListForm,
    ListOut,
    NewList,
    NewUnit,
    OnListPage,
    UnitOut,
    UnitPage,
)
from services.registration.units.showing import list_out, on_list_out, unit_out
from services.registration.units.store import Standing

router = APIRouter(prefix="/v1", tags=["units"])

#: Who sees any unit of the division; clerks see their own.
_OFFICE = "registration:read"
_ROSTER = file_responses("The table", ("csv", "xlsx"), printing.HEADER)


@router.post(
    "/units",
    status_code=201,
    response_model=UnitOut,
    responses=problems(
        NOTICE_NOT_FOUND,
        UNIT_RULE_UNKNOWN,
        UNIT_CODE_TAKEN,
        OUTSIDE_NOTICE,
        OUTSIDE_DIVISION,
        IDEMPOTENCY_KEY_MISSING,
        IDEMPOTENCY_KEY_REUSED,
    ),
)
async def register_unit(body: NewUnit, context: Context, caller: Writer, key: Key) -> Response:
    """Register a school, station or other unit that the notice has list its people; or rename it."""
    now, request = context.clock.now(), once(caller, key, body)
    notice = notice_of(context.notices, body.county, body.coverage_year)
    if body.rule not in notice.units:
        raise UNIT_RULE_UNKNOWN.problem(known_rules=sorted(notice.units))
    if not body.division_code.startswith(notice.division):
        raise OUTSIDE_NOTICE.problem()
    check_division(caller, body.division_code)
    new = store.NewUnit(**body.model_dump(), registered_by=caller.subject, registered_at=now)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        unit = await store.register(conn, new)
        if unit is None:
            raise UNIT_CODE_TAKEN.problem()
        standing = await store.standing(conn, unit.unit_id)
        assert standing is not None, "it was registered just now"
        return await answer(conn, request, unit_out(notice, standing))


@router.get("/units", responses=problems(NOTICE_NOT_FOUND))
async def list_units(
    county: CountyCode,
    coverage_year: CoverageYear,
    context: Context,
    caller: UnitReader,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> UnitPage:
    """List the units of the own division: how many are listed, registered, paid, exempt, late.

    Clerks see their own unit alone.
    """
    notice = notice_of(context.notices, county, coverage_year)
    place = store.Within(*caller.division_range, None if caller.may(_OFFICE) else caller.unit or "")
    async with context.engine.connect() as conn:
        found = await store.page(conn, county, coverage_year, place, number_after(after), limit)
    return UnitPage(
        # A notice that was changed may know no such units any more.
        items=[unit_out(notice, one) for one in found if one.rule in notice.units],
        next_after=str(found[-1].unit_id) if len(found) == limit else None,
    )


@router.get("/units/{unit_id}", responses=problems(UNIT_NOT_FOUND, UNIT_MISSING, OUTSIDE_DIVISION))
async def get_unit(unit_id: Id, context: Context, caller: UnitReader) -> UnitOut:
    """See how far a unit is; clerks see their own."""
    unit = await _seen(context, caller, unit_id)
    notice = notice_of(context.notices, unit.county, unit.coverage_year)
    if unit.rule not in notice.units:
        raise UNIT_NOT_FOUND.problem()
    return unit_out(notice, unit)


@router.get("/units/{unit_id}/lines", responses=problems(UNIT_NOT_FOUND, UNIT_MISSING, OUTSIDE_DIVISION))
async def list_unit_lines(
    unit_id: Id,
    context: Context,
    caller: UnitReader,
    state: State | None = None,
    after: NumberAfter = None,
    limit: Limit = 1_000,
) -> OnListPage:
    """List who is on the list of a unit: how each stands, what is owed and paid. The look is audited."""
    unit = await _seen(context, caller, unit_id)
    notice = notice_of(context.notices, unit.county, unit.coverage_year)
    wanted, now = OnLists(number_after(after), limit, state), context.clock.now()
    async with context.engine.begin() as conn:
        found, more = await look(conn, notice, unit, caller, now, wanted, "list_unit_lines")
    office = caller.may(_OFFICE)
    return OnListPage(
        items=[on_list_out(one, examined, office=office) for one, examined in found],
        next_after=str(more) if more is not None else None,
    )


@router.get(
    "/units/{unit_id}/roster",
    response_class=StreamingResponse,
    responses=_ROSTER | problems(UNIT_NOT_FOUND, UNIT_MISSING, OUTSIDE_DIVISION),
)
async def export_unit_list(
    unit_id: Id,
    context: Context,
    caller: UnitReader,
    format: Annotated[Literal["csv", "xlsx"], Query(description="of the table")] = "xlsx",
) -> StreamingResponse:
    """Give out the list of a unit as a table: how each stands, what is owed and paid. The look is audited."""
    unit = await _seen(context, caller, unit_id)
    notice = notice_of(context.notices, unit.county, unit.coverage_year)
    rows = printing.rows_of(context, notice, unit, caller, context.clock.now())
    title = "单位参保名单"
    parts = (
        csv_pieces(printing.HEADER, rows)
        if format == "csv"
        else workbook_pieces(Sheet(title, printing.HEADER, printing.WIDTHS), rows)
    )
    headers = headers_of(format, f"{title}-{unit.code}")
    return StreamingResponse(parts, media_type=MEDIA[format], headers=headers)


_SENDING = (
    NOTICE_NOT_FOUND,
    UNIT_NOT_FOUND,
    UNIT_MISSING,
    LIST_CHANGED,
    TOO_MANY_GUESSES,
    OUTSIDE_DIVISION,
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
)


@router.post("/unit-lists", response_model=ListOut, responses=problems(*_SENDING))
async def send_unit_list(
    body: NewList, context: Context, caller: UnitClerk, key: Key, address: Address
) -> Response:
    """Send the whole list of one's unit: who is new is registered, everybody is enrolled and stands on it.

    Whoever is on record keeps name, household and place. A faulty line keeps out only itself. The same list
    again changes nothing; a newer one adds and leaves out, and ends nobody's enrollment.
    """
    lines = [GivenLine(line, given) for line, given in enumerate(body.lines, start=1)]
    asked = Asked(body.county, body.coverage_year, once(caller, key, body))
    sent = Sent(lines, body.replaces, body.dry_run)
    return await _take(context, Attempt(caller, address, context.settings.guess_limit), asked, sent)


@router.post(
    "/unit-lists/files",
    response_model=ListOut,
    description=f"""Send the whole list of one's unit as a spreadsheet; what becomes of it is the same.

Faults are named by line and column of the file. Whoever stands on a sheet that was not read (`unread`) is not
on the list.

{described(("unit_list",))}""",
    responses=problems(
        *_SENDING,
        FILE_UNREADABLE,
        COLUMNS_MISSING,
        COLUMN_TWICE,
        FILE_TOO_LARGE,
        ENCODING_MIXED,
        QUOTES_UNBALANCED,
    ),
)
async def send_unit_list_file(
    context: Context,
    caller: UnitClerk,
    key: Key,
    address: Address,
    form: Annotated[ListForm, Form(media_type="multipart/form-data")],
) -> Response:
    """Send the whole list of one's unit as a spreadsheet; what becomes of it is the same."""
    found = await inspect(form.file)
    read = await read_file(await form.file.read(), found)
    request = once(caller, key, form.values() | {"sha256": found.sha256})
    asked = Asked(form.county, form.coverage_year, request)
    sent = Sent(read.lines, form.replaces, form.dry_run, read.faults, read.unread)
    return await _take(context, Attempt(caller, address, context.settings.guess_limit), asked, sent)


@dataclass(frozen=True, slots=True)
class Asked:
    """For which season a list is sent, and the request that is to take effect once."""

    county: str
    coverage_year: int
    request: Once


async def _take(context: RegistrationContext, attempt: Attempt, asked: Asked, sent: Sent) -> Response:
    """Take a list of the caller's unit, however it was sent."""
    now, caller = context.clock.now(), attempt.caller
    if not caller.unit:
        raise UNIT_MISSING.problem()
    notice = notice_of(context.notices, asked.county, asked.coverage_year)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, asked.request, now)) is not None:
            return first
        unit = await store.find(conn, asked.county, asked.coverage_year, caller.unit)
        if unit is None or unit.rule not in notice.units:
            raise UNIT_NOT_FOUND.problem()
        check_division(caller, unit.division_code)
        desk = Desk(context.notices, notice, context.digests, attempt, now)
        taken = await take_list(conn, desk, unit, sent)
        done = await answer(conn, asked.request, list_out(notice, unit, sent, taken), 200)
    outbox.poke(context.engine)
    return done


async def _seen(context: RegistrationContext, caller: Caller, unit_id: int) -> Standing:
    """The unit, if the caller may see it: officers of the division, and its own clerks."""
    async with context.engine.connect() as conn:
        unit = await store.standing(conn, unit_id)
    if unit is None:
        raise UNIT_NOT_FOUND.problem()
    if not caller.may(_OFFICE) and caller.unit != unit.code:
        raise UNIT_MISSING.problem()
    check_division(caller, unit.division_code)
    return unit
