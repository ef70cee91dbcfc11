"""What agreeing to a debit batch does, and refusing it; and that two persons give one up."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.deciding import Decision, ask_second
from libs.common.cases.store import ApprovalRow, NewApproval
from services.collection.assembly import CollectionContext
from services.collection.debits import lines_store, store
from services.collection.debits.problems import BATCH_NOT_READY
from services.collection.debits.rules import GIVING_UP, batch_of, subject_of
from services.collection.debits.store import BatchRow


async def agree(
    conn: AsyncConnection, context: CollectionContext, asked: ApprovalRow, decision: Decision
) -> None:
    """The file of the batch may leave. Raises Problem 409 where its day was over meanwhile."""
    batch = await _held(conn, asked)
    if batch.state != "waiting":
        raise BATCH_NOT_READY.problem(state=batch.state, approval_id=batch.approval_id)
    await store.decide(conn, batch.batch_id, "approved", str(decision.approved_by), decision.at)


async def refuse(
    conn: AsyncConnection, context: CollectionContext, asked: ApprovalRow, decision: Decision
) -> None:
    """Nothing of the batch leaves, and its people are free."""
    batch = await _held(conn, asked)
    await lines_store.end_batch(conn, batch.batch_id, "refused", "refused", decision.at)
    await store.decide(conn, batch.batch_id, "done", str(decision.approved_by), decision.at)


async def ask_to_give_up(
    conn: AsyncConnection, batch: BatchRow, reason: str, by: str, at: datetime
) -> ApprovalRow:
    """Ask a second person to agree that the bank debited nobody of whom it told nothing.

    Raises Problem 409 for a batch that no bank was given, or that has all of its answers.
    """
    if batch.state != "given_out":
        raise BATCH_NOT_READY.problem(state=batch.state, approval_id=batch.approval_id)
    return await ask_second(
        conn,
        NewApproval(
            operation=GIVING_UP,
            subject=subject_of(batch.batch_id),
            payload={"count": batch.declared_count, "total_fen": batch.declared_total_fen},
            reason=reason,
            asked_by=by,
            asked_at=at,
            county=batch.county,
            coverage_year=batch.coverage_year,
            division_code=batch.division_code,
        ),
    )


async def agree_to_give_up(
    conn: AsyncConnection, context: CollectionContext, asked: ApprovalRow, decision: Decision
) -> None:
    """Whoever has no answer is free: a later batch may debit them, or they pay otherwise."""
    batch = await _held(conn, asked)
    await lines_store.end_batch(conn, batch.batch_id, "given_up", asked.reason, decision.at)
    await store.end(conn, batch.batch_id)


async def _held(conn: AsyncConnection, asked: ApprovalRow) -> BatchRow:
    batch = await store.one(conn, batch_of(asked.subject), lock=True)
    assert batch is not None, "batches are never deleted"
    return batch
