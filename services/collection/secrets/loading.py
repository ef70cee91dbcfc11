"""Lets the secrets that are kept here count in this process, within seconds of a change."""

from libs.common.repeating import repeating
from libs.common.service import Worker
from services.collection.assembly import CollectionContext
from services.collection.secrets import store

_EVERY_SECONDS = 2.0


def loader(context: CollectionContext) -> Worker:
    """Make the worker; every process needs its own."""

    async def work() -> None:
        await load(context)

    return repeating("channel_secrets", work, _EVERY_SECONDS)


async def load(context: CollectionContext) -> None:
    """Read the secrets, and make the channels anew where they have changed."""
    async with context.engine.connect() as conn:
        context.parts.keys.channels.keep(await store.active(conn))
