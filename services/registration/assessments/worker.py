"""The background work of assessing: while something waits, takes it batch by batch."""

import asyncio

from libs.common.bus import outbox
from libs.common.bus.driver import Retry, pause
from libs.common.service import Worker
from services.registration.assessments import store
from services.registration.assessments.assessing import Assessor
from services.registration.settings import RegistrationContext
from services.registration.unassessed import store as unassessed

_IDLE_SECONDS = 0.2


def assess_worker(context: RegistrationContext) -> Worker:
    """Make the worker, and register how much waits."""

    async def count() -> int:
        async with context.engine.connect() as conn:
            return await store.count_waiting(conn)

    async def failed() -> dict[str, float]:
        async with context.engine.connect() as conn:
            return await unassessed.count(conn)

    context.backlog.add("assess", count)
    context.metrics.gauge_from(
        "canbao_unassessed", "Enrollments that could not be assessed.", "county", failed
    )

    async def run(stop: asyncio.Event) -> None:
        assessor = Assessor(context.notices, context.digests.name)
        retry = Retry()
        while not stop.is_set():
            retry.begin()
            await context.right_of_way.give_way()
            try:
                number = await assess_batch(context, assessor)
            except Exception as error:
                await retry.after(error, "assessor", stop)
                continue
            if not number:
                await pause(stop, _IDLE_SECONDS)

    return Worker("assess", run)


async def assess_batch(context: RegistrationContext, assessor: Assessor) -> int:
    """Assess one batch in one transaction; give how many enrollments."""
    async with context.engine.begin() as conn:
        number = await assessor.work(conn, context.settings.assess_batch)
    if number:
        assessor.committed()
        outbox.poke(context.engine)
        context.backlog.done("assessed", number)
    return number
