"""Events in: what people owe and what they paid, decided into grants a batch at a time."""

from collections.abc import Sequence
from typing import cast

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus.handling import Received
from libs.common.bus.outbox import Cause
from libs.common.events.collection import PaymentReceived, PaymentSuspended
from libs.common.events.registration import EnrollmentAssessed, EnrollmentCancelled, EnrollmentReassessed
from services.subsidy.cards import store as cards_store
from services.subsidy.cards.store import Identity, KnownPerson
from services.subsidy.entitlements import facts, rules, store
from services.subsidy.entitlements.facts import Enrollment, YearKey
from services.subsidy.entitlements.store import EnrollmentRow, PaymentLine
from services.subsidy.grants import store as grants_store
from services.subsidy.grants.recording import Changes, record
from services.subsidy.incoming.reading import enrollment_of, line_of, payment_of
from services.subsidy.payouts import store as payouts_store
from services.subsidy.refunds import handlers as refund_handlers

REGISTRATION_FACTS = (EnrollmentAssessed, EnrollmentReassessed, EnrollmentCancelled)
COLLECTION_FACTS = (PaymentReceived, PaymentSuspended)


async def on_registration(conn: AsyncConnection, batch: Sequence[Received]) -> None:
    """Take in assessments and cancellations of one partition, in their order."""
    about = [(cast("EnrollmentAssessed | EnrollmentCancelled", r.fact), r) for r in batch]
    reached = await _know_people(
        conn,
        [fact for fact, _ in about if isinstance(fact, EnrollmentAssessed)],
        {fact.person_id for fact, _ in about if isinstance(fact, EnrollmentCancelled)},
    )
    years = await store.load_years(conn, {_key(fact): None for fact, _ in about}.keys())
    await grants_store.load_grants(conn, years)
    changes = Changes()
    saved: dict[int, EnrollmentRow] = {}
    for fact, received in about:
        key = _key(fact)
        year = years[key]
        if isinstance(fact, EnrollmentCancelled):
            facts.cancel(year, fact.enrollment_id, fact.county, fact.division_code, fact.cancelled_at)
        elif not facts.assess(year, enrollment_of(fact)):
            continue
        _remember(saved, key, year.enrollments[fact.enrollment_id], fact)
        changes.add(key, rules.decide(year, received.message.time), _cause(received))
    await store.save_enrollments(conn, list(saved.values()))
    await record(conn, changes)
    await payouts_store.find_cards(conn, person_ids=reached)


async def on_collection(conn: AsyncConnection, batch: Sequence[Received]) -> None:
    """Take in payments, applied and suspended, of one partition."""
    about = [(cast("PaymentReceived | PaymentSuspended", r.fact), r) for r in batch]
    applied = [(fact, received) for fact, received in about if isinstance(fact, PaymentReceived)]
    await cards_store.lock_persons(conn, {f.person_id for f, _ in about if f.person_id is not None})
    years = await store.load_years(conn, {_key(fact): None for fact, _ in applied}.keys(), only_helped=True)
    lines = _each_once([line_of(fact, received.message.time) for fact, received in about])
    written = await store.save_lines(conn, lines)
    gone = await refund_handlers.on_lines(conn, [line for line in lines if line.key in written], written)
    await grants_store.load_grants(conn, years)
    changes = Changes()
    for fact, received in applied:
        key = _key(fact)
        year = years[key]
        payment = payment_of(fact, received.message.time)
        year.payments.setdefault(payment.key, payment)
        if payment.key in gone:
            year.withdraw(payment.key)
        changes.add(key, rules.decide(year, received.message.time), _cause(received))
    await record(conn, changes)


def _each_once(lines: Sequence[PaymentLine]) -> list[PaymentLine]:
    """Every line once: as applied where it was, also when it is told suspended in the same batch."""
    by_state = sorted(lines, key=lambda line: line.state == "applied")
    return list({line.key: line for line in by_state}.values())


async def _know_people(
    conn: AsyncConnection, assessed: Sequence[EnrollmentAssessed], others: set[int]
) -> set[int]:
    """Keep who people are, lock them and `others`; give those whom a card may now reach."""
    if not assessed:
        await cards_store.lock_persons(conn, others)
        return set()
    people: dict[int, KnownPerson] = {}
    for fact in assessed:
        known = people.get(fact.person_id)
        if known is None or fact.assessed_at >= known.known_at:
            people[fact.person_id] = KnownPerson(
                person_id=fact.person_id,
                county=fact.county,
                division_code=fact.division_code,
                guardian_id=fact.guardian_id,
                minor=fact.minor,
                known_at=fact.assessed_at,
            )
    # The newest says whose number it is.
    owners = {digest: Identity(digest, f.person_id) for f in assessed for digest in f.identity_digests}
    return await cards_store.know_persons(conn, list(people.values()), list(owners.values()), others)


def _key(fact: EnrollmentAssessed | EnrollmentCancelled | PaymentReceived) -> YearKey:
    return YearKey(fact.person_id, fact.coverage_year)


def _cause(received: Received) -> Cause:
    return Cause(received.message.correlation_id, received.message.id)


def _remember(
    saved: dict[int, EnrollmentRow],
    key: YearKey,
    enrollment: Enrollment,
    fact: EnrollmentAssessed | EnrollmentCancelled,
) -> None:
    if isinstance(fact, EnrollmentAssessed):
        household_id: int | None = fact.household_id
        notice: str | None = fact.notice
    else:
        earlier = saved.get(enrollment.enrollment_id)
        household_id, notice = (earlier.household_id, earlier.notice) if earlier else (None, None)
    saved[enrollment.enrollment_id] = EnrollmentRow(
        county=enrollment.county,
        coverage_year=key.coverage_year,
        enrollment_id=enrollment.enrollment_id,
        person_id=key.person_id,
        household_id=household_id,
        division_code=enrollment.division_code,
        revision=enrollment.revision,
        assessment_id=enrollment.assessment_id,
        notice=notice,
        assessed_at=enrollment.assessed_at,
        offers=store.offer_documents(enrollment.offers),
        late=store.line_documents(enrollment.late),
        cancelled_at=enrollment.cancelled_at,
    )
