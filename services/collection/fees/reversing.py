"""Takes a fee back that was booked wrongly, as two officers say."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.deciding import Decision, ask_second
from libs.common.cases.store import ApprovalRow, NewApproval
from services.collection.assembly import CollectionContext
from services.collection.fees import store
from services.collection.fees.booking import By, mirror_of, write
from services.collection.fees.problems import FEE_NOT_BOOKED
from services.collection.fees.store import Fee

#: What the second person agrees to.
OPERATION = "reverse_channel_fee"


async def ask(conn: AsyncConnection, fee: Fee, reason: str, by: str, now: datetime) -> ApprovalRow:
    """Ask for a second person to take a fee back. Raises Problem."""
    if not fee.stands:
        raise FEE_NOT_BOOKED.problem()
    new = NewApproval(
        operation=OPERATION,
        subject=f"channel-fees/{fee.fee_id}",
        payload={
            "fee_id": fee.fee_id,
            "channel": fee.channel,
            "business_on": fee.business_on.isoformat(),
            "amount_fen": fee.amount_fen,
        },
        reason=reason,
        asked_by=by,
        asked_at=now,
        county=fee.county,
        coverage_year=fee.coverage_year,
        division_code=fee.division_code,
    )
    return await ask_second(conn, new)


async def agree(
    conn: AsyncConnection, context: CollectionContext, asked: ApprovalRow, decision: Decision
) -> None:
    """Take it back, if it still stands; its day is left alone until its bill is corrected. Raises Problem."""
    fee_id = asked.payload["fee_id"]
    assert isinstance(fee_id, int) and asked.county is not None, "it was asked for with both"
    await store.hold(conn, asked.county)
    fee = await store.one(conn, fee_id)
    if fee is None or not fee.stands:
        raise FEE_NOT_BOOKED.problem()
    number = 1 + len(await store.of_day(conn, fee.day))
    by = By(decision.by, decision.approved_by, decision.at, "withdrawn")
    await write(conn, [mirror_of(fee, number, by)], decision.at)
