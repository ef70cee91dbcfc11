"""Forgets people whom registration erased, and again what is told of them later."""

from collections.abc import Collection, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.erasures import erased_among, note_erased
from libs.common.events.erasures import PersonErased
from services.subsidy.erasures import store


async def forget_erased(conn: AsyncConnection, told: Sequence[PersonErased], people: Collection[int]) -> None:
    """Know who was erased, and forget those among `people`, of whom the same batch told.

    Who tells of an erasure has the turn alone: others write of these people before this, or see it.
    """
    await note_erased(conn, told)
    if erased := await erased_among(conn, people):
        await store.forget(conn, erased)
