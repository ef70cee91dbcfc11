"""Sends a payout again with the card it has."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.subsidy.payouts import store
from services.subsidy.payouts.rules import TRANSITIONS, PayoutEvent, PayoutState
from services.subsidy.payouts.store import PayoutRow


async def retry(conn: AsyncConnection, payout: PayoutRow, at: datetime) -> PayoutRow:
    """Make a locked payout ready again; raise TransitionRefused when its state does not allow that."""
    state = TRANSITIONS.after(PayoutState(payout.state), PayoutEvent.RETRIED)
    await store.retry_payout(conn, payout.payout_id, at)
    return replace(payout, state=state, reason=None)
