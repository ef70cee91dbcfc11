"""Takes many receipts back that were entered wrongly together, a file say: agreed to by a second person."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.deciding import Decision, ask_second
from libs.common.cases.store import ApprovalRow, NewApproval
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.web.problems import FieldError
from services.collection.assembly import CollectionContext
from services.collection.cash import collectors_store as collectors
from services.collection.cash import store
from services.collection.cash.alarming import see_to_cash
from services.collection.cash.collectors_store import Collector
from services.collection.cash.problems import RECEIPTS_NOT_REVERSIBLE
from services.collection.cash.reversing import people_of, reverse_wrong_entries
from services.collection.cash.schemas import ReceiptsReversal
from services.collection.cash.store import Receipt

#: What the second person agrees to.
OPERATION = "reverse_cash_receipts"


async def ask_to_reverse(
    conn: AsyncConnection, collector: Collector, asked: ReceiptsReversal, caller: Caller, now: datetime
) -> ApprovalRow:
    """Ask for a second person to reverse receipts; whoever calls holds the collector. Raises Problem."""
    ids = sorted(set(asked.receipt_ids))
    receipts = await _reversible(conn, collector.collector_id, asked.coverage_year, ids)
    subject = f"cash-receipts/{ids[0]}-{ids[-1]}"
    people = await people_of(conn, receipts)
    await record_lookup(conn, caller, operation=OPERATION, at=now, person_ids=people, purpose=subject)
    new = NewApproval(
        operation=OPERATION,
        subject=subject,
        payload={
            "collector_id": collector.collector_id,
            "receipt_ids": list(ids),
            "people": sum(one.people for one in receipts),
            "amount_fen": sum(one.amount_fen for one in receipts),
        },
        reason=asked.reason,
        asked_by=caller.subject,
        asked_at=now,
        county=collector.county,
        coverage_year=asked.coverage_year,
        division_code=collector.division_code,
    )
    return await ask_second(conn, new)


async def hold(conn: AsyncConnection, asked: ApprovalRow) -> None:
    """Hold the collector, before what decides where money goes is held."""
    await collectors.collector(conn, _collector_id(asked), lock=True)


async def agree(
    conn: AsyncConnection, context: CollectionContext, asked: ApprovalRow, decision: Decision
) -> None:
    """Reverse the receipts, if all of them still can be. Raises Problem."""
    collector = await collectors.collector(conn, _collector_id(asked))
    assert collector is not None, "collectors are never deleted"
    assert asked.coverage_year is not None, "it was asked for with its year"
    receipts = await _reversible(conn, collector.collector_id, asked.coverage_year, _ids(asked))
    await reverse_wrong_entries(conn, receipts, collector.channel, decision.at)
    await see_to_cash(conn, decision.at, context.notices, collector.collector_id)


async def _reversible(
    conn: AsyncConnection, collector_id: int, coverage_year: int, ids: Sequence[int]
) -> list[Receipt]:
    """The receipts, held, of which each can be taken back. Raises Problem."""
    found = {one.receipt_id: one for one in await store.lock_many(conn, collector_id, coverage_year, ids)}
    faults = [
        FieldError("#/receipt_ids", f"Receipt {receipt_id}: {why}", f"收款 {receipt_id}：{why_zh}")
        for receipt_id in ids
        for why, why_zh in _stands_in_the_way(found.get(receipt_id))
    ]
    if faults:
        raise RECEIPTS_NOT_REVERSIBLE.problem(errors=faults)
    return list(found.values())


def _stands_in_the_way(one: Receipt | None) -> list[tuple[str, str]]:
    """Why a receipt cannot be taken back, and what mends it; nothing where it can."""
    if one is None:
        return [("it is of another collector or coverage year.", "属其他收缴点或其他年度。")]
    if one.state == "refused" or one.returned_fen:
        return [("its money went back already, or never counted.", "已冲回，或未予入账。")]
    if one.batch_id is not None:
        return [
            (
                f"it is in village batch {one.batch_id}: take that back, or leave the line out of it.",
                f"已列入村级批次 {one.batch_id}，请冲回该批次，或将该行移出。",
            )
        ]
    if one.deposit_id is not None:
        return [
            (
                f"it is at the bank: withdraw deposit {one.deposit_id} first.",
                f"款项已缴存银行，请先撤销解款 {one.deposit_id}。",
            )
        ]
    return []


def _collector_id(asked: ApprovalRow) -> int:
    collector_id = asked.payload["collector_id"]
    assert isinstance(collector_id, int)
    return collector_id


def _ids(asked: ApprovalRow) -> list[int]:
    ids = asked.payload["receipt_ids"]
    assert isinstance(ids, list)
    return [one for one in ids if isinstance(one, int)]
