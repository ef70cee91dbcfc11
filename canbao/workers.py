"""Keeps the background work of services going: starts it, restarts what crashed, drains it at the end."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import structlog

from libs.common.observability.logs import service_named
from libs.common.service import AnyContext, Worker
from libs.common.setbacks import at_work, setback

log = structlog.get_logger("canbao.workers")

#: With the requests (canbao/process.py) and the database, a process ends within 15 seconds or so.
DRAIN_SECONDS = 6.0
CANCEL_SECONDS = 3.0
BACKOFF_SECONDS = 0.5
LONGEST_BACKOFF_SECONDS = 30.0
#: A worker that ran this long before it crashed starts again with the shortest backoff.
HEALTHY_SECONDS = 60.0


@dataclass
class _State:
    """What `/readyz` says about one worker; None while it runs."""

    fault: str | None = "has not started"

    async def check(self) -> str | None:
        return self.fault


@contextlib.asynccontextmanager
async def running_workers(
    *services: tuple[AnyContext, Sequence[Worker]], drain_seconds: float = DRAIN_SECONDS
) -> AsyncIterator[None]:
    """Run the workers of `services` while entered; on leaving all together have `drain_seconds` to end."""
    stop = asyncio.Event()
    tasks = []
    for context, workers in services:
        for worker in workers:
            state = _State()
            context.readiness.add(f"worker:{worker.name}", state.check)
            running = _keep_running(context, worker, state, stop)
            tasks.append(asyncio.create_task(running, name=f"{context.name} {worker.name}"))
    try:
        yield
    finally:
        stop.set()
        await _drain(tasks, drain_seconds)


async def _keep_running(context: AnyContext, worker: Worker, state: _State, stop: asyncio.Event) -> None:
    """Run one worker until `stop`; a crash is logged, shown, and mended by another start after a pause."""
    backoff = BACKOFF_SECONDS
    with service_named(context.name), at_work(context.metrics, worker.name):
        while not stop.is_set():
            started = time.monotonic()
            state.fault = None
            try:
                await worker.run(stop)
                if stop.is_set():
                    return
                state.fault = "ended by itself; starts again"
                log.error("worker_ended", worker=worker.name)
            except Exception as error:
                state.fault = f"crashed with {type(error).__name__}; starts again"
                setback(f"worker {worker.name}", error)
            if time.monotonic() - started > HEALTHY_SECONDS:
                backoff = BACKOFF_SECONDS
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), backoff)
            backoff = min(backoff * 2, LONGEST_BACKOFF_SECONDS)


async def _drain(tasks: Sequence[asyncio.Task[None]], drain_seconds: float) -> None:
    """Wait for the tasks; cancel what is late: its transaction is rolled back and handled again next time."""
    if not tasks:
        return
    _, late = await asyncio.wait(tasks, timeout=drain_seconds)
    for task in late:
        log.warning("worker_cancelled", worker=task.get_name())
        task.cancel()
    if late:
        await asyncio.wait(late, timeout=CANCEL_SECONDS)
