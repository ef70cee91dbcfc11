"""A worker that does one piece of work again and again, because time alone brings it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from libs.common.bus.driver import Retry, pause
from libs.common.db.trouble import is_collision, is_outage
from libs.common.service import Worker
from libs.common.setbacks import SetBack, setback

Thing = TypeVar("Thing")

EVERY_SECONDS = 60.0


def repeating(
    name: str, work: Callable[[], Awaitable[object]], seconds: float = EVERY_SECONDS, share: float = 1.0
) -> Worker:
    """Make the worker, which outlives failures. Any number of instances may do the work at once.

    It pauses for `seconds`, and for longer where the work would take more than `share` of its time.
    """

    async def run(stop: asyncio.Event) -> None:
        retry = Retry()
        while not stop.is_set():
            retry.begin()
            began = time.monotonic()
            try:
                await work()
            except Exception as error:
                await retry.after(error, name, stop)
                began = time.monotonic()
            took = time.monotonic() - began
            await pause(stop, max(seconds, took / share - took))

    return Worker(name, run)


def _kind(thing: object) -> str:
    return type(thing).__name__


async def for_each(
    things: Iterable[Thing],
    work: Callable[[Thing], Awaitable[object]],
    about: Callable[[Thing], str] = _kind,
) -> None:
    """Do the work for each; one that fails keeps the others from nothing, and is told of as `about` names it.

    Raises SetBack in the end if one failed; a lost race is raised then as it is. An outage is the fault of
    none of them and ends it at once.
    """
    failed: Exception | None = None
    lost: Exception | None = None
    for thing in things:
        try:
            await work(thing)
        except SetBack as error:
            failed = failed or error
        except Exception as error:
            if is_outage(error):
                raise
            if is_collision(error):
                lost = lost or error
                continue
            setback(about(thing), error)
            failed = failed or error
    if failed is not None:
        raise SetBack from failed
    if lost is not None:
        raise lost
