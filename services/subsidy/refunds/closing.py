"""Closes refund cases whose money is elsewhere."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import store as cases
from libs.common.cases.store import Gone
from services.subsidy.cases.rules import ACCOUNT_REFUND
from services.subsidy.payouts import store as payouts_store
from services.subsidy.refunds import returns_store
from services.subsidy.refunds.returns_store import Claim
from services.subsidy.refunds.rules import RefundState, subject_of


async def close_claims(
    conn: AsyncConnection, claims: Sequence[Claim], reason: str, at: datetime
) -> list[Claim]:
    """Close what nobody decided and what has not left yet; give what is with the bank or paid."""
    closed = {claim.refund_id for claim in claims if claim.state == RefundState.REQUESTED}
    approved = [claim for claim in claims if claim.state == RefundState.APPROVED]
    if approved:
        ids = [claim.refund_id for claim in approved]
        closed |= await payouts_store.cancel_payouts(conn, refund_ids=ids, reason=reason)
        # What goes back to a personal account has no payout.
        told = {claim.refund_id for claim in approved if claim.payout_id is None}
        gone = [Gone(ACCOUNT_REFUND.code, subject_of(refund_id)) for refund_id in sorted(told)]
        await cases.close_cases(conn, gone, at, reason)
        closed |= told
    await returns_store.supersede(conn, closed, at)
    return [claim for claim in claims if claim.refund_id not in closed]
