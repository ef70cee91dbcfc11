"""The worker that looks once a minute who has cash in hand longer than the notice allows."""

import asyncio

from libs.common.bus.driver import Retry, pause
from libs.common.service import AnyContext, Worker
from services.collection.cash.alarming import see_to_cash

EVERY_SECONDS = 60.0


def cash_worker(context: AnyContext) -> Worker:
    """Make the worker; any number of instances may run."""

    async def run(stop: asyncio.Event) -> None:
        retry = Retry()
        while not stop.is_set():
            retry.begin()
            try:
                async with context.engine.begin() as conn:
                    await see_to_cash(conn, context.clock.now())
            except Exception as error:
                await retry.after(error, "cash", stop)
            await pause(stop, EVERY_SECONDS)

    return Worker("cash", run)
