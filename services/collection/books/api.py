"""Books of paper: what happens to numbers, who holds them, and the monthly account."""

from dataclasses import fields
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import StreamingResponse
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.policy import Notice
from libs.common.security.access import check_division, check_place
from libs.common.security.caller import Caller
from libs.common.web.catalogue import (
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    NOT_FOUND,
    OUTSIDE_DIVISION,
    SCOPE_MISSING,
)
from libs.common.web.files import MEDIA, file_responses, headers_of
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.problems import FieldError
from libs.common.web.schemas import (
    CountyCode,
    CoverageYear,
    GivenInstant,
    Id,
    Limit,
    NumberAfter,
    number_after,
)
from services.collection.access import CashReader, Clerk, Context
from services.collection.books import printing, rules, store
from services.collection.books.moving import By, move
from services.collection.books.reporting import month_of
from services.collection.books.rules import Holder, Numbers, Wanted
from services.collection.books.schemas import (
    HeldNumbers,
    HeldNumbersPage,
    Move,
    Moves,
    NewMove,
    PaperMonth,
)
from services.collection.books.store import Listed, Paper
from services.collection.cash.registering import collector_at, notice_at, paper_at
from services.collection.cash.schemas import ChannelCode, PaperNo
from services.collection.problems import COUNTY_UNKNOWN, PAPER_UNKNOWN, VOUCHERS_NOT_MOVED

router = APIRouter(prefix="/v1", tags=["books"])

_FORMS = file_responses("The account", ("html", "csv", "xlsx"), printing.HEADERS)


@router.post(
    "/voucher-moves",
    status_code=201,
    summary="Record what happened to numbers of paper",
    response_model=Move,
    responses=problems(
        NOT_FOUND,
        OUTSIDE_DIVISION,
        SCOPE_MISSING,
        COUNTY_UNKNOWN,
        PAPER_UNKNOWN,
        VOUCHERS_NOT_MOVED,
        IDEMPOTENCY_KEY_MISSING,
        IDEMPOTENCY_KEY_REUSED,
    ),
)
async def move_vouchers(body: NewMove, caller: Clerk, context: Context, key: Key) -> Response:
    """Receive, hand on, return, or declare void, lost, found or restored (void by mistake).

    Receiving and handing on need `cash:review`, the rest is for whoever holds the numbers.
    """
    now, request = context.clock.now(), once(caller, key, body)
    needed = "cash:review" if body.kind in rules.REVIEWED else "cash:write"
    if not caller.may(needed):
        raise SCOPE_MISSING.problem(
            f"This operation needs the scope {needed}.", f"此操作需要权限 {needed}。", required_scope=needed
        )
    notice = notice_at(context.notices, body.county, body.coverage_year)
    paper = paper_at(notice, body.voucher)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        to = await _receiver(conn, caller, notice, body)
        numbers = rules.numbers_of(body.first_no, body.last_no or body.first_no)
        at = body.at or now
        faults = list(rules.faults_of_form(body.kind, numbers, to, body.reason, body.county))
        if at > now:
            faults.append(FieldError("#/at", "Lies in the future.", "晚于当前时间。"))
        if body.kind == "received" and to is not None and not rules.office_gets(paper, to.division_code):
            faults.append(rules.not_an_office_of(paper))
        if faults or numbers is None:
            raise VOUCHERS_NOT_MOVED.problem(errors=faults)
        wanted = Wanted(body.kind, numbers, at, to)
        by = By(caller.subject, now, body.reason)
        return await answer(
            conn, request, _move(await move(conn, caller, Paper(body.county, paper.code), wanted, by))
        )


async def _receiver(conn: AsyncConnection, caller: Caller, notice: Notice, body: NewMove) -> Holder | None:
    """Who gets the numbers: the office or collector that is named; new paper comes to the county."""
    if body.collector_id is not None:
        found = await collector_at(conn, caller, body.collector_id)
        return Holder(found.division_code, found.collector_id) if found.county == body.county else None
    if body.division_code is None and body.kind != "received":
        return None
    to = body.division_code or notice.division.ljust(12, "0")
    if not to.startswith(notice.division):
        raise OUTSIDE_DIVISION.problem()
    if body.kind == "received":
        check_division(caller, to)
    return Holder(to)


@router.get("/voucher-moves", summary="What happened to numbers of paper")
async def list_voucher_moves(
    caller: CashReader,
    context: Context,
    county: CountyCode | None = None,
    voucher: ChannelCode | None = None,
    voucher_no: Annotated[PaperNo | None, Query(description="only what happened to this number")] = None,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> Moves:
    """List the moves from and to the own division; nothing is ever taken out."""
    wanted = Listed(caller.division, county, voucher, _one(voucher_no))
    async with context.engine.connect() as conn:
        rows = await store.history(conn, wanted, number_after(after), limit)
    more = str(rows[-1].move_id) if len(rows) == limit else None
    return Moves(items=[_move(row) for row in rows], next_after=more)


@router.get("/voucher-stretches", summary="Who holds which numbers of paper")
async def list_voucher_stretches(
    caller: CashReader,
    context: Context,
    county: CountyCode | None = None,
    voucher: ChannelCode | None = None,
    collector_id: Id | None = None,
    voucher_no: Annotated[PaperNo | None, Query(description="only who holds this number")] = None,
    at: Annotated[GivenInstant | None, Query(description="as it was then; now when left out")] = None,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> HeldNumbersPage:
    """List who in the own division holds which numbers, and how they stand."""
    wanted = Listed(caller.division, county, voucher, _one(voucher_no))
    async with context.engine.connect() as conn:
        rows = await store.page(conn, wanted, collector_id, at, number_after(after), limit)
    more = str(rows[-1].stretch_id) if len(rows) == limit else None
    return HeldNumbersPage(items=[HeldNumbers.model_validate(row) for row in rows], next_after=more)


@router.get(
    "/voucher-months/{county}/{coverage_year}/{voucher}/{month}",
    summary="The monthly account of paper",
    response_model=PaperMonth,
    responses=_FORMS | problems(COUNTY_UNKNOWN, PAPER_UNKNOWN, OUTSIDE_DIVISION),
)
async def get_voucher_month(
    county: CountyCode,
    coverage_year: CoverageYear,
    voucher: ChannelCode,
    month: Annotated[str, Path(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", examples=["2020-11"])],
    caller: CashReader,
    context: Context,
    format: Annotated[
        Literal["json", "html", "csv", "xlsx"],
        Query(description="html is a page to print and to sign, csv and xlsx are tables"),
    ] = "json",
) -> PaperMonth | Response:
    """Account for the paper of each holder of the own division: had, got, used, gave, and has."""
    notice = notice_at(context.notices, county, coverage_year)
    check_place(caller.division, notice.division)
    paper = paper_at(notice, voucher)
    first = date.fromisoformat(f"{month}-01")
    async with context.engine.connect() as conn:
        found = await month_of(conn, county, paper, caller.division, first)
    if format == "json":
        return found
    headers = headers_of(format, f"{printing.TITLE}-{county}-{month}")
    if format == "html":
        return Response(printing.page(notice, found), headers=headers, media_type=MEDIA[format])
    pieces = printing.workbook(found) if format == "xlsx" else printing.table(found)
    return StreamingResponse(pieces, headers=headers, media_type=MEDIA[format])


def _one(voucher_no: str | None) -> Numbers | None:
    """A number that is looked for; one that ends in no digits is in no book."""
    if voucher_no is None:
        return None
    return rules.numbers_of(voucher_no, voucher_no) or Numbers("", 0, 0)


def _move(row: store.Move) -> Move:
    numbers = Numbers(row.series, row.first_serial, row.last_serial)
    known = {one.name: getattr(row, one.name) for one in fields(row)}
    own = {"first_no": numbers.first_no, "last_no": numbers.last_no, "count": numbers.count}
    return Move.model_validate({name: (known | own)[name] for name in Move.model_fields})
