"""Deposits of cash at the bank: made by collectors, mended and withdrawn by those who look after them."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.policy import Notice
from libs.common.security.access import check_division
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.web.catalogue import (
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    INVALID_REQUEST,
    NOT_FOUND,
    OUTSIDE_DIVISION,
    SCOPE_MISSING,
)
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import Responses, problems
from libs.common.web.problems import FieldError
from libs.common.web.schemas import Id, Limit, NumberAfter, number_after
from services.collection.access import Cashier, CashReader, CashReviewer, Context, SlipReader
from services.collection.assembly import CollectionContext
from services.collection.batches.advancing import see_to_the_bank
from services.collection.batches.rules import waits_for_release
from services.collection.cash.alarming import see_to_cash
from services.collection.cash.collectors_store import Collector
from services.collection.cash.registering import collector_at, notice_at
from services.collection.deposits import photos_store, store
from services.collection.deposits.depositing import Slip, cover_more, deposit, withdraw
from services.collection.deposits.keeping_photos import keep_photo
from services.collection.deposits.photos_store import Photo
from services.collection.deposits.problems import PHOTO_ERASED, PHOTO_UNUSABLE, PHOTOS_ENOUGH
from services.collection.deposits.rules import MOST_PHOTO_BYTES, SUFFIXES, Difference
from services.collection.deposits.schemas import (
    Deposit,
    DepositPhoto,
    DepositPhotos,
    Deposits,
    MoreReceipts,
    NewDeposit,
    PhotoForm,
    PhotoNo,
    Withdrawal,
)
from services.collection.deposits.store import Wanted
from services.collection.problems import (
    COUNTY_UNKNOWN,
    DEPOSIT_NOT_CHANGEABLE,
    RECEIPTS_NOT_IN_HAND,
    RECEIPTS_NOT_RELEASED,
    SLIP_REPEATED,
)

router = APIRouter(prefix="/v1/cash-deposits", tags=["cash"])

#: Who sees what slips show.
REVIEW, CLEAR = "cash:review", "pii:read"
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_PHOTO: Responses = {200: {"description": "As it was handed in", "content": dict.fromkeys(SUFFIXES, _BINARY)}}
_KEYS = (IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED)
_FUTURE = FieldError("#/deposited_at", "Lies in the future.", "晚于当前时间。")
_REFUSALS = (
    *(NOT_FOUND, OUTSIDE_DIVISION, COUNTY_UNKNOWN),
    *(RECEIPTS_NOT_IN_HAND, RECEIPTS_NOT_RELEASED, DEPOSIT_NOT_CHANGEABLE, *_KEYS),
)


@router.post(
    "",
    status_code=201,
    summary="Record a deposit at the bank",
    response_model=Deposit,
    responses=problems(*_REFUSALS, SLIP_REPEATED),
)
async def make_cash_deposit(body: NewDeposit, caller: Cashier, context: Context, key: Key) -> Response:
    """Record a slip with the receipts that it brings. Where they differ, it stands and a case asks why."""
    now, request = context.clock.now(), once(caller, key, body)
    if body.deposited_at > now:
        raise INVALID_REQUEST.problem(errors=[_FUTURE])
    said = body.model_dump(exclude={"collector_id", "receipt_ids"})
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        collector = await collector_at(conn, caller, body.collector_id, lock=True)
        notice = notice_at(context.notices, collector.county, body.coverage_year)
        rule = notice.document.cash_deposit
        account = rule.account if rule is not None else None
        ids = None if body.receipt_ids is None else tuple(body.receipt_ids)
        slip = Slip(**said, receipt_ids=ids, released_only=waits_for_release(notice, collector.channel))
        made = await deposit(conn, collector, slip, account, by=caller.subject, now=now)
        await _see_to_it(conn, context, notice, collector, caller, now)
        return await answer(conn, request, _shown(made))


@router.get("", summary="Deposits at the bank")
async def list_cash_deposits(
    caller: CashReader,
    context: Context,
    collector_id: Id | None = None,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> Deposits:
    """List the deposits of the own division."""
    async with context.engine.connect() as conn:
        rows = await store.page(conn, Wanted(caller.division, collector_id), number_after(after), limit)
    more = str(rows[-1].deposit_id) if len(rows) == limit else None
    return Deposits(items=[_shown(row) for row in rows], next_after=more)


@router.get(
    "/{deposit_id}", summary="See a deposit at the bank", responses=problems(NOT_FOUND, OUTSIDE_DIVISION)
)
async def get_cash_deposit(deposit_id: Id, caller: CashReader, context: Context) -> Deposit:
    """See a slip, whether it adds up, and how many photos of it there are."""
    async with context.engine.connect() as conn:
        return _shown(await _visible(conn, caller, deposit_id))


@router.post(
    "/{deposit_id}/receipts",
    summary="Have a deposit bring receipts that were entered after it",
    response_model=Deposit,
    responses=problems(*_REFUSALS),
)
async def add_deposit_receipts(
    deposit_id: Id, body: MoreReceipts, caller: Cashier, context: Context, key: Key
) -> Response:
    """Add receipts to a slip that brought more than was recorded then."""
    now, request = context.clock.now(), once(caller, key, body)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        collector, notice = await _collector_of(conn, caller, context, deposit_id)
        waits = waits_for_release(notice, collector.channel)
        made = await cover_more(conn, collector, deposit_id, body.receipt_ids, now, released_only=waits)
        await _see_to_it(conn, context, notice, collector, caller, now)
        return await answer(conn, request, _shown(made), status=200)


@router.post(
    "/{deposit_id}/withdraw",
    summary="Take back a deposit that was entered wrongly",
    response_model=Deposit,
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION, COUNTY_UNKNOWN, DEPOSIT_NOT_CHANGEABLE, *_KEYS),
)
async def withdraw_cash_deposit(
    deposit_id: Id, body: Withdrawal, caller: CashReviewer, context: Context, key: Key
) -> Response:
    """Have its receipts in hand again, and the ledger take the money back to the collector."""
    now, request = context.clock.now(), once(caller, key, body)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        collector, notice = await _collector_of(conn, caller, context, deposit_id)
        gone = await withdraw(conn, deposit_id, now)
        await record_lookup(conn, caller, operation="withdraw_cash_deposit", at=now, note=body.reason)
        await _see_to_it(conn, context, notice, collector, caller, now)
        return await answer(conn, request, _shown(gone), status=200)


@router.post(
    "/{deposit_id}/photos",
    status_code=201,
    summary="Keep a photo of the slip",
    response_model=DepositPhoto,
    responses=problems(
        *(NOT_FOUND, OUTSIDE_DIVISION, DEPOSIT_NOT_CHANGEABLE, PHOTO_UNUSABLE, PHOTOS_ENOUGH, *_KEYS)
    ),
)
async def add_deposit_photo(
    deposit_id: Id,
    caller: Cashier,
    context: Context,
    key: Key,
    form: Annotated[PhotoForm, Form(media_type="multipart/form-data")],
) -> Response:
    """Keep it sealed, with its hash. What it is its first bytes say.

    What a JPEG or PNG tells of place, time and device is taken out first; the picture stays byte for byte.
    """
    content = await form.file.read(MOST_PHOTO_BYTES + 1)
    now, request = context.clock.now(), once(caller, key, content)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        await _visible(conn, caller, deposit_id)
        held = await store.deposit(conn, deposit_id, lock=True)
        assert held is not None, "deposits are never deleted"
        kept = await keep_photo(conn, held, content, by=caller.subject, now=now)
        return await answer(conn, request, _shown_photo(kept))


@router.get(
    "/{deposit_id}/photos", summary="Photos of a slip", responses=problems(NOT_FOUND, OUTSIDE_DIVISION)
)
async def list_deposit_photos(deposit_id: Id, caller: CashReader, context: Context) -> DepositPhotos:
    """List them with their hashes; what they show is read one by one."""
    async with context.engine.connect() as conn:
        await _visible(conn, caller, deposit_id)
        found = await photos_store.of_deposit(conn, deposit_id)
    return DepositPhotos(items=[_shown_photo(one) for one in found], next_after=None)


@router.get(
    "/{deposit_id}/photos/{photo_no}/file",
    summary="A photo of a slip",
    response_class=Response,
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION, SCOPE_MISSING, PHOTO_ERASED) | _PHOTO,
)
async def get_deposit_photo(
    deposit_id: Id, photo_no: PhotoNo, caller: SlipReader, context: Context
) -> Response:
    """See what was handed in: for who looks after cash, and for who may see people's data; it is recorded."""
    if not (caller.may(REVIEW) or caller.may(CLEAR)):
        raise SCOPE_MISSING.problem(
            "A slip may show a name and an account: it needs cash:review or pii:read.",
            "存款单可能载有姓名和账号：须有 cash:review 或 pii:read 权限。",
            required_scope=REVIEW,
        )
    async with context.engine.begin() as conn:
        await _visible(conn, caller, deposit_id)
        photos = await photos_store.of_deposit(conn, deposit_id)
        photo = next((one for one in photos if one.photo_no == photo_no), None)
        if photo is None:
            raise NOT_FOUND.problem()
        content, now = await photos_store.content_of(conn, photo), context.clock.now()
        about = f"photo {photo_no} of deposit {deposit_id}"
        await record_lookup(conn, caller, operation="get_deposit_photo", at=now, purpose=about)
    if content is None:
        raise PHOTO_ERASED.problem()
    name = f"deposit-{deposit_id}-{photo_no}.{SUFFIXES[photo.media_type]}"
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    return Response(content, headers=headers, media_type=photo.media_type)


async def _visible(conn: AsyncConnection, caller: Caller, deposit_id: int) -> store.Deposit:
    """A deposit of the caller's division. Raises Problem for one that is not there, or of another."""
    found = await store.deposit(conn, deposit_id)
    if found is None:
        raise NOT_FOUND.problem()
    check_division(caller, found.division_code)
    return found


def _shown_photo(photo: Photo) -> DepositPhoto:
    facts = {name: getattr(photo, name) for name in DepositPhoto.model_fields}
    sent = None if photo.sent_sha256 is None else photo.sent_sha256.hex()
    return DepositPhoto.model_validate(facts | {"sha256": photo.sha256.hex(), "sent_sha256": sent})


async def _collector_of(
    conn: AsyncConnection, caller: Caller, context: CollectionContext, deposit_id: int
) -> tuple[Collector, Notice]:
    """Lock the collector of a deposit that the caller may see. Raises Problem."""
    found = await store.deposit(conn, deposit_id)
    if found is None:
        raise NOT_FOUND.problem()
    collector = await collector_at(conn, caller, found.collector_id, lock=True)
    return collector, notice_at(context.notices, collector.county, found.coverage_year)


async def _see_to_it(
    conn: AsyncConnection,
    context: CollectionContext,
    notice: Notice,
    collector: Collector,
    caller: Caller,
    now: datetime,
) -> None:
    """Look at what a deposit changes: cash over time, and batches whose money is at the bank now."""
    await see_to_cash(conn, now, context.notices, collector.collector_id)
    await see_to_the_bank(conn, notice, collector, caller.subject, now)


def _shown(row: store.Deposit) -> Deposit:
    missing_fen = 0
    if row.state == "made" and row.makes_good_id is None:
        missing_fen = Difference(row.amount_fen, row.covered_fen, row.made_good_fen).missing_fen
    names = Deposit.model_fields.keys() - {"missing_fen"}
    return Deposit.model_validate({name: getattr(row, name) for name in names} | {"missing_fen": missing_fen})
