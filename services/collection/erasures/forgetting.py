"""Forgets people whom registration erased, and again what is told of them later."""

from collections.abc import Collection, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.erasures import erased_among, note_erased
from libs.common.events.erasures import PersonErased
from services.collection.erasures import store
from services.collection.matching.lease_store import hold_lease


async def forget_erased(conn: AsyncConnection, told: Sequence[PersonErased], people: Collection[int]) -> None:
    """Know who was erased, and forget those among `people`, of whom the same batch told.

    The lease has whoever writes of these people on another partition do it before this, or see it.
    """
    if told:
        await hold_lease(conn)
        await note_erased(conn, told)
    if erased := await erased_among(conn, people):
        await store.forget(conn, erased)
