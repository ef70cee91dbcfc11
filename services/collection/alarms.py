"""What is looked at once a minute, because time alone brings it: windows that end, cash that is due, gaps."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import season_now
from libs.common.repeating import repeating
from libs.common.service import AnyContext, Worker
from services.collection.batches.alarming import see_to_batches
from services.collection.books.alarming import see_to_books
from services.collection.cash.alarming import see_to_cash
from services.collection.households import waiting_store
from services.collection.households.rules import HouseholdYear
from services.collection.households.waiting import ask_about_overdue
from services.collection.matching.store import take_lease


async def see_to_overdue(context: AnyContext, now: datetime) -> None:
    """Ask about all households whose window is over, unless somebody else decides about money right now."""
    after: HouseholdYear | None = HouseholdYear(0, 0)
    while after is not None:
        async with context.engine.begin() as conn:
            after = await ask_about_overdue(conn, now, after) if await take_lease(conn) else None


async def business_now(context: AnyContext) -> datetime:
    """What time it is in the season; beside what moves its clock the newest money tells that."""

    async def newest() -> datetime | None:
        async with context.engine.connect() as conn:
            return await waiting_store.newest(conn)

    return await season_now(context.clock, newest)


def alarms(context: AnyContext) -> list[Worker]:
    """Make the workers; any number of instances may run."""

    async def households() -> None:
        await see_to_overdue(context, await business_now(context))

    def seeing(look: Callable[[AsyncConnection, datetime], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        async def see() -> None:
            now = await business_now(context)
            async with context.engine.begin() as conn:
                await look(conn, now)

        return see

    return [
        repeating("households", households),
        repeating("cash", seeing(partial(see_to_cash, notices=context.notices))),
        repeating("books", seeing(see_to_books)),
        repeating("batches", seeing(partial(see_to_batches, notices=context.notices))),
    ]
