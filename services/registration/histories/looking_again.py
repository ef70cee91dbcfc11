"""Has enrollments assessed again whose cover may hang on what became known of earlier years."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.registration.assessments import store as assessments
from services.registration.histories import store
from services.registration.histories.rules import HISTORY_KNOWN


async def look_at_later_years(conn: AsyncConnection, changed: Mapping[int, datetime]) -> None:
    """Look again at later years of people whose enrollments changed, each at the instant that is given."""
    if not changed:
        return
    instants: dict[int, datetime] = {}
    for found in await store.of_later_years(conn, changed.keys()):
        at = changed[found.enrollment_id]
        instants[found.later_id] = max(at, instants.get(found.later_id, at))
    if instants:
        await assessments.enqueue_each(conn, instants, HISTORY_KNOWN)
