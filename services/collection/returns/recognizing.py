"""Knows what channels tell of again, and what we had them give back."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from services.collection.channel_refunds import store as asked_for
from services.collection.returns import store
from services.collection.returns.rules import Return, once_each


async def recognize(conn: AsyncConnection, told: Sequence[Return]) -> list[Return]:
    """Of what was told now, leave without effect what was told before; keep our own numbers alone.

    A notice and what the same channel answered when it was asked tell of the same money. A number counts as
    ours where the channel that was asked says it, of the transaction that it was asked about.
    """
    if not told:
        return []
    numbers = [one.request_no for one in told if one.request_no is not None]
    ours = {
        (one.request_no, one.channel, one.transaction_no) for one in await asked_for.numbered(conn, numbers)
    }
    mine = [
        one if (one.request_no, *one.transaction) in ours else replace(one, request_no=None) for one in told
    ]
    return once_each(mine, await store.told_before(conn, mine))
