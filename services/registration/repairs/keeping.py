"""Keeps which lapsed years people repaired, and has their covers looked at again."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus.consumer import Received
from services.registration.assessments import store as assessments
from services.registration.histories.rules import HISTORY_KNOWN
from services.registration.repairs import store
from services.registration.repairs.rules import repairs_in


async def keep_repairs(conn: AsyncConnection, batch: Sequence[Received]) -> None:
    """Know what money repaired, or repairs no more; the contribution stays as it was decided."""
    rows = repairs_in((one.fact, one.message.time) for one in batch)
    if not rows:
        return
    concerned = await store.keep(conn, rows)
    at = max(one.message.time for one in batch)
    await assessments.enqueue_each(conn, dict.fromkeys(concerned, at), HISTORY_KNOWN)
