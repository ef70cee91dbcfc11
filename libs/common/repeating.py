"""A worker that does one piece of work again and again, because time alone brings it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from libs.common.bus.driver import Retry, pause
from libs.common.db.trouble import is_outage
from libs.common.service import Worker

Thing = TypeVar("Thing")

EVERY_SECONDS = 60.0


def repeating(name: str, work: Callable[[], Awaitable[object]], seconds: float = EVERY_SECONDS) -> Worker:
    """Make the worker, which outlives failures. Any number of instances may do the work at once."""

    async def run(stop: asyncio.Event) -> None:
        retry = Retry()
        while not stop.is_set():
            retry.begin()
            try:
                await work()
            except Exception as error:
                await retry.after(error, name, stop)
            await pause(stop, seconds)

    return Worker(name, run)


async def for_each(things: Iterable[Thing], work: Callable[[Thing], Awaitable[object]]) -> None:
    """Do the work for each; one that fails keeps the others from nothing, and is raised in the end.

    An outage is the fault of none of them and ends it at once.
    """
    failed: Exception | None = None
    for thing in things:
        try:
            await work(thing)
        except Exception as error:
            if is_outage(error):
                raise
            failed = failed or error
    if failed is not None:
        raise failed
