"""Closes refund cases whose money is elsewhere."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.subsidy.payouts import store as payouts_store
from services.subsidy.refunds import returns_store
from services.subsidy.refunds.returns_store import Claim
from services.subsidy.refunds.rules import RefundState


async def close_claims(
    conn: AsyncConnection, claims: Sequence[Claim], reason: str, at: datetime
) -> list[Claim]:
    """Close what nobody decided and what has not left yet; give what is with the bank or paid."""
    closed = {claim.refund_id for claim in claims if claim.state == RefundState.REQUESTED}
    approved = [claim.refund_id for claim in claims if claim.state == RefundState.APPROVED]
    if approved:
        closed |= await payouts_store.cancel_payouts(conn, refund_ids=approved, reason=reason)
    await returns_store.supersede(conn, closed, at)
    return [claim for claim in claims if claim.refund_id not in closed]
