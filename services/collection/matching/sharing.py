"""Shares matching out between instances: each takes the leases of some counties, or that of all."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from services.collection.matching import queue_store
from services.collection.matching.lease_store import hold_lease, take_leases
from services.collection.matching.queue_store import QueuedWork, Waiting


class BeyondCounties(Exception):
    """Somebody whose money it is owes in a county whose lease is not held."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Work, and the counties whose lease is held for it; None stands for all."""

    work: Sequence[QueuedWork]
    counties: Collection[str] | None = None


async def take_work(conn: AsyncConnection, limit: int, together_to: int) -> Taken:
    """Take the next work in the order of arrival: of as many counties as make a batch and nobody else is at.

    Work up to the notification `together_to`, and what may be of any county, is taken under the lease of all.
    Nothing overtakes that: of two payments for one person the first one counts.
    """
    waiting = await queue_store.waiting(conn, limit)
    if not waiting:
        return Taken([])
    if waiting[0].county is None or waiting[0].oldest <= together_to:
        await hold_lease(conn)
        return Taken(await queue_store.queued(conn, limit))
    counties = await _free(conn, waiting, limit)
    return Taken(await queue_store.queued_of(conn, counties, limit), counties)


def check_within(held: Collection[str] | None, counties: Collection[str | None]) -> None:
    """Raise BeyondCounties if these counties are more than those whose lease is held."""
    if held is not None and not set(counties) <= set(held):
        raise BeyondCounties


async def _free(conn: AsyncConnection, waiting: Sequence[Waiting], limit: int) -> list[str]:
    """Take the leases of counties, the oldest first, until they have a batch; some may be somebody's."""
    free: list[str] = []
    missing, left = limit, list(waiting)
    while left and missing > 0:
        asked: dict[str, int] = {}
        while left and sum(asked.values()) < missing:
            one = left.pop(0)
            if one.county is not None:
                asked[one.county] = one.number
        taken = await take_leases(conn, asked)
        free += taken
        missing -= sum(asked[county] for county in taken)
    return free
