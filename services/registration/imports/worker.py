"""The background work of importing: offices take turns, small files pass large ones, trouble waits apart.

A killed process loses nothing.
"""

import asyncio

import structlog

from libs.common.bus.dead_letters import reason_of, trace_of
from libs.common.db.trouble import is_collision, is_outage
from libs.common.service import Worker
from libs.common.web.problems import Problem
from services.registration.imports import store
from services.registration.imports.importing import work_through
from services.registration.imports.problems import IMPORT_GAVE_UP
from services.registration.imports.store import ProgressTaken
from services.registration.settings import RegistrationContext

log = structlog.get_logger("canbao.registration.imports")

_IDLE_SECONDS = 0.5
#: Attempts without getting any further, over some twenty minutes.
_MOST_ATTEMPTS = 10
#: Files worked on at once: two of any size, and one that is small, so that no large ones hold it up.
_LANES = (False, False, True)


def import_worker(context: RegistrationContext) -> Worker:
    """Make the worker, and register how many imports are open."""

    async def count() -> int:
        async with context.engine.connect() as conn:
            return await store.count_open(conn)

    async def states() -> dict[str, float]:
        async with context.engine.connect() as conn:
            return await store.count_states(conn)

    context.backlog.add("imports", count)
    context.metrics.gauge_from("canbao_imports", "Imports by state.", "state", states)

    async def run(stop: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as lanes:
            for small in _LANES:
                lanes.create_task(_keep_importing(context, stop, small=small))

    return Worker("imports", run)


async def _keep_importing(context: RegistrationContext, stop: asyncio.Event, *, small: bool) -> None:
    while not stop.is_set():
        try:
            worked = await import_next(context, small=small)
        except Exception:
            log.exception("import_interrupted")
            worked = False
        if not worked:
            await _sleep(stop)


async def import_next(context: RegistrationContext, *, small: bool = False) -> bool:
    """Work through the import whose turn it is and that nobody else has; False when there is none."""
    async with context.engine.connect() as conn:
        conn = await conn.execution_options(isolation_level="AUTOCOMMIT")
        for import_id in await store.due(conn, small=small):
            if not await store.hold(conn, import_id):
                continue
            try:
                return await _import(context, import_id)
            finally:
                await store.let_go(conn, import_id)
    return False


async def _import(context: RegistrationContext, import_id: int) -> bool:
    async with context.engine.begin() as conn:
        job = await store.one(conn, import_id)
        if job is None or job.state not in ("queued", "running"):
            return False
        attempts = await store.start(conn, import_id)
    try:
        if attempts > _MOST_ATTEMPTS:
            raise IMPORT_GAVE_UP.problem(trouble=job.trouble)
        await work_through(context, job)
    except Problem as problem:
        log.warning("import_failed", import_id=import_id, problem=problem.type.slug)
        async with context.engine.begin() as conn:
            await store.fail(conn, import_id, problem.to_json())
    except Exception as error:
        if isinstance(error, ProgressTaken) or is_outage(error) or is_collision(error):
            raise
        log.error("import_put_off", import_id=import_id, reason=reason_of(error), trace=trace_of(error))
        async with context.engine.begin() as conn:
            await store.put_off(conn, import_id, reason_of(error))
    return True


async def _sleep(stop: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(_IDLE_SECONDS):
            await stop.wait()
    except TimeoutError:
        pass
