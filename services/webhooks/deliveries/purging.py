"""Forgets what is told no more: facts after their days, secrets that were replaced."""

from libs.common.clock import SystemClock
from libs.common.repeating import for_each, repeating
from libs.common.service import Worker
from services.webhooks.assembly import WebhooksContext
from services.webhooks.deliveries import store
from services.webhooks.facts import store as facts_store

_EVERY_SECONDS = 3_600.0


async def purge(context: WebhooksContext) -> None:
    """Forget all that is over, in transactions of bounded size; what fails keeps nothing else."""

    async def keys() -> None:
        async with context.engine.begin() as conn:
            await store.forget_keys(conn, SystemClock().now())

    async def facts() -> None:
        forgotten = 1
        while forgotten:
            async with context.engine.begin() as conn:
                forgotten = await facts_store.forget(conn, context.settings.kept_days)

    works = (("forgetting of replaced secrets", keys), ("forgetting of facts", facts))
    await for_each(works, lambda work: work[1](), lambda work: work[0])


def purger(context: WebhooksContext) -> Worker:
    """Make the worker; any number may run."""

    async def work() -> None:
        await purge(context)

    return repeating("webhooks_purge", work, _EVERY_SECONDS)
