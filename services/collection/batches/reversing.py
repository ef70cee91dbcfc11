"""Takes a batch back that is wrong as a whole: all its receipts, agreed to by a second person."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.deciding import Decision, ask_second
from libs.common.cases.store import ApprovalRow, NewApproval
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from services.collection.assembly import CollectionContext
from services.collection.batches import store
from services.collection.batches.advancing import known, move_of, moved_on
from services.collection.batches.problems import BATCH_AT_THE_BANK, BATCH_EMPTY
from services.collection.batches.store import Batch
from services.collection.cash import collectors_store as collectors
from services.collection.cash import store as cash
from services.collection.cash.alarming import see_to_cash
from services.collection.cash.reversing import people_of, reverse_wrong_entries
from services.collection.cash.store import Receipt

#: What the second person agrees to.
OPERATION = "reverse_village_batch"
#: Its receipts are another batch's, or gone already.
_OVER = ("discarded", "reversed")


async def ask_to_reverse(
    conn: AsyncConnection, batch: Batch, caller: Caller, reason: str, now: datetime
) -> ApprovalRow:
    """Ask for a second person to reverse a held batch; nothing is done before. Raises Problem."""
    receipts = await _reversible(conn, batch)
    await record_lookup(
        conn,
        caller,
        operation=OPERATION,
        at=now,
        person_ids=await people_of(conn, receipts),
        purpose=f"village batch {batch.batch_id}",
    )
    new = NewApproval(
        operation=OPERATION,
        subject=f"village-batches/{batch.batch_id}",
        payload={"batch_id": batch.batch_id, **_seen(receipts)},
        reason=reason,
        asked_by=caller.subject,
        asked_at=now,
        county=batch.county,
        coverage_year=batch.coverage_year,
        division_code=batch.division_code,
    )
    return await ask_second(conn, new)


async def hold(conn: AsyncConnection, asked: ApprovalRow) -> None:
    """Hold the collector of a batch, before what decides where money goes is held."""
    batch = await known(conn, _batch_id(asked))
    await collectors.collector(conn, batch.collector_id, lock=True)


async def agree(
    conn: AsyncConnection, context: CollectionContext, asked: ApprovalRow, decision: Decision
) -> None:
    """Reverse the batch, if it is what the first person saw and none of its money is at the bank.

    Raises Problem.
    """
    batch = await known(conn, _batch_id(asked), lock=True)
    collector = await collectors.collector(conn, batch.collector_id)
    assert collector is not None, "collectors are never deleted"
    receipts = await _reversible(conn, batch)
    if any(asked.payload[name] != value for name, value in _seen(receipts).items()):
        raise moved_on(batch)
    await reverse_wrong_entries(conn, receipts, collector.channel, decision.at)
    move = move_of(
        batch,
        "reversed",
        decision.by,
        decision.at,
        reference=f"approvals/{asked.approval_id}",
        reason=decision.reason,
    )
    await store.note(conn, batch.batch_id, move)
    after = replace(
        batch.standing, state="reversed", since_at=decision.at, due_on=None, due_year_unknown=None
    )
    await store.save(conn, batch.batch_id, after)
    await see_to_cash(conn, decision.at, context.notices, batch.collector_id)


async def _reversible(conn: AsyncConnection, batch: Batch) -> list[Receipt]:
    """The receipts of a batch, held. What is at the bank has to come back first. Raises Problem."""
    if batch.state in _OVER:
        raise moved_on(batch)
    receipts = await cash.lock_batch(conn, batch.batch_id)
    if not receipts:
        raise BATCH_EMPTY.problem()
    if any(one.deposit_id is not None and not one.returned_fen for one in receipts):
        raise BATCH_AT_THE_BANK.problem()
    return receipts


def _seen(receipts: Sequence[Receipt]) -> dict[str, int]:
    """What the batch came to; a line that was mended is another receipt."""
    return {
        "receipts": len(receipts),
        "amount_fen": sum(one.amount_fen for one in receipts),
        "last_receipt_id": max(one.receipt_id for one in receipts),
    }


def _batch_id(asked: ApprovalRow) -> int:
    batch_id = asked.payload["batch_id"]
    assert isinstance(batch_id, int)
    return batch_id
