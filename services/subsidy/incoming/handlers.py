"""Events in: what people owe and what they paid, decided into grants a batch at a time."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus.consumer import Received
from libs.common.bus.outbox import Cause
from libs.common.bus.port import Message
from libs.common.events.collection import PaymentReceived, PaymentSuspended
from libs.common.events.registration import EnrollmentAssessed, EnrollmentCancelled, EnrollmentReassessed
from services.subsidy.cards import store as cards_store
from services.subsidy.cards.store import KnownPerson
from services.subsidy.entitlements import facts, rules, store
from services.subsidy.entitlements.facts import Enrollment, Payment
from services.subsidy.entitlements.store import PaymentLine, SavedEnrollment, YearKey
from services.subsidy.grants import store as grants_store
from services.subsidy.grants.recording import Changes, record
from services.subsidy.payouts import store as payouts_store
from services.subsidy.refunds import handlers as refund_handlers

REGISTRATION_FACTS = (EnrollmentAssessed, EnrollmentReassessed, EnrollmentCancelled)
COLLECTION_FACTS = (PaymentReceived, PaymentSuspended)


RegistrationFact = EnrollmentAssessed | EnrollmentReassessed | EnrollmentCancelled


class _Applied(NamedTuple):
    """A payment that was applied, and the message that said so."""

    fact: PaymentReceived
    message: Message


async def on_registration(conn: AsyncConnection, batch: Sequence[Received]) -> None:
    """Take in assessments and cancellations of one partition, in their order."""
    taken = [(r.fact, r.message) for r in batch if isinstance(r.fact, REGISTRATION_FACTS)]
    reached = await _know_people(
        conn,
        [fact for fact, _ in taken if isinstance(fact, EnrollmentAssessed)],
        {fact.person_id for fact, _ in taken if isinstance(fact, EnrollmentCancelled)},
    )
    years = await store.load_years(conn, dict.fromkeys(_key(fact) for fact, _ in taken))
    await grants_store.load_grants(conn, years)
    changes = Changes()
    saved: dict[int, SavedEnrollment] = {}
    for fact, message in taken:
        key = _key(fact)
        year = years[key]
        if isinstance(fact, EnrollmentCancelled):
            facts.cancel(year, fact.enrollment_id, fact.county, fact.division_code, fact.cancelled_at)
        elif not facts.assess(year, _enrollment(fact)):
            continue
        _remember(saved, key, year.enrollments[fact.enrollment_id], fact)
        changes.add(key, rules.decide(year, message.time), _cause(message))
    await store.save_enrollments(conn, list(saved.values()))
    await record(conn, changes)
    await payouts_store.find_cards(conn, person_ids=reached)


async def on_collection(conn: AsyncConnection, batch: Sequence[Received]) -> None:
    """Take in payments, applied and suspended, of one partition."""
    suspended = [(r.fact, r.message) for r in batch if isinstance(r.fact, PaymentSuspended)]
    applied = [_Applied(r.fact, r.message) for r in batch if isinstance(r.fact, PaymentReceived)]
    known = {fact.person_id for fact, _ in suspended if fact.person_id is not None}
    await cards_store.lock_persons(conn, known | {fact.person_id for fact, _ in applied})
    years = await store.load_years(conn, dict.fromkeys(_key(fact) for fact, _ in applied), only_helped=True)
    lines = {
        (line.payment_id, line.line_no): line
        for line in (*(_suspended(*one) for one in suspended), *(_applied(one) for one in applied))
    }
    written = await store.save_lines(conn, list(lines.values()))
    gone = await refund_handlers.on_lines(conn, [lines[place] for place in written], written)
    await grants_store.load_grants(conn, years)
    changes = Changes()
    for one in applied:
        key, place = _key(one.fact), (one.fact.payment_id, one.fact.line_no)
        year = years[key]
        year.payments.setdefault(place, _payment(one))
        if place in gone:
            year.withdraw(place)
        changes.add(key, rules.decide(year, one.message.time), _cause(one.message))
    await record(conn, changes)


async def _know_people(
    conn: AsyncConnection, assessed: Sequence[EnrollmentAssessed], others: set[int]
) -> set[int]:
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


def _key(fact: RegistrationFact | PaymentReceived) -> YearKey:
    return fact.person_id, fact.coverage_year


def _cause(message: Message) -> Cause:
    return Cause(message.correlation_id, message.id)


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


def _remember(
    saved: dict[int, SavedEnrollment], key: YearKey, enrollment: Enrollment, fact: RegistrationFact
) -> None:
    earlier = saved.get(enrollment.enrollment_id)
    household_id = getattr(fact, "household_id", None) or (earlier.household_id if earlier else None)
    notice = getattr(fact, "notice", None) or (earlier.notice if earlier else None)
    saved[enrollment.enrollment_id] = SavedEnrollment(key, enrollment, household_id, notice)


def _payment(one: _Applied) -> Payment:
    fact = one.fact
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
        happened_at=one.message.time,
        amount_fen=fact.own_fen + fact.add_on_fen,
    )


def _applied(one: _Applied) -> PaymentLine:
    fact = one.fact
    return PaymentLine(
        payment_id=fact.payment_id,
        line_no=fact.line_no,
        county=fact.county,
        coverage_year=fact.coverage_year,
        person_id=fact.person_id,
        enrollment_id=fact.enrollment_id,
        assessment_id=fact.assessment_id,
        division_code=fact.division_code,
        channel=fact.channel,
        transaction_no=fact.transaction_no,
        state="applied",
        reason=None,
        amount_fen=fact.own_fen + fact.add_on_fen,
        price_fen=fact.price_fen,
        own_fen=fact.own_fen,
        subsidies=fact.subsidies,
        paid_at=fact.paid_at,
        happened_at=one.message.time,
    )


def _suspended(fact: PaymentSuspended, message: Message) -> PaymentLine:
    return PaymentLine(
        payment_id=fact.payment_id,
        line_no=fact.line_no,
        county=fact.county,
        coverage_year=fact.coverage_year,
        person_id=fact.person_id,
        enrollment_id=fact.enrollment_id,
        assessment_id=None,
        division_code=fact.division_code,
        channel=fact.channel,
        transaction_no=fact.transaction_no,
        state="suspended",
        reason=fact.reason,
        amount_fen=fact.amount_fen,
        price_fen=None,
        own_fen=None,
        subsidies=(),
        paid_at=fact.paid_at,
        happened_at=message.time,
    )
