"""Keeps what registration gives back of payers' money: what went back had come."""

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.events.helps import HelpReturned
from services.subsidy.arrivals import store
from services.subsidy.arrivals.store import NewReturn


async def keep_returns(conn: AsyncConnection, facts: Iterable[HelpReturned]) -> None:
    """Keep what goes back."""
    new = [NewReturn(one.return_id, one.arrival_id, one.amount_fen, one.returned_at) for one in facts]
    if new:
        await store.give_back(conn, new)
