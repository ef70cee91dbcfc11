"""HTTP of debit batches: what one would come to, making one, its lines, and who is left out."""

from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from libs.common.security.audit import record_lookup
from libs.common.web.catalogue import (
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    NOT_FOUND,
    OUTSIDE_DIVISION,
)
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.schemas import CountyCode, CoverageYear, Id, Limit, NumberAfter, number_after
from services.collection.access import Context, Maker, Officer
from services.collection.debits import lines_store, store
from services.collection.debits.making import open_batch, preview, wanted_by
from services.collection.debits.rules import LEFT_OUT, Reason, debit_no
from services.collection.debits.schemas import (
    Debit,
    DebitBatch,
    DebitBatches,
    DebitBatchState,
    DebitLeftOut,
    DebitPreview,
    Debits,
    DebitsLeftOut,
    DebitSum,
    NewDebitBatch,
)
from services.collection.debits.showing import find
from services.collection.mandates.problems import CHANNEL_NO_DEBIT
from services.collection.orders.schemas import Why
from services.collection.problems import COUNTY_UNKNOWN

router = APIRouter(prefix="/v1/debit-batches", tags=["debits"])

_KEYS = (IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED)
_ASKED = (CHANNEL_NO_DEBIT.problem(channels=["debit-rcb"]), COUNTY_UNKNOWN, OUTSIDE_DIVISION)


@router.post("/preview", summary="What would a batch come to now?", responses=problems(*_ASKED))
async def preview_debit_batch(
    asked: NewDebitBatch,
    caller: Maker,
    context: Context,
    after: NumberAfter = None,
    limit: Limit = 1_000,
) -> DebitPreview:
    """Look at the next mandates as making a batch does, and keep nothing.

    Where `next_after` is not null there are more: ask for those after it, and add up.
    """
    now = context.clock.now()
    return await preview(context, wanted_by(context, asked, caller, now), number_after(after), limit, now)


@router.post(
    "",
    status_code=202,
    summary="Make a batch of everybody whom a bank may debit and who owes something",
    response_model=DebitBatch,
    responses=problems(*_ASKED, *_KEYS),
)
async def create_debit_batch(asked: NewDebitBatch, caller: Maker, context: Context, key: Key) -> Response:
    """Take everybody with a mandate there, at the price of the debit, with an order for each mandate.

    The rules are those of every order: who cannot be paid for alone, owes the year before first, is in
    another order or has money waiting is left out, with the reason. It is made in the background; then
    another person agrees to it (`approval_id`, `POST /v1/approvals/{approval_id}/approve`).
    """
    now, request = context.clock.now(), once(caller, key, asked)
    wanted = wanted_by(context, asked, caller, now)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        batch = await open_batch(conn, context, wanted, now)
        about = f"batch {batch.batch_id}"
        await record_lookup(conn, caller, operation="create_debit_batch", at=now, purpose=about)
        return await answer(conn, request, DebitBatch.model_validate(batch), 202)


@router.get("", summary="List batches")
async def list_debit_batches(
    caller: Officer,
    context: Context,
    county: CountyCode | None = None,
    coverage_year: CoverageYear | None = None,
    open_only: Annotated[bool, Query(alias="open", description="without those that are done")] = False,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> DebitBatches:
    """Batches of the own division, the first made first."""
    async with context.engine.connect() as conn:
        wanted = (caller.division, county, coverage_year, open_only)
        rows = await store.page(conn, *wanted, number_after(after), limit)
    more = str(rows[-1].batch_id) if len(rows) == limit else None
    return DebitBatches(items=[DebitBatch.model_validate(row) for row in rows], next_after=more)


@router.get(
    "/{batch_id}",
    summary="See a batch and what the bank answered",
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION),
)
async def get_debit_batch(batch_id: Id, caller: Officer, context: Context) -> DebitBatchState:
    """See counts and sums by outcome, and how many were left out for which reason."""
    async with context.engine.connect() as conn:
        batch = DebitBatch.model_validate(await find(conn, batch_id, caller))
        progress = await store.progress(conn, batch_id)
        left_out = await store.count_left_out(conn, batch_id)
    sums = {row.outcome: DebitSum.model_validate(row) for row in progress}
    return DebitBatchState(**dict(batch), progress=sums, left_out=left_out)


@router.get(
    "/{batch_id}/debits",
    summary="The lines of a batch",
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION),
)
async def list_debits(
    batch_id: Id,
    caller: Officer,
    context: Context,
    outcome: Annotated[
        Literal["unanswered", "paid", "failed", "returned", "taken_out", "refused", "given_up"] | None,
        Query(description="those of one outcome"),
    ] = None,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> Debits:
    """What each account is to pay, and what became of it."""
    async with context.engine.begin() as conn:
        await find(conn, batch_id, caller)
        rows = await lines_store.page(conn, batch_id, outcome, number_after(after), limit)
        now, about = context.clock.now(), f"batch {batch_id}"
        await record_lookup(conn, caller, operation="list_debits", at=now, purpose=about)
    items = [Debit(debit_no=debit_no(row.debit_id), **asdict(row)) for row in rows]
    return Debits(items=items, next_after=str(rows[-1].debit_id) if len(rows) == limit else None)


@router.get(
    "/{batch_id}/left-out",
    summary="Who has a mandate and is not in the batch",
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION),
)
async def list_debits_left_out(
    batch_id: Id,
    caller: Officer,
    context: Context,
    reason: Annotated[Reason | None, Query(description="those of one reason")] = None,
    after: Annotated[
        str | None, Query(description="`next_after` of the page before", pattern=r"^[0-9]{1,18}-[0-9]{1,18}$")
    ] = None,
    limit: Limit = 100,
) -> DebitsLeftOut:
    """Everybody who was left out when the batch was made, and why."""
    mandate_id, person_id = map(int, (after or "0-0").split("-"))
    async with context.engine.begin() as conn:
        await find(conn, batch_id, caller)
        rows = await store.left_out(conn, batch_id, reason, (mandate_id, person_id), limit)
        people, now = sorted({row.person_id for row in rows}), context.clock.now()
        await record_lookup(conn, caller, operation="list_debits_left_out", at=now, person_ids=people)
    items = [
        DebitLeftOut(
            mandate_id=row.mandate_id,
            person_id=row.person_id,
            reason=row.reason,
            why=Why(en=LEFT_OUT[row.reason][0], zh=LEFT_OUT[row.reason][1]),
        )
        for row in rows
    ]
    more = f"{rows[-1].mandate_id}-{rows[-1].person_id}" if len(rows) == limit else None
    return DebitsLeftOut(items=items, next_after=more)
