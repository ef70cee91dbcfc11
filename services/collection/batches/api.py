"""Village batches: made and handed in by villages, looked at, sent back, passed and booked by departments."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Query, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.problems import APPROVAL_WAITING
from libs.common.cases.schemas import Approval
from libs.common.clock import business_date
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.small_tables import TableUnreadable
from libs.common.web.catalogue import (
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    NOT_FOUND,
    OUTSIDE_DIVISION,
)
from libs.common.web.idempotency import IdempotencyKey, Key, once
from libs.common.web.openapi import problems
from libs.common.web.schemas import CountyCode, CoverageYear, Id, Limit, NumberAfter, number_after
from services.collection.access import Cashier, CashReader, CashReviewer, Context, Maker
from services.collection.assembly import CollectionContext
from services.collection.batches import store
from services.collection.batches.advancing import see_to_the_bank
from services.collection.batches.answering import asked_to_reverse, moved, opened
from services.collection.batches.correcting import Correction, correct
from services.collection.batches.drafting import add_lines, discard, submit
from services.collection.batches.problems import (
    BATCH_AT_THE_BANK,
    BATCH_EMPTY,
    BATCHES_UNKNOWN,
    FILLING,
    LOOKING,
    MENDING,
    MOVING,
)
from services.collection.batches.reviewing import Look, decide
from services.collection.batches.rules import BatchState
from services.collection.batches.schemas import (
    BatchLines,
    BatchReversal,
    Discarding,
    LineCorrection,
    MoreLines,
    NewVillageBatch,
    Review,
    Submission,
    VillageBatches,
    VillageBatchForm,
    VillageBatchSeen,
)
from services.collection.batches.showing import lines_of, seen, shown, visible
from services.collection.batches.store import Batch, Wanted
from services.collection.cash.alarming import see_to_cash
from services.collection.cash.collectors_store import Collector
from services.collection.cash.looking import desk_at, refused
from services.collection.cash.problems import REVERSAL_DOES_NOT_FIT
from services.collection.cash.reading import read_file, typed
from services.collection.cash.registering import notice_at
from services.collection.cash.schemas import taken
from services.collection.problems import (
    CHANNEL_NOT_BY_HAND,
    COUNTY_UNKNOWN,
    RECEIPT_FILE_UNREADABLE,
    RECEIPT_NOT_REVERSIBLE,
    RECEIPTS_REFUSED,
)

router = APIRouter(prefix="/v1/village-batches", tags=["batches"])

_KEYS = (IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED)
_SEEING = (NOT_FOUND, OUTSIDE_DIVISION, COUNTY_UNKNOWN)
_MOVING = (*_SEEING, *MOVING, *_KEYS)
_FILLING = (CHANNEL_NOT_BY_HAND, RECEIPTS_REFUSED, *FILLING)


@router.post(
    "",
    status_code=201,
    summary="Make a batch of what a collector took",
    response_model=VillageBatchSeen,
    responses=problems(*_SEEING, BATCHES_UNKNOWN, BATCH_EMPTY, *_FILLING, *_KEYS),
)
async def make_village_batch(body: NewVillageBatch, caller: Cashier, context: Context, key: Key) -> Response:
    """Record receipts, all or none, and put them with others into a batch that is not handed in yet.

    Each is a payment from now on, at the instant on its paper; the batch decides when its money moves.
    """
    request, where = once(caller, key, body), (body.collector_id, body.coverage_year)
    return await opened(context, caller, request, where, typed(body.receipts), body.receipt_ids)


@router.post(
    "/files",
    status_code=201,
    summary="Make a batch of a file",
    response_model=VillageBatchSeen,
    responses=problems(*_SEEING, BATCHES_UNKNOWN, BATCH_EMPTY, *_FILLING, RECEIPT_FILE_UNREADABLE, *_KEYS),
)
async def make_village_batch_of_file(
    caller: Cashier,
    context: Context,
    key: Key,
    form: Annotated[VillageBatchForm, Form(media_type="multipart/form-data")],
) -> Response:
    """Record the rows of a roster (columns as of `POST /v1/cash-receipts/files`), all or none, as a batch."""
    body = await form.file.read()
    try:
        read = read_file(body)
    except TableUnreadable as error:
        raise RECEIPT_FILE_UNREADABLE.problem(str(error), error.message_zh) from None
    if read.faults:
        raise refused(read.faults)
    request = once(caller, key, body + f"{form.collector_id}/{form.coverage_year}".encode())
    return await opened(context, caller, request, (form.collector_id, form.coverage_year), read, [])


@router.get("", summary="Village batches")
async def list_village_batches(
    caller: CashReader,
    context: Context,
    county: CountyCode | None = None,
    coverage_year: CoverageYear | None = None,
    collector_id: Id | None = None,
    state: BatchState | None = None,
    department: Annotated[str | None, Query(description="whose step it is", max_length=40)] = None,
    overdue: Annotated[bool, Query(description="only what is over the day of its step")] = False,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> VillageBatches:
    """List the batches of the own division."""
    today = business_date(context.clock.now())
    asked = county, coverage_year, collector_id, state, department
    wanted = Wanted(caller.division, *asked, overdue_on=today if overdue else None)
    async with context.engine.connect() as conn:
        rows = await store.page(conn, wanted, number_after(after), limit)
    more = str(rows[-1].batch_id) if len(rows) == limit else None
    return VillageBatches(items=[shown(row, context.notices, today) for row in rows], next_after=more)


@router.get("/{batch_id}", summary="See a village batch", responses=problems(*_SEEING))
async def get_village_batch(batch_id: Id, caller: CashReader, context: Context) -> VillageBatchSeen:
    """See where it stands, what differs between paper, file and money, and what was done to it."""
    async with context.engine.connect() as conn:
        batch, collector = await visible(conn, caller, batch_id)
        notice = notice_at(context.notices, batch.county, batch.coverage_year)
        return await seen(conn, notice, collector, batch, business_date(context.clock.now()))


@router.get("/{batch_id}/lines", summary="See the lines of a village batch", responses=problems(*_SEEING))
async def list_village_batch_lines(
    batch_id: Id, caller: CashReader, context: Context, after: NumberAfter = None, limit: Limit = 100
) -> BatchLines:
    """See each line with its paper, the people that it is for, and what differs."""
    async with context.engine.begin() as conn:
        batch, collector = await visible(conn, caller, batch_id)
        notice = notice_at(context.notices, batch.county, batch.coverage_year)
        lines = await lines_of(conn, notice, collector, batch, number_after(after), limit)
        people = sorted({one.person_id for line in lines for one in line.persons if one.person_id})
        now = context.clock.now()
        await record_lookup(conn, caller, operation="list_village_batch_lines", at=now, person_ids=people)
    more = str(lines[-1].line_no) if len(lines) == limit else None
    return BatchLines(items=lines, next_after=more)


@router.post(
    "/{batch_id}/lines",
    summary="Add receipts to a village batch",
    response_model=VillageBatchSeen,
    responses=problems(*_MOVING, *_FILLING),
)
async def add_village_batch_lines(
    batch_id: Id, body: MoreLines, caller: Cashier, context: Context, key: Key
) -> Response:
    """Add to a batch that is not handed in, or was sent back."""

    async def add(conn: AsyncConnection, batch: Batch, collector: Collector, now: datetime) -> None:
        desk = desk_at(context.notices, collector, batch.coverage_year, caller, now)
        await add_lines(conn, context.digests, desk, batch, typed(body.receipts), body.receipt_ids)

    return await moved(context, caller, key, batch_id, body, add)


@router.post(
    "/{batch_id}/submit",
    summary="Hand a village batch in",
    response_model=VillageBatchSeen,
    responses=problems(*_MOVING, BATCH_EMPTY),
)
async def submit_village_batch(
    batch_id: Id, body: Submission, caller: Cashier, context: Context, key: Key
) -> Response:
    """Hand in roster, paper and money, and state what they come to; what differs is noted, not mended."""

    async def hand_in(conn: AsyncConnection, batch: Batch, collector: Collector, now: datetime) -> None:
        notice = notice_at(context.notices, batch.county, batch.coverage_year)
        stated = body.people, body.amount_fen
        await submit(conn, notice, collector, batch, stated, caller.subject, now)

    return await moved(context, caller, key, batch_id, body, hand_in)


@router.post(
    "/{batch_id}/discard",
    summary="Give a village batch up that is not handed in",
    response_model=VillageBatchSeen,
    responses=problems(*_MOVING),
)
async def discard_village_batch(
    batch_id: Id, body: Discarding, caller: Cashier, context: Context, key: Key
) -> Response:
    """Its receipts stay payments with their paper, and are free for another batch; who and why is kept."""

    async def give_up(conn: AsyncConnection, batch: Batch, _: Collector, now: datetime) -> None:
        await discard(conn, batch, body.reason, caller.subject, now)

    return await moved(context, caller, key, batch_id, body, give_up)


@router.post(
    "/{batch_id}/reversal",
    status_code=202,
    summary="Take back all the money of a village batch that is wrong as a whole",
    response_model=Approval,
    responses=problems(*_MOVING, BATCH_EMPTY, BATCH_AT_THE_BANK, APPROVAL_WAITING),
)
async def reverse_village_batch(
    batch_id: Id, body: BatchReversal, caller: Maker, context: Context, key: Key
) -> Response:
    """Ask for it; once a second officer agrees under /v1/approvals, every line goes back with its cover."""
    return await asked_to_reverse(context, caller, key, batch_id, body)


@router.post(
    "/{batch_id}/corrections",
    summary="Mend a line of a village batch that was sent back",
    response_model=VillageBatchSeen,
    responses=problems(*_MOVING, *_FILLING, *MENDING, RECEIPT_NOT_REVERSIBLE, REVERSAL_DOES_NOT_FIT),
)
async def correct_village_batch(
    batch_id: Id, body: LineCorrection, caller: Cashier, context: Context, key: Key
) -> Response:
    """Replace or give back what it was sent back for, or leave any line out for a later batch."""

    async def mend(conn: AsyncConnection, batch: Batch, collector: Collector, now: datetime) -> None:
        desk = desk_at(context.notices, collector, batch.coverage_year, caller, now)
        instead = None if body.instead is None else taken(body.instead)
        correction = Correction(body.line_no, body.kind, instead, body.reason)
        await correct(conn, context.digests, desk, batch, correction)
        await see_to_cash(conn, now, context.notices, collector.collector_id)

    return await moved(context, caller, key, batch_id, body, mend)


@router.post(
    "/{batch_id}/reviews",
    summary="Pass a village batch, or send it back: the township",
    response_model=VillageBatchSeen,
    responses=problems(*_MOVING, *LOOKING),
)
async def review_village_batch(
    batch_id: Id, body: Review, caller: CashReviewer, context: Context, key: Key
) -> Response:
    """Do a step that is the township's, or the finance office's: compare paper, file and money, or book."""
    return await _look(context, caller, key, batch_id, body, "cash:review")


@router.post(
    "/{batch_id}/audits",
    summary="Pass a village batch, or send it back: the county",
    response_model=VillageBatchSeen,
    responses=problems(*_MOVING, *LOOKING),
)
async def audit_village_batch(
    batch_id: Id, body: Review, caller: Maker, context: Context, key: Key
) -> Response:
    """Do a step that is the medical-insurance office's or the collector's, such as the tax bureau's audit."""
    return await _look(context, caller, key, batch_id, body, "collection:write")


async def _look(
    context: CollectionContext, caller: Caller, key: IdempotencyKey, batch_id: int, body: Review, scope: str
) -> Response:
    async def look_at(conn: AsyncConnection, batch: Batch, collector: Collector, now: datetime) -> None:
        notice = notice_at(context.notices, batch.county, batch.coverage_year)
        look = Look(notice, collector, caller, scope, body.step, body.round, now)
        await decide(conn, look, batch, body)
        await see_to_the_bank(conn, notice, collector, caller.subject, now)

    return await moved(context, caller, key, batch_id, body, look_at)
