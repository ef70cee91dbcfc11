"""Keeps what subsidy tells of others' money; what had not come helps nobody who is not complete."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus.consumer import Received
from libs.common.events.subsidy import FundsArrived, FundsReversed
from services.registration.assessments import store as assessments
from services.registration.helps import store
from services.registration.helps.store import NewMoney

#: Why somebody is assessed anew.
CAUSE = "help_listed"


async def keep_money(conn: AsyncConnection, batch: Sequence[Received]) -> None:
    """Keep arrivals, and what was taken back of them; of one payer they are told in order."""
    arrived = [
        NewMoney(
            fact.arrival_id, fact.county, fact.coverage_year, fact.payer, fact.amount_fen, fact.arrived_at
        )
        for one in batch
        if isinstance(fact := one.fact, FundsArrived)
    ]
    await store.keep(conn, arrived)
    for one in batch:
        if isinstance(fact := one.fact, FundsReversed):
            await store.money(conn, fact.arrival_id, lock=True)
            await store.reverse(conn, fact.arrival_id, fact.reversed_at)
            without = await store.withdraw(conn, fact.reversed_at, arrival_id=fact.arrival_id)
            await assessments.enqueue(conn, sorted(set(without)), CAUSE, fact.reversed_at)
