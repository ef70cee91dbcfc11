"""What registration says, in any order: the highest revision counts, a cancellation until the next."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus.handling import Received
from libs.common.events.registration import EnrollmentAssessed, EnrollmentCancelled, EnrollmentReassessed
from services.collection.dues import store
from services.collection.matching.store import hold_lease

TYPES = (EnrollmentAssessed, EnrollmentReassessed, EnrollmentCancelled)


async def on_registration(conn: AsyncConnection, batch: Sequence[Received]) -> None:
    """Keep dues and identities, and wake money in suspense that a new assessment may explain.

    The lease closes the gap in which a payment is suspended because its due is just being written, and the
    due wakes nobody because the payment is just being suspended.
    """
    await hold_lease(conn)
    newest: dict[int, Received] = {}
    cancelled: dict[int, EnrollmentCancelled] = {}
    for received in batch:
        fact = received.fact
        if isinstance(fact, EnrollmentCancelled):
            known = cancelled.get(fact.enrollment_id)
            if known is None or known.cancelled_at < fact.cancelled_at:
                cancelled[fact.enrollment_id] = fact
        elif isinstance(fact, EnrollmentAssessed):
            best = newest.get(fact.enrollment_id)
            if best is None or best.fact.revision < fact.revision:  # type: ignore[attr-defined]
                newest[fact.enrollment_id] = received
    await _assess(conn, list(newest.values()))
    await store.cancel(conn, [_cancellation(fact) for fact in cancelled.values()])


async def _assess(conn: AsyncConnection, newest: Sequence[Received]) -> None:
    news = await store.upsert(conn, [_due(received.fact) for received in newest])
    kept = [received for received in newest if received.fact.enrollment_id in news]
    identities = [row for received in kept for row in _identities(received)]
    revised = [received.fact.enrollment_id for received in kept if received.fact.revision > 1]
    await store.replace_identities(conn, identities, revised)
    await store.wake_waiting_lines(conn, identities)


def _due(fact: Any) -> dict[str, Any]:
    return fact.model_dump(
        mode="json",
        include={
            *("enrollment_id", "person_id", "household_id", "county", "coverage_year", "division_code"),
            *("assessment_id", "revision", "notice", "name_digest", "masked_name"),
            *("schedule", "assessed_at"),
        },
    )


def _identities(received: Received) -> list[dict[str, Any]]:
    fact = received.fact
    return [
        {
            "digest": digest,
            "county": fact.county,
            "coverage_year": fact.coverage_year,
            "enrollment_id": fact.enrollment_id,
            "assessment_id": fact.assessment_id,
            "assessed_at": fact.assessed_at,
            "at": received.message.time,
        }
        for digest in fact.identity_digests
    ]


def _cancellation(fact: EnrollmentCancelled) -> dict[str, Any]:
    return fact.model_dump(mode="json")
