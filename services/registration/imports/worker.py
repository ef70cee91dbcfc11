"""The background work of importing: offices take turns, small files pass large ones, trouble waits apart.

A killed process loses nothing.
"""

import asyncio

import structlog

from libs.common.bus.dead_letters import reason_of
from libs.common.bus.driver import Retry, pause
from libs.common.db.trouble import is_collision, is_outage
from libs.common.service import Worker
from libs.common.setbacks import SetBack, setback
from libs.common.web.catalogue import NOTICE_FAULTY
from libs.common.web.problems import Problem
from services.registration.imports import store
from services.registration.imports.importing import work_through
from services.registration.imports.problems import IMPORT_GAVE_UP
from services.registration.imports.store import ProgressTaken
from services.registration.notices.rules import NOTICE_NOT_FOUND
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
    retry = Retry()
    while not stop.is_set():
        retry.begin()
        try:
            worked = await import_next(context, small=small)
        except Exception as error:
            await retry.after(error, "importer", stop)
            continue
        if not worked:
            await pause(stop, _IDLE_SECONDS)


async def import_next(context: RegistrationContext, *, small: bool = False) -> bool:
    """Work through the import whose turn it is and that nobody else has; False when there is none.

    One of which not even the trouble can be noted waits, and the next has its turn. Raises SetBack if only
    such wait.
    """
    failed: Exception | None = None
    async with context.engine.connect() as conn:
        conn = await conn.execution_options(isolation_level="AUTOCOMMIT")
        for import_id in await store.due(conn, small=small):
            if not await store.hold(conn, import_id):
                continue
            try:
                return await _import(context, import_id)
            except Exception as error:
                if _is_nobodys_fault(error):
                    raise
                setback(f"import {import_id}", error)
                failed = error
            finally:
                await store.let_go(conn, import_id)
    if failed is not None:
        raise SetBack from failed
    return False


def _is_nobodys_fault(error: Exception) -> bool:
    return isinstance(error, ProgressTaken) or is_outage(error) or is_collision(error)


async def _import(context: RegistrationContext, import_id: int) -> bool:
    async with context.engine.begin() as conn:
        started = await store.start(conn, import_id)
    if started is None:
        return False
    try:
        if started.attempts > _MOST_ATTEMPTS:
            raise IMPORT_GAVE_UP.problem(trouble=started.trouble)
        async with context.engine.connect() as conn:
            job = await store.one(conn, import_id)
        assert job is not None, "it was started just now"
        await work_through(context, job)
    except Problem as problem:
        if problem.type in (NOTICE_FAULTY, NOTICE_NOT_FOUND):
            await _wait_for_notice(context, import_id, problem)
            return True
        log.warning("import_failed", import_id=import_id, problem=problem.type.slug)
        async with context.engine.begin() as conn:
            await store.fail(conn, import_id, problem.to_json())
    except Exception as error:
        if _is_nobodys_fault(error):
            raise
        setback(f"import {import_id}", error)
        async with context.engine.begin() as conn:
            await store.put_off(conn, import_id, reason_of(error))
    return True


async def _wait_for_notice(context: RegistrationContext, import_id: int, problem: Problem) -> None:
    """Have an import wait while the file of its notice has a fault or is gone: it was sent by that notice."""
    file, line = (problem.extensions.get(name) for name in ("faulty_file", "line"))
    log.warning("import_waits", import_id=import_id, faulty_file=file, line=line)
    where = f": {file}, line {line}" if file is not None else ""
    async with context.engine.begin() as conn:
        await store.let_wait(conn, import_id, problem.type.slug + where)
