"""The background work of importing: takes stored files one after another; a killed process loses nothing."""

import asyncio

import structlog

from libs.common.service import Worker
from libs.common.web.problems import Problem
from services.registration.imports import store
from services.registration.imports.importing import work_through
from services.registration.imports.problems import IMPORT_GAVE_UP
from services.registration.settings import RegistrationContext

log = structlog.get_logger("canbao.registration.imports")

_IDLE_SECONDS = 0.5
_MOST_ATTEMPTS = 20


def import_worker(context: RegistrationContext) -> Worker:
    """Make the worker, and register how many imports are open."""

    async def count() -> int:
        async with context.engine.connect() as conn:
            return await store.count_open(conn)

    context.backlog.add("imports", count)

    async def run(stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                worked = await import_next(context)
            except Exception:
                log.exception("import_interrupted")
                worked = False
            if not worked:
                await _sleep(stop)

    return Worker("imports", run)


async def import_next(context: RegistrationContext) -> bool:
    """Work through the oldest open import that nobody else has; False when there is none."""
    async with context.engine.connect() as conn:
        conn = await conn.execution_options(isolation_level="AUTOCOMMIT")
        for import_id in await store.open_imports(conn):
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
            raise IMPORT_GAVE_UP.problem()
        await work_through(context, job)
    except Problem as problem:
        log.warning("import_failed", import_id=import_id, problem=problem.type.slug)
        async with context.engine.begin() as conn:
            await store.fail(conn, import_id, problem.to_json())
    return True


async def _sleep(stop: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(_IDLE_SECONDS):
            await stop.wait()
    except TimeoutError:
        pass
