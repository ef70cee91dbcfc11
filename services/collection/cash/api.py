"""Money taken by hand: collectors, their receipts one by one or as a file, reversals, and cash in hand."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Query, Response

from libs.common.cases.problems import APPROVAL_WAITING
from libs.common.cases.schemas import Approval
from libs.common.security.access import check_division
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.small_tables import TableUnreadable
from libs.common.web.catalogue import (
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    NOT_FOUND,
    OUTSIDE_DIVISION,
)
from libs.common.web.idempotency import Key, Once, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.schemas import CountyCode, CoverageYear, Id, Limit, NumberAfter, number_after
from services.collection.access import Cashier, CashReader, CashReviewer, Context, Maker
from services.collection.assembly import CollectionContext
from services.collection.batches.advancing import see_to_the_bank
from services.collection.cash import collectors_store, store
from services.collection.cash.alarming import see_to_cash
from services.collection.cash.desk_schemas import DeskDue
from services.collection.cash.looking import desk_at, refused
from services.collection.cash.owing import owed_at
from services.collection.cash.problems import RECEIPTS_NOT_REVERSIBLE, REVERSAL_DOES_NOT_FIT
from services.collection.cash.reading import ReadFile, read_file, typed
from services.collection.cash.recording import record
from services.collection.cash.registering import collector_at, notice_at, register
from services.collection.cash.reversing import people_of, reverse
from services.collection.cash.reversing_together import ask_to_reverse
from services.collection.cash.schemas import (
    CashPositions,
    Collector,
    Collectors,
    NewCollector,
    NewReceipts,
    Receipt,
    ReceiptForm,
    Receipts,
    ReceiptsRecorded,
    ReceiptsReversal,
    Reversal,
)
from services.collection.cash.showing import positions
from services.collection.cash.store import Wanted
from services.collection.matching.lease_store import hold_lease
from services.collection.problems import (
    CHANNEL_NOT_BY_HAND,
    COLLECTOR_KNOWN,
    COUNTY_UNKNOWN,
    RECEIPT_FILE_UNREADABLE,
    RECEIPT_NOT_REVERSIBLE,
    RECEIPTS_REFUSED,
)

router = APIRouter(prefix="/v1", tags=["cash"])

_KEYS = (IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED)
_RECORDING = (NOT_FOUND, OUTSIDE_DIVISION, COUNTY_UNKNOWN, CHANNEL_NOT_BY_HAND, RECEIPTS_REFUSED, *_KEYS)


@router.post(
    "/collectors",
    status_code=201,
    summary="Register a place where money is taken by hand",
    response_model=Collector,
    responses=problems(COUNTY_UNKNOWN, CHANNEL_NOT_BY_HAND, COLLECTOR_KNOWN, OUTSIDE_DIVISION, *_KEYS),
)
async def register_collector(
    body: NewCollector, caller: CashReviewer, context: Context, key: Key
) -> Response:
    """Register a village office or a counter. Its channel has to be one of the notice."""
    now, request = context.clock.now(), once(caller, key, body)
    notice = notice_at(context.notices, body.county, body.coverage_year)
    check_division(caller, body.division_code)
    said = body.model_dump(exclude={"coverage_year"})
    new = collectors_store.NewCollector(**said, registered_by=caller.subject, registered_at=now)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        return await answer(conn, request, Collector.model_validate(await register(conn, notice, new)))


@router.get("/collectors", summary="Places where money is taken by hand")
async def list_collectors(
    caller: CashReader,
    context: Context,
    county: CountyCode | None = None,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> Collectors:
    """List the collectors of the own division."""
    async with context.engine.connect() as conn:
        page = number_after(after), limit
        rows = await collectors_store.page_of_collectors(conn, caller.division, county, *page)
    more = str(rows[-1].collector_id) if len(rows) == limit else None
    return Collectors(items=[Collector.model_validate(row) for row in rows], next_after=more)


@router.get(
    "/collectors/{collector_id}/dues/{person_id}",
    summary="What does somebody owe who pays here, and with which paper?",
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION, COUNTY_UNKNOWN, CHANNEL_NOT_BY_HAND),
)
async def get_desk_due(
    collector_id: Id,
    person_id: Id,
    coverage_year: Annotated[CoverageYear, Query()],
    caller: Cashier,
    context: Context,
) -> DeskDue:
    """Tell whoever takes money by the list of the place; the look-up is recorded."""
    now = context.clock.now()
    async with context.engine.begin() as conn:
        collector = await collector_at(conn, caller, collector_id)
        desk = desk_at(context.notices, collector, coverage_year, caller, now)
        return await owed_at(conn, desk, person_id, context.parts.settling.terms)


@router.post(
    "/cash-receipts",
    status_code=201,
    summary="Record money that a collector took",
    response_model=ReceiptsRecorded,
    responses=problems(*_RECORDING),
)
async def record_cash_receipts(body: NewReceipts, caller: Cashier, context: Context, key: Key) -> Response:
    """Record receipts, all or none. Each is matched like every payment; a number of paper is used once.

    What is typed after its window has ended is held, as a case; where the county keeps books of its paper,
    only if the collector had not got its numbers before that.
    """
    read = typed(body.receipts)
    where = body.collector_id, body.coverage_year
    return await _record(context, caller, once(caller, key, body), where, read)


@router.post(
    "/cash-receipts/files",
    status_code=201,
    summary="Record money that a collector took, as a file",
    response_model=ReceiptsRecorded,
    responses=problems(*_RECORDING, RECEIPT_FILE_UNREADABLE),
)
async def record_cash_file(
    caller: Cashier,
    context: Context,
    key: Key,
    form: Annotated[ReceiptForm, Form(media_type="multipart/form-data")],
) -> Response:
    """Record the rows of a file (xlsx, or CSV in UTF-8 or GB18030), all or none; every faulty row is named.

    Columns: 证件号码, 姓名, 金额 (yuan), 收款时间; where needed 收款方式, 流水号, 票据号码, 户票号码,
    补缴年数 for lapsed years that the amount repairs beside it,
    and 收据组 for rows that are one payer's money. A row with 单位订单号 is money for the order of a unit:
    it names nobody.
    """
    body = await form.file.read()
    try:
        read = read_file(body)
    except TableUnreadable as error:
        raise RECEIPT_FILE_UNREADABLE.problem(str(error), error.message_zh) from None
    if read.faults:
        raise refused(read.faults)
    request = once(caller, key, body + f"{form.collector_id}/{form.coverage_year}".encode())
    return await _record(context, caller, request, (form.collector_id, form.coverage_year), read)


@router.get("/cash-receipts", summary="Money that collectors took")
async def list_cash_receipts(
    caller: CashReader,
    context: Context,
    collector_id: Id | None = None,
    coverage_year: CoverageYear | None = None,
    in_hand: Annotated[bool | None, Query(description="only what is not deposited yet")] = None,
    in_batch: Annotated[bool | None, Query(description="only what is, or is not, in a village batch")] = None,
    deposit_id: Annotated[Id | None, Query(description="only what this deposit brought")] = None,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> Receipts:
    """List receipts of the own division; they name nobody, their payments do."""
    where = caller.division, collector_id, coverage_year
    wanted = Wanted(*where, in_hand=in_hand, in_batch=in_batch, deposit_id=deposit_id)
    async with context.engine.connect() as conn:
        rows = await store.page(conn, wanted, number_after(after), limit)
    more = str(rows[-1].receipt_id) if len(rows) == limit else None
    return Receipts(items=[Receipt.model_validate(row) for row in rows], next_after=more)


@router.post(
    "/cash-receipts/{receipt_id}/reversal",
    summary="Take back money that did not stay",
    response_model=Receipt,
    responses=problems(
        *(NOT_FOUND, OUTSIDE_DIVISION, COUNTY_UNKNOWN),
        *(RECEIPT_NOT_REVERSIBLE, REVERSAL_DOES_NOT_FIT, *_KEYS),
    ),
)
async def reverse_cash_receipt(
    receipt_id: Id, body: Reversal, caller: Maker, context: Context, key: Key
) -> Response:
    """Book a bounced cheque, a charged-back POS payment or a wrong entry back, with the cover it paid for."""
    now, request = context.clock.now(), once(caller, key, body)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        whose = await store.collector_of(conn, receipt_id)
        if whose is None:
            raise NOT_FOUND.problem()
        # First the collector, as deposits do, then the lease, as cases do, then the receipt.
        collector = await collector_at(conn, caller, whose, lock=True)
        await hold_lease(conn)
        receipt = await store.lock_receipt(conn, receipt_id)
        assert receipt is not None, "receipts are never deleted"
        await reverse(
            conn, receipt, collector.channel, reason=body.reason, returned_at=body.returned_at, now=now
        )
        await see_to_cash(conn, now, context.notices, receipt.collector_id)
        notice = notice_at(context.notices, receipt.county, receipt.coverage_year)
        await see_to_the_bank(conn, notice, collector, caller.subject, now)
        about = f"receipt {receipt_id}, {body.reason}"
        await record_lookup(
            conn,
            caller,
            operation="reverse_cash_receipt",
            at=now,
            person_ids=await people_of(conn, [receipt]),
            purpose=about,
        )
        after = await store.lock_receipt(conn, receipt_id)
        return await answer(conn, request, Receipt.model_validate(after), status=200)


@router.post(
    "/cash-receipts/reversal",
    status_code=202,
    summary="Take back many receipts that were entered wrongly, such as a whole file",
    response_model=Approval,
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION, RECEIPTS_NOT_REVERSIBLE, APPROVAL_WAITING, *_KEYS),
)
async def reverse_cash_receipts(
    body: ReceiptsReversal, caller: Maker, context: Context, key: Key
) -> Response:
    """Ask for it; once a second officer agrees under /v1/approvals, all go back with their cover, or none.

    Their paper is free for the right entry. What is in a village batch goes back with the batch.
    """
    now, request = context.clock.now(), once(caller, key, body)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        collector = await collector_at(conn, caller, body.collector_id, lock=True)
        asked = await ask_to_reverse(conn, collector, body, caller, now)
        return await answer(conn, request, Approval.model_validate(asked), 202)


@router.get("/cash-positions", summary="Cash in hand, and until when")
async def list_cash_positions(
    caller: CashReader,
    context: Context,
    county: CountyCode | None = None,
    overdue: Annotated[bool, Query(description="only who has cash over its day")] = False,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> CashPositions:
    """Say of collectors with cash what is due today, what is over time, and what slips did not bring."""
    async with context.engine.connect() as conn:
        found = await positions(conn, context, caller.division, county, overdue=overdue)
    ahead = [one for one in found if one.collector_id > number_after(after)]
    last = ahead[limit - 1].collector_id if len(ahead) > limit else None
    shown = ahead if last is None else [one for one in ahead if one.collector_id <= last]
    return CashPositions(items=shown, next_after=None if last is None else str(last))


async def _record(
    context: CollectionContext, caller: Caller, request: Once, where: tuple[int, int], read: ReadFile
) -> Response:
    now: datetime = context.clock.now()
    collector_id, coverage_year = where
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        collector = await collector_at(conn, caller, collector_id)
        desk = desk_at(context.notices, collector, coverage_year, caller, now)
        receipts = await record(conn, context.digests, desk, read.taken, read.pointers)
        recorded = ReceiptsRecorded(
            collector_id=collector_id,
            receipt_ids=[one.receipt_id for one in receipts],
            payment_ids=[one.payment_id for one in receipts],
            amount_fen=sum(one.amount_fen for one in receipts),
        )
        return await answer(conn, request, recorded)
