"""The worker that looks once a minute whether numbers of paper were skipped."""

import asyncio

from libs.common.bus.driver import Retry, pause
from libs.common.service import AnyContext, Worker
from services.collection.books.alarming import see_to_books

EVERY_SECONDS = 60.0


def book_worker(context: AnyContext) -> Worker:
    """Make the worker; any number of instances may run."""

    async def run(stop: asyncio.Event) -> None:
        retry = Retry()
        while not stop.is_set():
            retry.begin()
            try:
                async with context.engine.begin() as conn:
                    await see_to_books(conn, context.clock.now())
            except Exception as error:
                await retry.after(error, "books", stop)
            await pause(stop, EVERY_SECONDS)

    return Worker("books", run)
