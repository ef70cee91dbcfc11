"""What the subsidy service says: help that covers everything, and refunds, that is money that went back, and
money that came back again."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus.handling import Received
from libs.common.events.subsidy import RefundSettled, SubsidyGranted, SubsidyRevoked
from services.collection.dues.exempting import exempt
from services.collection.dues.merging import as_survivors
from services.collection.matching.store import hold_lease
from services.collection.refunds.refunding import carry_over

TYPES = (RefundSettled, SubsidyGranted, SubsidyRevoked)


async def on_subsidy(conn: AsyncConnection, batch: Sequence[Received]) -> None:
    """Carry exemptions over to dues, and the outcome of refunds to payment lines."""
    await hold_lease(conn)
    await exempt(conn, await as_survivors(conn, batch))
    refunds = [received.fact for received in batch if isinstance(received.fact, RefundSettled)]
    await carry_over(conn, refunds, max(received.message.time for received in batch))
