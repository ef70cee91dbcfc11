"""What agreeing to a payout batch does, and refusing it."""

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus.outbox import Cause
from libs.common.cases.deciding import Decision
from libs.common.cases.store import ApprovalRow
from services.subsidy.cards import store as cards_store
from services.subsidy.grants.deciding import decide_again
from services.subsidy.payout_batches import results_store, store
from services.subsidy.payout_batches.rules import batch_of
from services.subsidy.payout_batches.settling import years_of


async def agree(conn: AsyncConnection, context: object, asked: ApprovalRow, decision: Decision) -> None:
    """The file of the batch may leave."""
    await store.approve(conn, batch_of(asked.subject), str(decision.approved_by), decision.at)


async def refuse(conn: AsyncConnection, context: object, asked: ApprovalRow, decision: Decision) -> None:
    """Nothing of the batch leaves: what has no reason any more is taken back, the rest waits for the next."""
    batch_id = batch_of(asked.subject)
    rows = await results_store.attempts_of(conn, batch_id)
    people = {row.person_id for row in rows if row.person_id is not None}
    await cards_store.lock_persons(conn, people)
    await store.refuse(conn, batch_id, str(decision.approved_by), decision.at)
    await decide_again(conn, years_of(rows), decision.at, Cause(f"approval-{asked.approval_id}"))
