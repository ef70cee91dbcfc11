"""Events in: what people owe and what they paid, decided into grants a batch at a time."""

from collections.abc import Sequence
from typing import Any

from libs.common.events.collection import PaymentReceived, PaymentSuspended
from libs.common.events.registration import EnrollmentAssessed, EnrollmentCancelled, EnrollmentReassessed
from services.subsidy.cards import store as cards_store
from services.subsidy.cards.store import KnownPerson
from services.subsidy.entitlements import facts, grants_store, rules, store
from services.subsidy.entitlements.facts import Enrollment, Payment
from services.subsidy.entitlements.recording import Cause, Changes, record
from services.subsidy.entitlements.store import PaymentLine, SavedEnrollment, YearKey
from services.subsidy.payouts import store as payouts_store
from services.subsidy.refunds import handlers as refund_handlers

REGISTRATION_FACTS = (EnrollmentAssessed, EnrollmentReassessed, EnrollmentCancelled)
COLLECTION_FACTS = (PaymentReceived, PaymentSuspended)


async def on_registration(conn, batch: Sequence[Any]) -> None:
    """Take in assessments and cancellations of one partition, in their order."""
    reached = await _know_people(
        conn,
        [r.fact for r in batch if isinstance(r.fact, EnrollmentAssessed)],
        {r.fact.person_id for r in batch if isinstance(r.fact, EnrollmentCancelled)},
    )
    years = await store.load_years(conn, {_key(r.fact): None for r in batch}.keys())
    await grants_store.load_grants(conn, years)
    changes = Changes()
    saved: dict[int, SavedEnrollment] = {}
    for received in batch:
        fact, key = received.fact, _key(received.fact)
        year = years[key]
        if isinstance(fact, EnrollmentCancelled):
            facts.cancel(year, fact.enrollment_id, fact.county, fact.division_code, fact.cancelled_at)
        elif not facts.assess(year, _enrollment(fact)):
            continue
        _remember(saved, key, year.enrollments[fact.enrollment_id], fact)
        changes.add(key, rules.decide(year, received.message.time), _cause(received))
    await store.save_enrollments(conn, list(saved.values()))
    await record(conn, changes)
    await payouts_store.find_cards(conn, person_ids=reached)


async def on_collection(conn, batch: Sequence[Any]) -> None:
    """Take in payments, applied and suspended, of one partition."""
    applied = [r for r in batch if isinstance(r.fact, PaymentReceived)]
    await cards_store.lock_persons(conn, {r.fact.person_id for r in batch if r.fact.person_id is not None})
    years = await store.load_years(conn, {_key(r.fact): None for r in applied}.keys(), only_helped=True)
    lines = {(r.fact.payment_id, r.fact.line_no): _line(r) for r in (*_suspended(batch), *applied)}
    written = await store.save_lines(conn, list(lines.values()))
    gone = await refund_handlers.on_lines(conn, [lines[place] for place in written], written)
    await grants_store.load_grants(conn, years)
    changes = Changes()
    for received in applied:
        fact, key = received.fact, _key(received.fact)
        year = years[key]
        place = (fact.payment_id, fact.line_no)
        year.payments.setdefault(place, _payment(received))
        if place in gone:
            year.withdraw(place)
        changes.add(key, rules.decide(year, received.message.time), _cause(received))
    await record(conn, changes)


def _suspended(batch: Sequence[Any]) -> list[Any]:
    return [r for r in batch if isinstance(r.fact, PaymentSuspended)]


async def _know_people(conn, assessed: Sequence[EnrollmentAssessed], others: set[int]) -> set[int]:
    """Keep who people are, lock them and `others`; give those whom a card may now reach."""
    if not assessed:
        await cards_store.lock_persons(conn, others)
        return set()
    people: dict[int, EnrollmentAssessed] = {}
    for fact in assessed:
        known = people.get(fact.person_id)
        if known is None or fact.assessed_at >= known.assessed_at:
            people[fact.person_id] = fact
    return await cards_store.know_persons(
        conn,
        [
            KnownPerson(f.person_id, f.county, f.division_code, f.guardian_id, f.minor, f.assessed_at)
            for f in people.values()
        ],
        [(digest, fact.person_id) for fact in assessed for digest in fact.identity_digests],
        others,
    )


def _key(fact: Any) -> YearKey:
    return fact.person_id, fact.coverage_year


def _cause(received: Any) -> Cause:
    return Cause(received.message.correlation_id, received.message.id)


def _enrollment(fact: EnrollmentAssessed) -> Enrollment:
    return Enrollment(
        enrollment_id=fact.enrollment_id,
        county=fact.county,
        division_code=fact.division_code,
        revision=fact.revision,
        assessment_id=fact.assessment_id,
        assessed_at=fact.assessed_at,
        offers=facts.offers_of(fact.schedule),
        late=fact.late_subsidies if isinstance(fact, EnrollmentReassessed) and fact.after_payment else (),
    )


def _remember(saved: dict[int, SavedEnrollment], key: YearKey, enrollment: Enrollment, fact: Any) -> None:
    earlier = saved.get(enrollment.enrollment_id)
    household_id = getattr(fact, "household_id", None) or (earlier.household_id if earlier else None)
    notice = getattr(fact, "notice", None) or (earlier.notice if earlier else None)
    saved[enrollment.enrollment_id] = SavedEnrollment(key, enrollment, household_id, notice)


def _payment(received: Any) -> Payment:
    fact: PaymentReceived = received.fact
    return Payment(
        payment_id=fact.payment_id,
        line_no=fact.line_no,
        enrollment_id=fact.enrollment_id,
        assessment_id=fact.assessment_id,
        county=fact.county,
        division_code=fact.division_code,
        price_fen=fact.price_fen,
        own_fen=fact.own_fen,
        lines=fact.subsidies,
        paid_at=fact.paid_at,
        happened_at=received.message.time,
        amount_fen=fact.own_fen + fact.add_on_fen,
    )


def _line(received: Any) -> PaymentLine:
    fact = received.fact
    applied = isinstance(fact, PaymentReceived)
    return PaymentLine(
        payment_id=fact.payment_id,
        line_no=fact.line_no,
        county=fact.county,
        coverage_year=fact.coverage_year,
        person_id=fact.person_id,
        enrollment_id=fact.enrollment_id,
        assessment_id=fact.assessment_id if applied else None,
        division_code=fact.division_code,
        channel=fact.channel,
        transaction_no=fact.transaction_no,
        state="applied" if applied else "suspended",
        reason=None if applied else fact.reason,
        amount_fen=fact.own_fen + fact.add_on_fen if applied else fact.amount_fen,
        price_fen=fact.price_fen if applied else None,
        own_fen=fact.own_fen if applied else None,
        subsidies=fact.subsidies if applied else (),
        paid_at=fact.paid_at,
        happened_at=received.message.time,
    )
