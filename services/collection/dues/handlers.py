"""What registration says, in any order: the highest revision counts, a cancellation until the next.

Earlier revisions are kept: money is judged by what was in force when it was paid. That an officer ended the
cover is a cancellation after which no money of the person counts, whenever it was paid.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias, cast

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus.handling import Received
from libs.common.events.envelope import EarlierSchedule
from libs.common.events.erasures import PersonErased
from libs.common.events.registration import (
    EnrollmentAssessed,
    EnrollmentCancelled,
    EnrollmentCovered,
    EnrollmentListed,
    EnrollmentReassessed,
    EnrollmentWithdrawn,
    PersonMerged,
)
from services.collection.certificates import store as certificates
from services.collection.certificates.store import Cover
from services.collection.dues import identities_store, schedules_store, store
from services.collection.dues.identities_store import DueIdentity
from services.collection.dues.merging import as_survivors, merge, without_waiting
from services.collection.dues.rules import until
from services.collection.dues.store import (
    AssessedDue,
    CancelledDue,
    written_choices,
    written_schedule,
)
from services.collection.erasures.forgetting import forget_erased
from services.collection.households.members_store import wake_others
from services.collection.matching.lease_store import hold_lease
from services.collection.matching.store import Explanation, wake
from services.collection.orders.closing import close_changed
from services.collection.units.keeping import keep_lists

_OfCounty: TypeAlias = (
    EnrollmentAssessed
    | EnrollmentCancelled
    | EnrollmentWithdrawn
    | EnrollmentCovered
    | EnrollmentListed
    | PersonMerged
)
#: Each of them is about one person.
_OfPerson: TypeAlias = _OfCounty | PersonErased

TYPES = (
    EnrollmentAssessed,
    EnrollmentReassessed,
    EnrollmentCancelled,
    EnrollmentWithdrawn,
    EnrollmentCovered,
    EnrollmentListed,
    PersonMerged,
    PersonErased,
)


async def on_registration(conn: AsyncConnection, batch: Sequence[Received]) -> None:
    """Keep what registration says of dues; of people who were erased, forget who they were."""
    erased = [one.fact for one in batch if isinstance(one.fact, PersonErased)]
    if erased:
        await hold_lease(conn)
    await _on_dues(conn, [one for one in batch if not isinstance(one.fact, PersonErased)])
    people = {cast("_OfPerson", one.fact).person_id for one in batch}
    await forget_erased(conn, erased, people.union(*(fact.merged_person_ids for fact in erased)))


async def _on_dues(conn: AsyncConnection, batch: Sequence[Received]) -> None:
    """Keep dues and identities, and wake money in suspense that a new assessment may explain.

    The lease closes the gap in which a payment is suspended because its due is just being written, and the
    due wakes nobody because the payment is just being suspended.
    """
    batch = await _without_dues(conn, batch)
    if not batch:
        return
    await hold_lease(conn, _counties(batch))
    await merge(conn, batch)
    batch = await without_waiting(conn, await as_survivors(conn, batch))
    if not batch:
        return
    told: list[tuple[EnrollmentAssessed, datetime]] = []
    cancelled: list[tuple[EnrollmentCancelled | EnrollmentWithdrawn, datetime]] = []
    for received in batch:
        fact = received.fact
        match fact:
            case EnrollmentCancelled() | EnrollmentWithdrawn(ends_cover=True):
                cancelled.append((fact, received.message.time))
            case EnrollmentAssessed():
                told.append((fact, received.message.time))
    # Nobody waits for, or ordered for, whoever is just being registered.
    revised = [one.enrollment_id for one, _ in cancelled]
    revised += [one.enrollment_id for one, _ in told if one.revision > 1]
    latest = max(received.message.time for received in batch)
    # Also households that somebody leaves by it may be whole now.
    await wake_others(conn, revised, latest)
    await _assess(conn, told)
    await store.cancel(conn, [_cancellation(fact) for fact, _ in cancelled])
    await _identify(conn, cancelled)
    # Another enrollment of the person, or another document, may count now.
    await wake(
        conn,
        [Explanation(None, fact.person_id, fact.county, fact.coverage_year, at) for fact, at in cancelled],
    )
    await wake_others(conn, [*revised, *(one.enrollment_id for one, _ in told)], latest)
    await close_changed(conn, revised, latest)


def _counties(batch: Sequence[Received]) -> set[str] | None:
    """Whose dues these facts change. What was told of who is merged may be of any county."""
    if any(isinstance(one.fact, PersonMerged) for one in batch):
        return None
    return {cast("_OfCounty", one.fact).county for one in batch}


async def _without_dues(conn: AsyncConnection, batch: Sequence[Received]) -> list[Received]:
    """Keep what changes no due, covers and lists of units; give the rest."""
    covers = [_cover(one.fact) for one in batch if isinstance(one.fact, EnrollmentCovered)]
    await certificates.cover(conn, covers)
    await keep_lists(conn, [one.fact for one in batch if isinstance(one.fact, EnrollmentListed)])
    return [one for one in batch if not isinstance(one.fact, EnrollmentCovered | EnrollmentListed)]


async def _assess(conn: AsyncConnection, told: Sequence[tuple[EnrollmentAssessed, datetime]]) -> None:
    said_then = [_earlier(fact, one) for fact, _ in told for one in fact.earlier]
    news = await schedules_store.upsert(conn, [*said_then, *(_due(fact) for fact, _ in told)])
    newest: dict[int, EnrollmentAssessed] = {}
    for fact, _ in sorted(told, key=lambda one: one[0].revision):
        newest[fact.enrollment_id] = fact
    kept = [fact for enrollment_id, fact in newest.items() if enrollment_id in news]
    identities = [identity for fact in kept for identity in _identities(fact)]
    written = await identities_store.replace(
        conn, identities, [fact.enrollment_id for fact in kept if fact.revision > 1]
    )
    said = {identity for fact, _ in told for identity in _identities(fact)}
    await identities_store.keep_former(conn, sorted(said - written))
    await wake(conn, [explanation for fact, at in told for explanation in _explanations(fact, at)])


async def _identify(
    conn: AsyncConnection, told: Sequence[tuple[EnrollmentCancelled | EnrollmentWithdrawn, datetime]]
) -> None:
    """Know whom enrollments that ended were of by the numbers they have since, where nobody else has them."""
    about = [(fact, at, digest) for fact, at in told for digest in fact.identity_digests]
    if not about:
        return
    rows = [
        DueIdentity(digest, fact.county, fact.coverage_year, fact.enrollment_id, 0)
        for fact, _, digest in about
    ]
    await identities_store.replace(conn, rows, sorted({fact.enrollment_id for fact, _, _ in about}))
    news = [
        Explanation(digest, fact.person_id, fact.county, fact.coverage_year, at) for fact, at, digest in about
    ]
    await wake(conn, news)


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
        tier=fact.tier,
        choices=written_choices(fact.choices),
        guardian_id=fact.guardian_id,
        birth_year=fact.birth_year,
        number_ends=fact.number_ends,
    )


def _cover(fact: EnrollmentCovered) -> Cover:
    return Cover(fact.enrollment_id, fact.revision, fact.cover_from, fact.cover_to)


def _earlier(fact: EnrollmentAssessed, earlier: EarlierSchedule) -> AssessedDue:
    """What was known earlier says what was owed until the assessment that brings it, and nothing of later."""
    choices = tuple(
        one.model_copy(update={"schedule": until(one.schedule, fact.assessed_at)}) for one in earlier.choices
    )
    return replace(
        _due(fact),
        assessment_id=earlier.assessment_id,
        revision=earlier.revision,
        schedule=written_schedule(until(earlier.schedule, fact.assessed_at)),
        assessed_at=earlier.assessed_at,
        choices=written_choices(choices),
    )


def _identities(fact: EnrollmentAssessed) -> list[DueIdentity]:
    return [
        DueIdentity(digest, fact.county, fact.coverage_year, fact.enrollment_id, fact.assessment_id)
        for digest in fact.identity_digests
    ]


def _explanations(fact: EnrollmentAssessed, at: datetime) -> list[Explanation]:
    digests: tuple[str | None, ...] = fact.identity_digests or (None,)
    return [Explanation(digest, fact.person_id, fact.county, fact.coverage_year, at) for digest in digests]


def _cancellation(fact: EnrollmentCancelled | EnrollmentWithdrawn) -> CancelledDue:
    if isinstance(fact, EnrollmentWithdrawn):
        at, reason = fact.withdrawn_at, store.WITHDRAWN
    else:
        at, reason = fact.cancelled_at, fact.reason if fact.reason in store.CANCELLED_FOR else "officer"
    return CancelledDue(
        enrollment_id=fact.enrollment_id,
        person_id=fact.person_id,
        county=fact.county,
        coverage_year=fact.coverage_year,
        division_code=fact.division_code,
        cancelled_at=at,
        cancel_reason=reason,
        cancelled_revision=fact.revision,
    )
