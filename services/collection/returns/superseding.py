"""Takes a payment back in whose place another one is posted under its number."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.collection.returns import store
from services.collection.returns.booking import book
from services.collection.returns.rules import Return


async def supersede(
    conn: AsyncConnection,
    payment_id: int,
    channel: str,
    paid_at: datetime,
    notification_id: int,
    at: datetime,
) -> None:
    """Take all of a payment back, on the day on which it was paid: its channel never had it so.

    It goes on as `<its number>~<its id>`; what its channel tells of the number from now on is about the
    payment that stands. `notification_id` says who decided it and why. The caller holds the lease.
    """
    told = Return(
        notification_id=notification_id,
        channel=channel,
        transaction_no=await store.renumber(conn, payment_id),
        return_no=f"corrected-{payment_id}",
        kind="failed",
        status="done",
        amount_fen=None,
        identity_digest=None,
        returned_at=paid_at,
        received_at=at,
        decided=True,
    )
    await book(conn, [told], [], at)
