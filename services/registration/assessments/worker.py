"""The background work of assessing: while something waits, takes it batch by batch."""

import asyncio

from libs.common.bus import outbox
from libs.common.bus.driver import Retry, pause, rest
from libs.common.service import Worker
from services.registration.assessments import store
from services.registration.assessments.assessing import Assessor
from services.registration.settings import RegistrationContext
from services.registration.unassessed import store as unassessed

#: How long a batch that was not full is rested after: while many pay, a few at a time would be dear.
REST_SECONDS = 0.2
#: After a poke the change is still committing: look this long after it, and then at twice the distance.
_EAGER_SECONDS = 0.005


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
        retry, distance = Retry(), REST_SECONDS
        with store.ASSESSORS.listening(context.engine) as poke:
            while not stop.is_set():
                retry.begin()
                await context.right_of_way.give_way()
                if poke.is_set():
                    poke.clear()
                    distance = _EAGER_SECONDS
                try:
                    number = await assess_batch(context, assessor)
                except Exception as error:
                    await retry.after(error, "assessor", stop)
                    continue
                if number == 0:
                    await rest(poke, stop, distance)
                    distance = min(2 * distance, REST_SECONDS)
                elif number < context.settings.assess_batch:
                    await pause(stop, REST_SECONDS)

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
