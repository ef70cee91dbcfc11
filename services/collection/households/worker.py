"""The worker that looks once a minute which households' windows are over."""

import asyncio
from datetime import datetime

from libs.common.bus.driver import Retry, pause
from libs.common.service import AnyContext, Worker
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


def household_worker(context: AnyContext) -> Worker:
    """Make the worker; any number of instances may run."""

    async def run(stop: asyncio.Event) -> None:
        retry = Retry()
        while not stop.is_set():
            retry.begin()
            try:
                await see_to_overdue(context, context.clock.now())
            except Exception as error:
                await retry.after(error, "households", stop)
            await pause(stop, EVERY_SECONDS)

    return Worker("households", run)
