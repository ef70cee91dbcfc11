"""Makes debit batches in pieces, for a second person to agree to; says beforehand what one would come to."""

from collections import Counter
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.deciding import ask_second
from libs.common.cases.store import NewApproval
from libs.common.clock import business_date
from libs.common.repeating import for_each, repeating
from libs.common.security.access import check_division
from libs.common.security.caller import Caller
from libs.common.service import Worker
from libs.common.web.catalogue import INVALID_REQUEST
from libs.common.web.notices import without_notice
from libs.common.web.problems import FieldError
from services.collection.assembly import CollectionContext
from services.collection.cash.registering import notice_at
from services.collection.debits import households_store, lines_store, store
from services.collection.debits.choosing import ALL, Found, Wanted, look_at
from services.collection.debits.declaring import layout_of, terms_of
from services.collection.debits.lines_store import NewDebitRow, NotPlaced
from services.collection.debits.rules import OPERATION, Reason, at_time_of, held_until, subject_of
from services.collection.debits.schemas import DebitPreview, NewDebitBatch
from services.collection.debits.store import BatchRow, LeftOutRow, NewBatchRow
from services.collection.problems import COUNTY_UNKNOWN

_EVERY_SECONDS = 0.5
#: Looks before a piece is left to the next try: each loses only to others who order meanwhile.
_TRIES = 5
#: No price is known for much longer.
_LATEST_DAYS = 60


def wanted_by(context: CollectionContext, asked: NewDebitBatch, caller: Caller, now: datetime) -> Wanted:
    """What is asked for, as the settings and the notice have it. Raises Problem 403, 404 or 422."""
    terms = terms_of(context, asked.county, asked.channel)
    notice = notice_at(context.notices, asked.county, asked.coverage_year)
    check_division(caller, _division(context, asked.county))
    at = at_time_of_day(context, asked)
    if at <= now or (asked.debit_on - business_date(now)).days > _LATEST_DAYS:
        raise INVALID_REQUEST.problem(errors=[_NOT_THEN])
    return Wanted(
        county=asked.county,
        coverage_year=asked.coverage_year,
        channel=asked.channel,
        debit_at=at,
        held_until=held_until(at, terms.holds_days),
        by=caller.subject,
        notice=notice,
        notice_channel=terms.notice_channel,
    )


_NOT_THEN = FieldError(
    "#/debit_on",
    f"Must be a day whose time of debiting is to come, at most {_LATEST_DAYS} days ahead.",
    f"扣款时间须晚于当前时间，且不超过 {_LATEST_DAYS} 天。",
)


def at_time_of_day(context: CollectionContext, asked: NewDebitBatch) -> datetime:
    """When the bank debits on a day, by its profile."""
    layout = layout_of(context, terms_of(context, asked.county, asked.channel))
    return at_time_of(asked.debit_on, layout.debited_at)


def _division(context: CollectionContext, county: str) -> str:
    code = context.parts.divisions.code_of(county)
    if code is None:
        raise without_notice(COUNTY_UNKNOWN, context.notices, county)
    return code


async def preview(
    context: CollectionContext, wanted: Wanted, after: int, limit: int, now: datetime
) -> DebitPreview:
    """What the next mandates after one of them would come to; nothing is kept of it."""
    count, total_fen, people, reasons = 0, 0, 0, Counter[Reason]()
    async with context.engine.connect() as conn:
        until = await households_store.last_of(conn, wanted.season, after, limit)
        if until is not None:
            await households_store.join_some(conn, wanted.season, (after, until), now)
        while until is not None and after < until:
            found = await look_at(conn, wanted, context.parts.settling.terms, (after, until), now)
            count += len(found.orders)
            total_fen += sum(one.order.amount_fen for one in found.orders.values())
            people += sum(len(one.items) for one in found.orders.values())
            reasons.update(why for _, _, why in found.left_out)
            after = found.last or until
        more = until is not None and await households_store.last_of(conn, wanted.season, until, 1) is not None
        await conn.rollback()
    return DebitPreview(
        count=count,
        total_fen=total_fen,
        people=people,
        left_out=dict(reasons),
        next_after=str(until) if more else None,
    )


async def _join(conn: AsyncConnection, wanted: Wanted, now: datetime) -> None:
    await households_store.join_households(conn, wanted.county, wanted.coverage_year, wanted.channel, now)


async def open_batch(
    conn: AsyncConnection, context: CollectionContext, wanted: Wanted, now: datetime
) -> BatchRow:
    """Open a batch: it is made in the background."""
    await _join(conn, wanted, now)
    batch_id = await store.add(
        conn,
        NewBatchRow(
            county=wanted.county,
            division_code=_division(context, wanted.county),
            coverage_year=wanted.coverage_year,
            channel=wanted.channel,
            debit_at=wanted.debit_at,
            held_until=wanted.held_until,
            state="making",
            created_at=now,
            created_by=wanted.by,
        ),
    )
    batch = await store.one(conn, batch_id)
    assert batch is not None, "it was just written"
    return batch


def maker(context: CollectionContext) -> Worker:
    """Make the worker that makes batches. Any number of instances may run."""

    async def work() -> None:
        await make_batches(context)

    return repeating("debit_batches", work, _EVERY_SECONDS)


async def make_batches(context: CollectionContext) -> None:
    """Make every batch that was asked for; one that cannot be made holds up no other."""

    async def make(batch_id: int) -> None:
        while await _make_piece(context, batch_id):
            pass

    async with context.engine.connect() as conn:
        asked_for = await store.in_making(conn)
    await for_each(asked_for, make, lambda batch_id: f"debit batch {batch_id}")


async def _make_piece(context: CollectionContext, batch_id: int) -> bool:
    """Make the next piece of a batch, in one transaction; False when it is made, or somebody else is at it.

    A process that dies loses the piece that it was at: the next one begins with it. Whoever was ordered for
    when the batch was asked for is left out, whenever that look is taken.
    """
    async with context.engine.begin() as conn:
        batch = await store.in_turn(conn, batch_id)
        if batch is None:
            return False
        now = batch.created_at
        for left in range(_TRIES, 0, -1):
            found = await look_at(
                conn, _wanted(context, batch), context.parts.settling.terms, (batch.made_up_to, ALL), now
            )
            try:
                await _write(conn, batch, found, now)
                break
            except NotPlaced:
                if left == 1:
                    raise
        return True


def _wanted(context: CollectionContext, batch: BatchRow) -> Wanted:
    terms = context.parts.debits.get(batch.county, {}).get(batch.channel)
    return Wanted(
        county=batch.county,
        coverage_year=batch.coverage_year,
        channel=batch.channel,
        debit_at=batch.debit_at,
        held_until=batch.held_until,
        by=batch.created_by,
        notice=notice_at(context.notices, batch.county, batch.coverage_year),
        notice_channel=terms.notice_channel if terms is not None else None,
    )


async def _write(conn: AsyncConnection, batch: BatchRow, found: Found, now: datetime) -> None:
    if found.last is None:
        await _ask(conn, batch, now)
        return
    lines = [
        NewDebitRow(
            batch_id=batch.batch_id,
            mandate_id=mandate_id,
            county=batch.county,
            division_code=one.items[0].division_code,
            coverage_year=batch.coverage_year,
            order_no=one.order.order_no,
            people=len(one.items),
            amount_fen=one.order.amount_fen,
        )
        for mandate_id, one in found.orders.items()
    ]
    await lines_store.place(conn, list(found.orders.values()), lines, now)
    await store.leave_out(conn, [LeftOutRow(batch.batch_id, *one) for one in found.left_out])
    total_fen = sum(one.amount_fen for one in lines)
    await store.note_made(conn, batch.batch_id, found.last, len(lines), total_fen)


async def _ask(conn: AsyncConnection, batch: BatchRow, now: datetime) -> None:
    """All mandates were looked at: a second person has to agree, unless nobody is in it."""
    if not batch.declared_count:
        await store.end(conn, batch.batch_id)
        return
    asked = await ask_second(
        conn,
        NewApproval(
            operation=OPERATION,
            subject=subject_of(batch.batch_id),
            payload={"count": batch.declared_count, "total_fen": batch.declared_total_fen},
            reason="debit",
            asked_by=batch.created_by,
            asked_at=now,
            county=batch.county,
            coverage_year=batch.coverage_year,
            division_code=batch.division_code,
        ),
    )
    await store.wait_for(conn, batch.batch_id, asked.approval_id)
