"""HTTP of help by others: lists of whom their money helps, what is left of it, lines taken back."""

from collections.abc import AsyncIterator
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Response
from fastapi.responses import StreamingResponse

from libs.common.arrivals import ReversalAsked
from libs.common.cases.problems import APPROVAL_WAITING
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.spreadsheets import csv_pieces, workbook_pieces
from libs.common.text_workbooks import Cell, Sheet
from libs.common.web.catalogue import (
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    NOT_FOUND,
    OUTSIDE_DIVISION,
)
from libs.common.web.files import MEDIA, file_responses, headers_of
from libs.common.web.idempotency import Key, Once, answer, answered, once
from libs.common.web.openapi import Responses, problems
from libs.common.web.reach import SHARED
from libs.common.web.schemas import CountyCode, CoverageYear, Id, Limit, NumberAfter, number_after
from services.registration.access import Context, Reader, Writer, check_place
from services.registration.helps import printing, returning, store
from services.registration.helps.listing import give
from services.registration.helps.problems import HELP_MONEY_TOO_LITTLE, HELP_MONEY_UNKNOWN, HELP_STANDS
from services.registration.helps.reading import ReadList, read_file
from services.registration.helps.schemas import (
    HelpForm,
    HelpLine,
    HelpLinePage,
    HelpListed,
    HelpMoneyPage,
    HelpReturn,
    HelpWithdrawal,
    NewHelpList,
)
from services.registration.helps.showing import list_out, money_out
from services.registration.helps.withdrawing import ask
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
from services.registration.settings import RegistrationContext

router = APIRouter(prefix="/v1", tags=["helps"])
_TRIED: Responses = {200: {"description": "A dry run: nothing is kept", "model": HelpListed}}
_KEYS = (IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED)


@router.post(
    "/help-lists",
    status_code=201,
    response_model=HelpListed,
    responses=_TRIED | problems(NOTICE_NOT_FOUND, HELP_MONEY_UNKNOWN, OUTSIDE_DIVISION, *_KEYS),
)
async def give_help(body: NewHelpList, context: Context, caller: Writer, key: Key) -> Response:
    """Give money of a collective, unit, township or person to the people of a list.

    Each gets what they owe at most, as far as the money goes; who has paid, is exempt, or is not enrolled is
    told, with why. What is left waits for another list. People owe that much less from then on; who owes
    nothing any more is exempt.
    """
    return await _give(context, caller, body, once(caller, key, body), ReadList({}, ()))


@router.post(
    "/help-lists/files",
    status_code=201,
    response_model=HelpListed,
    description=f"""Send whom money helps as a spreadsheet; what becomes of it is the same.

Lines are named as in the file: the names of the columns are line 1. A line that nobody can read is left out,
with why; the others count.

{described(("help_list",))}""",
    responses=_TRIED
    | problems(
        *(NOTICE_NOT_FOUND, HELP_MONEY_UNKNOWN, OUTSIDE_DIVISION, FILE_UNREADABLE, COLUMNS_MISSING),
        *(COLUMN_TWICE, FILE_TOO_LARGE, ENCODING_MIXED, QUOTES_UNBALANCED, *_KEYS),
    ),
)
async def give_help_by_file(
    context: Context,
    caller: Writer,
    key: Key,
    form: Annotated[HelpForm, Form(media_type="multipart/form-data")],
) -> Response:
    """Send whom money helps as a spreadsheet; what becomes of it is the same."""
    found = await inspect(form.file)
    read = await read_file(await form.file.read(), found)
    # A file may have no line that can be read: then nobody is helped, and each says why.
    body = NewHelpList.model_construct(
        county=form.county,
        coverage_year=form.coverage_year,
        arrival_id=form.arrival_id,
        helper=form.helper,
        dry_run=form.dry_run,
        lines=list(read.people.values()),
    )
    return await _give(
        context, caller, body, once(caller, key, form.values() | {"sha256": found.sha256}), read
    )


async def _give(
    context: RegistrationContext, caller: Caller, body: NewHelpList, request: Once, read: ReadList
) -> Response:
    now = context.clock.now()
    notice = notice_of(context.notices, body.county, body.coverage_year)
    check_place(caller, notice)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        judged, left_fen = await give(conn, notice, body, caller, now)
        people = {one.standing.person_id for one in judged.given}
        # Who is left out was looked up as well: why says whether they have paid.
        people |= {line.person_id for line, _ in judged.left_out if line.person_id is not None}
        about = f"arrival {body.arrival_id}"
        await record_lookup(
            conn, caller, operation="give_help", at=now, person_ids=sorted(people), purpose=about
        )
        listed = list_out(judged, left_fen, read, dry_run=body.dry_run)
        return await answer(conn, request, listed, 200 if body.dry_run else 201)


@router.get("/help-moneys", responses=problems(NOTICE_NOT_FOUND, OUTSIDE_DIVISION), openapi_extra=SHARED)
async def list_help_moneys(
    county: CountyCode,
    coverage_year: CoverageYear,
    context: Context,
    caller: Reader,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> HelpMoneyPage:
    """List money of those who help by lists: how much of it lists gave to people, and what is left."""
    notice = notice_of(context.notices, county, coverage_year)
    check_place(caller, notice)
    others = notice.document.help_by_others
    payers = others.payers if others is not None else ()
    async with context.engine.connect() as conn:
        rows = await store.page(conn, county, coverage_year, payers, number_after(after), limit)
    more = str(rows[-1].arrival_id) if len(rows) == limit else None
    return HelpMoneyPage(items=[money_out(notice, row) for row in rows], next_after=more)


@router.get("/help-moneys/{arrival_id}/lines", responses=problems(NOT_FOUND))
async def list_help_lines(
    arrival_id: Id, context: Context, caller: Reader, after: NumberAfter = None, limit: Limit = 100
) -> HelpLinePage:
    """List whom money helps in the own division, withdrawn lines too. The look is audited."""
    async with context.engine.begin() as conn:
        if await store.money(conn, arrival_id) is None:
            raise NOT_FOUND.problem()
        rows = await store.lines_of(conn, arrival_id, caller.division_range, number_after(after), limit)
        await record_lookup(
            conn,
            caller,
            operation="list_help_lines",
            at=context.clock.now(),
            person_ids=sorted({row.person_id for row in rows}),
            purpose=f"arrival {arrival_id}",
        )
    more = str(rows[-1].line_id) if len(rows) == limit else None
    return HelpLinePage(items=[HelpLine.model_validate(row) for row in rows], next_after=more)


@router.get(
    "/help-moneys/{arrival_id}/lines/file",
    response_class=StreamingResponse,
    responses=file_responses("Whom the money helps", ("csv", "xlsx"), printing.HEADER)
    | problems(NOT_FOUND, NOTICE_NOT_FOUND),
)
async def export_help_lines(
    arrival_id: Id,
    context: Context,
    caller: Reader,
    format: Annotated[Literal["csv", "xlsx"], Query(description="of the table")] = "xlsx",
) -> StreamingResponse:
    """Give out whom money helps in the own division as a table, withdrawn lines too. The look is audited."""
    async with context.engine.begin() as conn:
        money = await store.money(conn, arrival_id)
        if money is None:
            raise NOT_FOUND.problem()
        notice = notice_of(context.notices, money.county, money.coverage_year)
        rows = await store.named(conn, arrival_id, caller.division_range)
        await record_lookup(
            conn,
            caller,
            operation="export_help_lines",
            at=context.clock.now(),
            person_ids=sorted({row.person_id for row in rows}),
            purpose=f"arrival {arrival_id}",
        )

    async def parts() -> AsyncIterator[list[tuple[Cell, ...]]]:
        yield [printing.cells(notice, row, caller) for row in rows]

    title = "社会资助名单"
    pieces = (
        csv_pieces(printing.HEADER, parts())
        if format == "csv"
        else workbook_pieces(Sheet(title, printing.HEADER, printing.WIDTHS), parts())
    )
    headers = headers_of(format, f"{title}-{arrival_id}")
    return StreamingResponse(pieces, media_type=MEDIA[format], headers=headers)


@router.post(
    "/help-lines/{line_id}/withdrawal",
    status_code=202,
    response_model=ReversalAsked,
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION, HELP_STANDS, APPROVAL_WAITING, *_KEYS),
)
async def withdraw_help(
    line_id: Id, body: HelpWithdrawal, context: Context, caller: Writer, key: Key
) -> Response:
    """Ask a second person to take a line back; until they agree it helps. Who is complete stays so."""
    now, request = context.clock.now(), once(caller, key, body)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        asked = await ask(conn, line_id, body.reason, caller, now)
        people = [int(str(asked.payload["person_id"]))]
        await record_lookup(conn, caller, operation="withdraw_help", at=now, person_ids=people)
        return await answer(conn, request, ReversalAsked(approval_id=asked.approval_id), 202)


@router.post(
    "/help-moneys/{arrival_id}/return",
    status_code=202,
    response_model=ReversalAsked,
    responses=problems(
        *(NOT_FOUND, NOTICE_NOT_FOUND, OUTSIDE_DIVISION, HELP_MONEY_TOO_LITTLE.problem(left_fen=20000)),
        *(APPROVAL_WAITING, *_KEYS),
    ),
)
async def return_help(
    arrival_id: Id, body: HelpReturn, context: Context, caller: Writer, key: Key
) -> Response:
    """Ask a second person to give back a part of what is left to who gave it, never more than that.

    Until they agree lists may give it to people, who come first. Then it is posted as of that instant. What
    had not come at all is taken back in subsidy.
    """
    now, request = context.clock.now(), once(caller, key, body)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        money = await store.money(conn, arrival_id)
        if money is None:
            raise NOT_FOUND.problem()
        notice = notice_of(context.notices, money.county, money.coverage_year)
        wanted = (body.amount_fen, body.reference, body.reason)
        asked = await returning.ask(conn, notice, money, wanted, caller, now)
        return await answer(conn, request, ReversalAsked(approval_id=asked.approval_id), 202)
