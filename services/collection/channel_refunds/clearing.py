"""Takes in whether money is free to go back by its channel. The caller holds the lease."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus.handling import Received
from libs.common.events.channel_refunds import ChannelRefundAnswered
from services.collection.channel_refunds import store
from services.collection.channel_refunds.rules import BEFORE, NOTHING_LEFT, TO_CARD
from services.collection.channel_refunds.settling import Ended, settle
from services.collection.channel_refunds.store import Change
from services.collection.refunds import store as lines_store


async def clear(conn: AsyncConnection, answered: Sequence[Received]) -> None:
    """Have the channel asked for what is free; of the rest the refund has failed, and the money waits.

    What went back meanwhile in another way is not asked for.
    """
    facts = {fact.request_no: one for one in answered if isinstance(fact := one.fact, ChannelRefundAnswered)}
    if not facts:
        return
    at = max(one.message.time for one in answered)
    waiting = {one.request_no: one for one in await store.some(conn, facts) if one.state == "requested"}
    lines = await lines_store.lines(conn, [one.line for one in waiting.values()])
    go, failed = list[Change](), list[Ended]()
    for number, refund in waiting.items():
        fact, time = facts[number].fact, facts[number].message.time
        assert isinstance(fact, ChannelRefundAnswered)
        if not fact.free:
            failed.append(Ended(number, "failed", time, TO_CARD))
        elif lines[refund.line].left_fen < refund.amount_fen:
            failed.append(Ended(number, "failed", time, NOTHING_LEFT))
        else:
            go.append(Change(number, "processing", None, None, next_at=time, ended_at=None))
    await store.change(conn, go, BEFORE["processing"])
    await settle(conn, failed, at)
