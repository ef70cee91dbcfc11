"""The worker that looks once a minute which households' windows are over."""

import asyncio
from datetime import datetime

from libs.common.bus.driver import Retry, pause
from libs.common.clock import MovableClock
from libs.common.service import AnyContext, Worker
from services.collection.households import waiting_store
from services.collection.households.rules import HouseholdYear
from services.collection.households.waiting import ask_about_overdue
from services.collection.matching.store import take_lease

EVERY_SECONDS = 60.0


async def see_to_overdue(context: AnyContext, now: datetime) -> None:
    """Ask about all households whose window is over, unless somebody else decides about money right now."""
    after: HouseholdYear | None = HouseholdYear(0, 0)
    while after is not None:
        async with context.engine.begin() as conn:
            after = await ask_about_overdue(conn, now, after) if await take_lease(conn) else None


async def business_now(context: AnyContext) -> datetime:
    """What time it is in the season.

    A movable clock moves with requests and events only. Beside them the newest money tells the time of a
    replayed season, which may be years ago.
    """
    if not isinstance(context.clock, MovableClock):
        return context.clock.now()
    async with context.engine.connect() as conn:
        return await waiting_store.newest(conn) or context.clock.now()


def household_worker(context: AnyContext) -> Worker:
    """Make the worker; any number of instances may run."""

    async def run(stop: asyncio.Event) -> None:
        retry = Retry()
        while not stop.is_set():
            retry.begin()
            try:
                await see_to_overdue(context, await business_now(context))
            except Exception as error:
                await retry.after(error, "households", stop)
            await pause(stop, EVERY_SECONDS)

    return Worker("households", run)
