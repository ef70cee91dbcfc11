"""Withdraws an enrollment that is not paid, and tells the other services. Of an exempt one two agree."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.outbox import Draft
from libs.common.cases.deciding import Decision, ask_second
from libs.common.cases.store import ApprovalRow, NewApproval
from libs.common.events.registration import EnrollmentCancelled
from libs.common.security.caller import Caller
from services.registration.enrollments import completions_store, store
from services.registration.enrollments.problems import ALREADY_PAID, BUREAU_ENDS
from services.registration.enrollments.rules import COMPLETE, ENDED, CancelReason
from services.registration.enrollments.store import Enrollment
from services.registration.enrollments.tiering import look_at_households
from services.registration.histories.looking_again import look_at_later_years
from services.registration.life_events.rules import DIED

#: The scope of who may ask for that.
BUREAU = "registration:decide"
#: What a second officer agrees to.
OPERATION = "cancel_exempt"


async def ask_to_cancel(
    conn: AsyncConnection, enrollment: Enrollment, reason: str, caller: Caller, now: datetime
) -> ApprovalRow:
    """Have a second officer agree that an exempt enrollment ends, with its help; gives the approval.

    Raises Problem for who may not ask for that, and when it is asked for already.
    """
    if not caller.may(BUREAU):
        raise BUREAU_ENDS.problem()
    approval = NewApproval(
        operation=OPERATION,
        subject=f"enrollments/{enrollment.id}",
        payload={"enrollment_id": enrollment.id},
        reason=reason,
        asked_by=caller.subject,
        asked_at=now,
        county=enrollment.county,
        coverage_year=enrollment.coverage_year,
        division_code=enrollment.division_code,
    )
    return await ask_second(conn, approval)


async def agree(conn: AsyncConnection, context: object, asked: ApprovalRow, decision: Decision) -> None:
    """A second officer agreed: the enrollment ends, unless it is paid meanwhile."""
    enrollment = await store.lock_one(conn, int(str(asked.payload["enrollment_id"])))
    assert enrollment is not None, "enrollments are never deleted"
    if enrollment.state == "paid":
        raise ALREADY_PAID.problem()
    await cancel(conn, enrollment, "officer", decision.at, note=asked.reason)


async def cancel_of_dead(conn: AsyncConnection, ids: Sequence[int], now: datetime) -> None:
    """Withdraw those of these open enrollments that are of somebody who died: nothing is owed any more."""
    for enrollment_id in await completions_store.of_dead(conn, ids):
        enrollment = await store.lock_one(conn, enrollment_id)
        if enrollment is not None:
            await cancel(conn, enrollment, DIED, now)


async def cancel(
    conn: AsyncConnection,
    enrollment: Enrollment,
    reason: CancelReason,
    now: datetime,
    note: str | None = None,
) -> None:
    """Withdraw a locked enrollment; one that has ended already stays so. The note is told to nobody.

    Of a cover that officers ended the money may still be here: whether it comes back is for them.
    """
    if enrollment.state in ENDED:
        return
    revision = await store.cancel(conn, enrollment.id, reason, note, now)
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
    if enrollment.state in COMPLETE and enrollment.tier is not None:
        await look_at_households(conn, [enrollment.household_id], [enrollment.id], now)
    await look_at_later_years(conn, {enrollment.id: now})
