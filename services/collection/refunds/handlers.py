"""What the subsidy service says: help that covers everything, and refunds, that is money that went back, and
money that came back again."""

from collections.abc import Sequence
from typing import TypeAlias, cast

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus.handling import Received
from libs.common.events.channel_refunds import ChannelRefundAnswered
from libs.common.events.subsidy import RefundSettled, SubsidyGranted, SubsidyRevoked
from services.collection.channel_refunds.clearing import clear
from services.collection.dues.exempting import exempt
from services.collection.dues.merging import as_survivors
from services.collection.matching.lease_store import hold_lease
from services.collection.refunds.refunding import carry_over

_OfCounty: TypeAlias = RefundSettled | SubsidyGranted | SubsidyRevoked | ChannelRefundAnswered

TYPES = (RefundSettled, SubsidyGranted, SubsidyRevoked, ChannelRefundAnswered)


async def on_subsidy(conn: AsyncConnection, batch: Sequence[Received]) -> None:
    """Carry exemptions over to dues, the outcome of refunds to payment lines, and have channels asked."""
    await hold_lease(conn, {cast("_OfCounty", one.fact).county for one in batch})
    cleared = [one for one in batch if isinstance(one.fact, ChannelRefundAnswered)]
    others = [one for one in batch if not isinstance(one.fact, ChannelRefundAnswered)]
    await exempt(conn, await as_survivors(conn, others))
    refunds = [received.fact for received in batch if isinstance(received.fact, RefundSettled)]
    await carry_over(conn, refunds, max(received.message.time for received in batch))
    await clear(conn, cleared)
