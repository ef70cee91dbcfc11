"""A worker that does one piece of work again and again, because time alone brings it."""

import asyncio
from collections.abc import Awaitable, Callable

from libs.common.bus.driver import Retry, pause
from libs.common.service import Worker

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
