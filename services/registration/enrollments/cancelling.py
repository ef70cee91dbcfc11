"""Withdraws an enrollment that is not paid, and tells the other services."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.outbox import Draft
from libs.common.events.registration import EnrollmentCancelled
from services.registration.enrollments import store
from services.registration.enrollments.store import Enrollment


async def cancel(conn: AsyncConnection, enrollment: Enrollment, reason: str, now: datetime) -> None:
    """Withdraw a locked enrollment; one that is cancelled already stays so."""
    if enrollment.state == "cancelled":
        return
    revision = await store.cancel(conn, enrollment.id, reason, now)
    fact = EnrollmentCancelled(
        enrollment_id=enrollment.id,
        person_id=enrollment.person_id,
        county=enrollment.county,
        coverage_year=enrollment.coverage_year,
        division_code=enrollment.division_code,
        reason=reason,
        revision=revision,
        cancelled_at=now,
    )
    await outbox.append(conn, [Draft(fact, str(enrollment.person_id), now)])
