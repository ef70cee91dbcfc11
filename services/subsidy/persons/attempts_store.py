"""SQL of how often a person's payouts were sent to the bank, and what came of it each time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import any_of, fetch_as, statement
from services.subsidy.tables import attempts


@dataclass(frozen=True, slots=True)
class AttemptOfPayout:
    """One sending of a payout, with the batch that it went in."""

    payout_id: int
    attempt: int
    batch_id: int
    account_masked: str
    bank: str
    batched_at: datetime
    sent_at: datetime | None
    outcome: str | None
    reason: str | None
    settled_at: datetime | None
    contradicted: bool


# What the second person refused was never sent: it ended when that was said.
_OF_PAYOUTS = statement(f"""
    SELECT a.payout_id, a.attempt, a.batch_id, a.account_masked, a.bank, b.created_at AS batched_at,
           b.approved_at AS sent_at, a.outcome, a.reason, coalesce(a.settled_at, b.refused_at) AS settled_at,
           a.contradicted
    FROM attempts a JOIN batches b USING (batch_id)
    WHERE a.payout_id {any_of(attempts.c.payout_id, "payout_ids")} ORDER BY a.payout_id, a.attempt
""")


async def attempts_of(conn: AsyncConnection, payout_ids: Sequence[int]) -> dict[int, list[AttemptOfPayout]]:
    """The attempts of payouts by payout, the first one first."""
    found: dict[int, list[AttemptOfPayout]] = {}
    if payout_ids:
        for one in await fetch_as(conn, AttemptOfPayout, _OF_PAYOUTS, payout_ids=list(payout_ids)):
            found.setdefault(one.payout_id, []).append(one)
    return found
