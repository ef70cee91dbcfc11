"""Answers what is done to a batch: once, while it is held, and with the batch as it stands after it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from fastapi import Response
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.schemas import Approval
from libs.common.clock import business_date
from libs.common.security.caller import Caller
from libs.common.web.idempotency import IdempotencyKey, Once, answer, answered, once
from libs.common.web.schemas import Body
from services.collection.assembly import CollectionContext
from services.collection.batches.advancing import held, known
from services.collection.batches.drafting import open_batch
from services.collection.batches.reversing import ask_to_reverse
from services.collection.batches.schemas import BatchReversal
from services.collection.batches.showing import seen
from services.collection.batches.store import Batch
from services.collection.cash.collectors_store import Collector
from services.collection.cash.looking import desk_at
from services.collection.cash.reading import ReadFile
from services.collection.cash.registering import collector_at, notice_at

#: What is done to a batch that is held.
Act = Callable[[AsyncConnection, Batch, Collector, datetime], Awaitable[object]]


async def moved(
    context: CollectionContext, caller: Caller, key: IdempotencyKey, batch_id: int, body: Body, act: Act
) -> Response:
    """Do something once to a batch that is held, with its collector. Raises Problem."""
    now, request = context.clock.now(), once(caller, key, body)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        batch, collector = await held(conn, caller, batch_id)
        await act(conn, batch, collector, now)
        return await _answer(conn, context, request, batch_id, collector)


async def opened(
    context: CollectionContext,
    caller: Caller,
    request: Once,
    where: tuple[int, int],
    read: ReadFile,
    ids: Sequence[int] | None,
) -> Response:
    """Make a batch once. Raises Problem."""
    now, (collector_id, coverage_year) = context.clock.now(), where
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        collector = await collector_at(conn, caller, collector_id, lock=True)
        desk = desk_at(context.notices, collector, coverage_year, caller, now)
        batch = await open_batch(conn, context.digests, desk, read, ids)
        return await _answer(conn, context, request, batch.batch_id, collector, 201)


async def asked_to_reverse(
    context: CollectionContext, caller: Caller, key: IdempotencyKey, batch_id: int, body: BatchReversal
) -> Response:
    """Ask once for a second person to take a batch back. Raises Problem."""
    now, request = context.clock.now(), once(caller, key, body)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        batch, _ = await held(conn, caller, batch_id)
        asked = await ask_to_reverse(conn, batch, caller, body.reason, now)
        return await answer(conn, request, Approval.model_validate(asked), 202)


async def _answer(
    conn: AsyncConnection,
    context: CollectionContext,
    request: Once,
    batch_id: int,
    collector: Collector,
    status: int = 200,
) -> Response:
    batch, today = await known(conn, batch_id), business_date(context.clock.now())
    notice = notice_at(context.notices, batch.county, batch.coverage_year)
    return await answer(conn, request, await seen(conn, notice, collector, batch, today), status)
