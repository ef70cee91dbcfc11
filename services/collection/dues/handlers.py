"""What registration says, in any order: the highest revision counts, a cancellation until the next."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus.handling import Received
from libs.common.events.registration import EnrollmentAssessed, EnrollmentCancelled, EnrollmentReassessed
from services.collection.dues import store
from services.collection.dues.store import AssessedDue, CancelledDue, DueIdentity, written_schedule
from services.collection.matching.store import Explanation, hold_lease, wake

TYPES = (EnrollmentAssessed, EnrollmentReassessed, EnrollmentCancelled)


@dataclass(frozen=True, slots=True)
class _Told:
    """An assessment, and when registration told of it."""

    fact: EnrollmentAssessed
    at: datetime


async def on_registration(conn: AsyncConnection, batch: Sequence[Received]) -> None:
    """Keep dues and identities, and wake money in suspense that a new assessment may explain.

    The lease closes the gap in which a payment is suspended because its due is just being written, and the
    due wakes nobody because the payment is just being suspended.
    """
    await hold_lease(conn)
    newest: dict[int, _Told] = {}
    cancelled: dict[int, EnrollmentCancelled] = {}
    for received in batch:
        fact = received.fact
        if isinstance(fact, EnrollmentCancelled):
            known = cancelled.get(fact.enrollment_id)
            if known is None or known.cancelled_at < fact.cancelled_at:
                cancelled[fact.enrollment_id] = fact
        elif isinstance(fact, EnrollmentAssessed):
            best = newest.get(fact.enrollment_id)
            if best is None or best.fact.revision < fact.revision:
                newest[fact.enrollment_id] = _Told(fact, received.message.time)
    await _assess(conn, newest.values())
    await store.cancel(conn, [_cancellation(fact) for fact in cancelled.values()])


async def _assess(conn: AsyncConnection, newest: Collection[_Told]) -> None:
    news = await store.upsert(conn, [_due(told.fact) for told in newest])
    kept = [told for told in newest if told.fact.enrollment_id in news]
    identities = [identity for told in kept for identity in _identities(told.fact)]
    revised = [told.fact.enrollment_id for told in kept if told.fact.revision > 1]
    await store.replace_identities(conn, identities, revised)
    await wake(conn, [explanation for told in kept for explanation in _explanations(told)])


def _due(fact: EnrollmentAssessed) -> AssessedDue:
    return AssessedDue(
        enrollment_id=fact.enrollment_id,
        person_id=fact.person_id,
        household_id=fact.household_id,
        county=fact.county,
        coverage_year=fact.coverage_year,
        division_code=fact.division_code,
        assessment_id=fact.assessment_id,
        revision=fact.revision,
        notice=fact.notice,
        name_digest=fact.name_digest,
        masked_name=fact.masked_name,
        schedule=written_schedule(fact.schedule),
        assessed_at=fact.assessed_at,
    )


def _identities(fact: EnrollmentAssessed) -> list[DueIdentity]:
    return [
        DueIdentity(digest, fact.county, fact.coverage_year, fact.enrollment_id, fact.assessment_id)
        for digest in fact.identity_digests
    ]


def _explanations(told: _Told) -> list[Explanation]:
    fact = told.fact
    return [
        Explanation(digest, fact.county, fact.coverage_year, fact.assessed_at, told.at)
        for digest in fact.identity_digests
    ]


def _cancellation(fact: EnrollmentCancelled) -> CancelledDue:
    return CancelledDue(
        enrollment_id=fact.enrollment_id,
        person_id=fact.person_id,
        county=fact.county,
        coverage_year=fact.coverage_year,
        division_code=fact.division_code,
        cancelled_at=fact.cancelled_at,
        cancel_reason=fact.reason,
    )
