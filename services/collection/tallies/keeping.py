"""Keeps what was counted of channels, every few seconds: what a process holds in between dies with it."""

from libs.common.db.trouble import is_collision, is_outage
from libs.common.repeating import for_each, repeating
from libs.common.service import Worker
from libs.common.setbacks import SetBack
from services.collection.assembly import CollectionContext
from services.collection.tallies import store
from services.collection.tallies.rules import Tally

_EVERY_SECONDS = 5.0


def keeper(context: CollectionContext) -> Worker:
    """Make the worker; every process needs its own."""

    async def work() -> None:
        await keep(context)

    return repeating("channel_tallies", work, _EVERY_SECONDS)


async def keep(context: CollectionContext) -> None:
    """Add what was counted to what is kept; what the database could not take now is tried again."""
    counted, kept = context.parts.tallies.take(), set[Tally]()

    async def add(one: Tally) -> None:
        async with context.engine.begin() as conn:
            await store.add(conn, one)
        kept.add(one)

    try:
        await for_each(counted, add, lambda one: f"tally of channel {one.channel}")
    except Exception as error:
        if is_outage(error) or is_collision(error):
            context.parts.tallies.give_back(one for one in counted if one not in kept)
        raise


async def keep_last(context: CollectionContext) -> None:
    """Do so once more as the process ends; where that cannot be, a few seconds of counts are lost."""
    try:
        await keep(context)
    except Exception as error:
        if not (isinstance(error, SetBack) or is_outage(error) or is_collision(error)):
            raise
