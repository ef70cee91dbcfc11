"""Events in: what people owe and what they paid, decided into grants a batch at a time."""

from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias, cast

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus.handling import Received
from libs.common.bus.outbox import Cause
from libs.common.events.collection import (
    PaymentReceived,
    PaymentReturned,
    PaymentSuspended,
    PaymentTakenBack,
)
from libs.common.events.registration import (
    EnrollmentAssessed,
    EnrollmentCancelled,
    EnrollmentContested,
    EnrollmentReassessed,
    EnrollmentUpheld,
    EnrollmentWithdrawn,
)
from services.subsidy.cards import store as cards_store
from services.subsidy.cards.store import Identity, KnownPerson
from services.subsidy.entitlements import facts, rules, store
from services.subsidy.entitlements.facts import Enrollment, LineKey, PersonYear, YearKey
from services.subsidy.entitlements.store import EnrollmentRow, PaymentLine
from services.subsidy.grants import store as grants_store
from services.subsidy.grants.recording import Changes, record
from services.subsidy.incoming.reading import enrollment_of, line_of, payment_of
from services.subsidy.payouts import store as payouts_store
from services.subsidy.refunds import handlers as refund_handlers
from services.subsidy.refunds import returning as returns
from services.subsidy.refunds.withdrawing import Withdrawn, after_withdrawal

REGISTRATION_FACTS = (
    EnrollmentAssessed,
    EnrollmentReassessed,
    EnrollmentCancelled,
    EnrollmentContested,
    EnrollmentUpheld,
    EnrollmentWithdrawn,
)
COLLECTION_FACTS = (PaymentReceived, PaymentSuspended, PaymentReturned, PaymentTakenBack)

#: What registration says of one enrollment.
_OfEnrollment: TypeAlias = (
    EnrollmentAssessed | EnrollmentCancelled | EnrollmentContested | EnrollmentUpheld | EnrollmentWithdrawn
)
_OF_LINES = (PaymentReceived, PaymentSuspended, PaymentReturned, PaymentTakenBack)
_Doubt = (EnrollmentContested, EnrollmentUpheld, EnrollmentWithdrawn)


async def on_registration(conn: AsyncConnection, batch: Sequence[Received]) -> None:
    """Take in what registration says of enrollments, of one partition, in its order."""
    about = [(cast("_OfEnrollment", r.fact), r) for r in batch]
    reached = await _know_people(
        conn,
        [fact for fact, _ in about if isinstance(fact, EnrollmentAssessed)],
        {fact.person_id for fact, _ in about if not isinstance(fact, EnrollmentAssessed)},
    )
    years = await store.load_years(conn, {_key(fact): None for fact, _ in about}.keys())
    await grants_store.load_grants(conn, years)
    changes = Changes()
    saved: dict[int, EnrollmentRow] = {}
    withdrawn: list[Withdrawn] = []
    for fact, received in about:
        key = _key(fact)
        year = years[key]
        if not _take_in(year, fact):
            continue
        _remember(saved, key, year.enrollments[fact.enrollment_id], fact)
        if isinstance(fact, EnrollmentWithdrawn):
            withdrawn.append(Withdrawn(fact, year))
        changes.add(key, rules.decide(year, received.message.time), _cause(received))
    await store.save_enrollments(conn, list(saved.values()))
    await record(conn, changes)
    await after_withdrawal(conn, withdrawn)
    await payouts_store.hold_contested(conn, _doubted(about, years))
    await payouts_store.find_cards(conn, person_ids=reached | _doubted(about, years))


def _take_in(year: PersonYear, fact: _OfEnrollment) -> bool:
    """Know one more fact; whether it is news."""
    if isinstance(fact, EnrollmentAssessed):
        return facts.assess(year, enrollment_of(fact))
    if isinstance(fact, EnrollmentCancelled):
        facts.cancel(year, fact)
        return True
    return facts.contest(year, fact)


def _doubted(
    about: Sequence[tuple[_OfEnrollment, Received]], years: Mapping[YearKey, PersonYear]
) -> set[int]:
    """The people about whose help there is, or was just now, a doubt."""
    told = {fact.person_id for fact, _ in about if isinstance(fact, _Doubt)}
    return told | _contested(years)


def _contested(years: Mapping[YearKey, PersonYear]) -> set[int]:
    return {
        key.person_id
        for key, year in years.items()
        if any(enrollment.contested for enrollment in year.enrollments.values())
    }


async def on_collection(conn: AsyncConnection, batch: Sequence[Received]) -> None:
    """Take in payments, applied, suspended and given back outside, of one partition."""
    about = [(fact, r) for r in batch if isinstance(fact := r.fact, PaymentReceived | PaymentSuspended)]
    returned = [(fact, r) for r in batch if isinstance(fact := r.fact, PaymentReturned)]
    applied = [(fact, received) for fact, received in about if isinstance(fact, PaymentReceived)]
    told = [r.fact for r in batch if isinstance(r.fact, _OF_LINES)]
    people = {fact.person_id for fact in told if fact.person_id is not None}
    await cards_store.lock_persons(conn, people)
    lines = _each_once([line_of(fact, received.message.time) for fact, received in about])
    written = await store.save_lines(conn, lines)
    at = max(received.message.time for received in batch)
    await returns.take_in(conn, [fact for fact, _ in returned], list(written), at)
    keys = {_key(fact): None for fact, _ in applied} | {
        key: None for fact, _ in returned if (key := _key_of_return(fact)) is not None
    }
    taken = _taken_back(batch)
    await store.suspend_lines(conn, list(taken.values()))
    keys |= {YearKey(fact.person_id, fact.coverage_year): None for fact in taken.values()}
    gone = await refund_handlers.on_lines(conn, [line for line in lines if line.key in written], written)
    years = await store.load_years(conn, keys.keys(), only_helped=True)
    await grants_store.load_grants(conn, years)
    changes = Changes()
    standing = [one for one in applied if LineKey(one[0].payment_id, one[0].line_no) not in taken]
    _decide_applied(changes, years, standing, gone)
    for returned_fact, received in returned:
        if (key_of_return := _key_of_return(returned_fact)) is not None:
            year = years[key_of_return]
            changes.add(key_of_return, rules.decide(year, received.message.time), _cause(received))
    for taken_back in taken.values():
        key = YearKey(taken_back.person_id, taken_back.coverage_year)
        changes.add(key, rules.decide(years[key], at), _cause(batch[-1]))
    await record(conn, changes)
    await payouts_store.hold_contested(conn, _contested(years))


def _decide_applied(
    changes: Changes,
    years: Mapping[YearKey, PersonYear],
    applied: Sequence[tuple[PaymentReceived, Received]],
    gone: Collection[LineKey],
) -> None:
    for fact, received in applied:
        year = years[_key(fact)]
        payment = payment_of(fact, received.message.time)
        if fact.part_of is None:  # help rests on the payment that bears the voucher
            year.payments.setdefault(payment.key, payment)
        if payment.key in gone and payment.key in year.payments:
            year.withdraw(payment.key)
        changes.add(_key(fact), rules.decide(year, received.message.time), _cause(received))


def _taken_back(batch: Sequence[Received]) -> dict[LineKey, PaymentTakenBack]:
    """Lines that went back into suspense and were not applied again since: a line's facts come in order."""
    taken: dict[LineKey, PaymentTakenBack] = {}
    for received in batch:
        match received.fact:
            case PaymentTakenBack(add_on=None) as fact:
                taken[LineKey(fact.payment_id, fact.line_no)] = fact
            case PaymentReceived() as fact:
                taken.pop(LineKey(fact.payment_id, fact.line_no), None)
    return taken


def _key_of_return(fact: PaymentReturned) -> YearKey | None:
    if fact.person_id is None or fact.coverage_year is None:
        return None
    return YearKey(fact.person_id, fact.coverage_year)


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


def _key(fact: _OfEnrollment | PaymentReceived) -> YearKey:
    return YearKey(fact.person_id, fact.coverage_year)


def _cause(received: Received) -> Cause:
    return Cause(received.message.correlation_id, received.message.id)


def _remember(
    saved: dict[int, EnrollmentRow],
    key: YearKey,
    enrollment: Enrollment,
    fact: _OfEnrollment,
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
        registered_at=enrollment.registered_at,
        cancelled_at=enrollment.cancelled_at,
        cancelled_revision=enrollment.cancelled_revision,
        contest_no=enrollment.contest_no,
        contested=enrollment.contested,
        withdrawn_revision=enrollment.withdrawn_revision,
        withdrawn_at=enrollment.withdrawn_at,
        ends_cover=enrollment.ends_cover,
    )
