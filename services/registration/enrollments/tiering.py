"""Has others of a household assessed again: a tier that somebody is complete with binds them, or no more."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.registration.assessments import store as assessments
from services.registration.enrollments import store


async def look_at_households(
    conn: AsyncConnection, households: Collection[int], besides: Collection[int], at: datetime
) -> None:
    """Look again at the open enrollments of these households, without those given."""
    others = await store.same_household(conn, sorted(households), sorted(besides))
    await assessments.enqueue(conn, others, "tier_chosen", at)
