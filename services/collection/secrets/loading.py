"""Lets the secrets that are kept here count in this process, within seconds of a change."""

from contextlib import suppress

from libs.common.repeating import repeating
from libs.common.security.data_keys import CannotBeOpened
from libs.common.security.webhooks import WebhookKeyRing
from libs.common.service import Worker
from libs.common.setbacks import setback
from services.collection.assembly import CollectionContext
from services.collection.channels.port import Kept
from services.collection.secrets import store
from services.collection.secrets.store import Active

_EVERY_SECONDS = 2.0
#: What was changed behind our back, or belongs to another key; in clear, what is no text.
_BROKEN = (CannotBeOpened, UnicodeError)


def loader(context: CollectionContext) -> Worker:
    """Make the worker; every process needs its own."""

    async def work() -> None:
        await load(context)

    return repeating("channel_secrets", work, _EVERY_SECONDS)


async def load(context: CollectionContext) -> None:
    """Read the secrets, and make the channels anew where they have changed.

    One that cannot be opened, or by which nobody can sign, keeps no other from counting: each is told of.
    """
    kept: dict[str, Kept] = {}
    for one in await _active(context):
        try:
            WebhookKeyRing([one.key])
        except ValueError as error:
            setback(f"secret {one.secret_id} of channel {one.channel}", error)
            continue
        before = kept.get(one.channel, Kept(one.county, ()))
        kept[one.channel] = Kept(before.county, (*before.keys, one.key))
    context.parts.keys.channels.keep(kept)


async def _active(context: CollectionContext) -> list[Active]:
    async with context.engine.connect() as conn:
        with suppress(*_BROKEN):
            return await store.active(conn)
        found = []
        for secret_id in await store.active_ids(conn):
            try:
                one = await store.active_one(conn, secret_id)
            except _BROKEN as error:
                setback(f"secret {secret_id}", error)
                continue
            if one is not None:
                found.append(one)
        return found
