"""Events in: what people owe and what they paid, decided into grants a batch at a time."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias, cast

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus.handling import Received
from libs.common.bus.outbox import Cause
from libs.common.events.channel_refunds import ChannelRefundAsked, ChannelRefundEnded
from libs.common.events.collection import (
    PaymentReceived,
    PaymentRejudged,
    PaymentReturned,
    PaymentSuspended,
    PaymentTakenBack,
    RepairReceived,
)
from libs.common.events.elsewhere import ElsewhereEnded, ElsewhereHelped
from libs.common.events.erasures import PersonErased
from libs.common.events.helps import HelpReturned
from libs.common.events.registration import (
    EnrollmentAssessed,
    EnrollmentCancelled,
    EnrollmentContested,
    EnrollmentReassessed,
    EnrollmentRestored,
    EnrollmentUpheld,
    EnrollmentWithdrawn,
    PersonMerged,
)
from services.subsidy.arrivals.keeping import keep_returns
from services.subsidy.cards import store as cards_store
from services.subsidy.cards.holding import check_holders
from services.subsidy.cards.store import Identity, KnownPerson
from services.subsidy.cards.telling import tell_cards
from services.subsidy.entitlements import facts, lines_store, rules, store
from services.subsidy.entitlements.facts import Enrollment, PersonYear, YearKey
from services.subsidy.entitlements.store import EnrollmentRow
from services.subsidy.erasures.forgetting import forget_erased
from services.subsidy.grants import store as grants_store
from services.subsidy.grants.recording import Changes, record
from services.subsidy.incoming.reading import enrollment_of, line_of, record_of
from services.subsidy.merges import store as merges
from services.subsidy.merges.merging import as_survivors, in_turn, merge_people
from services.subsidy.payouts import cards_store as cards_of_payouts
from services.subsidy.payouts import store as payouts_store
from services.subsidy.refunds import handlers as refund_handlers
from services.subsidy.refunds import holding
from services.subsidy.refunds import returning as returns
from services.subsidy.refunds.withdrawing import after_payments, after_withdrawals, before_restorations

REGISTRATION_FACTS = (
    EnrollmentAssessed,
    EnrollmentReassessed,
    EnrollmentCancelled,
    EnrollmentContested,
    EnrollmentUpheld,
    EnrollmentRestored,
    EnrollmentWithdrawn,
    PersonMerged,
    PersonErased,
    HelpReturned,
    ElsewhereHelped,
    ElsewhereEnded,
)
COLLECTION_FACTS = (
    PaymentReceived,
    PaymentSuspended,
    PaymentRejudged,
    PaymentReturned,
    PaymentTakenBack,
    RepairReceived,
    ChannelRefundAsked,
    ChannelRefundEnded,
)

#: What registration says of one enrollment.
_OfEnrollment: TypeAlias = (
    EnrollmentAssessed
    | EnrollmentCancelled
    | EnrollmentContested
    | EnrollmentUpheld
    | EnrollmentWithdrawn
    | ElsewhereHelped
    | ElsewhereEnded
)
#: What collection says of one payment line.
_OfLine: TypeAlias = (
    PaymentReceived | RepairReceived | PaymentSuspended | PaymentRejudged | PaymentReturned | PaymentTakenBack
)
#: What collection says of money that is to go back by its channel.
_OfChannel: TypeAlias = ChannelRefundAsked | ChannelRefundEnded
#: Money that waits is no reason to decide about help anew.
_WAITS = (PaymentSuspended, PaymentRejudged)
_Assessed = (EnrollmentAssessed, ElsewhereHelped)
_Numbered = (*_Assessed, EnrollmentCancelled, EnrollmentWithdrawn)
_Doubt = (EnrollmentContested, EnrollmentUpheld, EnrollmentWithdrawn)


async def on_registration(conn: AsyncConnection, batch: Sequence[Received]) -> None:
    """Take in what registration says of people and enrollments, of one partition, in its order."""
    await keep_returns(conn, [one.fact for one in batch if isinstance(one.fact, HelpReturned)])
    batch = [one for one in batch if not isinstance(one.fact, HelpReturned)]
    erased = [one.fact for one in batch if isinstance(one.fact, PersonErased)]
    parts = list(in_turn([one for one in batch if not isinstance(one.fact, PersonErased)]))
    merging = any(isinstance(part[0].fact, PersonMerged) for part in parts)
    await merges.take_turn(conn, alone=merging or bool(erased))
    for part in parts:
        if isinstance(fact := part[0].fact, PersonMerged):
            await merge_people(conn, fact, part[0])
        else:
            await _on_enrollments(conn, await as_survivors(conn, part))
    people = {cast("_OfEnrollment | PersonMerged | PersonErased", one.fact).person_id for one in batch}
    await forget_erased(conn, erased, people.union(*(fact.merged_person_ids for fact in erased)))


async def _on_enrollments(conn: AsyncConnection, batch: Sequence[Received]) -> None:
    about = [(cast("_OfEnrollment", r.fact), r) for r in batch]
    latest = max(received.message.time for received in batch)
    reached = await _know_people(conn, [fact for fact, _ in about], latest)
    await before_restorations(conn, [fact for fact, _ in about if isinstance(fact, EnrollmentRestored)])
    years = await store.load_years(conn, {_key(fact): None for fact, _ in about}.keys())
    await grants_store.load_grants(conn, years)
    changes = Changes()
    saved: dict[int, EnrollmentRow] = {}
    news: list[_OfEnrollment] = []
    for fact, received in about:
        key = _key(fact)
        year = years[key]
        if not _take_in(year, fact):
            continue
        _remember(saved, key, year.enrollments[fact.enrollment_id], fact)
        changes.add(key, rules.decide(year, received.message.time), _cause(received))
        news.append(fact)
    await store.save_enrollments(conn, list(saved.values()))
    gone = [fact for fact in news if isinstance(fact, EnrollmentWithdrawn)]
    await after_withdrawals(conn, [fact for fact in gone if _stands(years[_key(fact)], fact)])
    await record(conn, changes, latest)
    await payouts_store.hold_contested(conn, _doubted(about, years))
    await cards_of_payouts.find_cards(conn, person_ids=reached | _doubted(about, years))
    await check_holders(conn, reached, latest)
    await tell_cards(conn, reached, latest, Cause())


def _take_in(year: PersonYear, fact: _OfEnrollment) -> bool:
    """Know one more fact; whether it is news."""
    if isinstance(fact, EnrollmentAssessed):
        return facts.assess(year, enrollment_of(fact))
    if isinstance(fact, ElsewhereHelped):
        return facts.assess(year, record_of(fact))
    if isinstance(fact, EnrollmentCancelled | ElsewhereEnded):
        facts.cancel(year, fact)
        return True
    return facts.contest(year, fact)


def _stands(year: PersonYear, fact: EnrollmentWithdrawn) -> bool:
    """Whether nothing later of the batch restored what was withdrawn."""
    return year.enrollments[fact.enrollment_id].withdrawn_at == fact.withdrawn_at


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
    """Take in payments: applied, waiting, taken back and given back outside; of one partition."""
    await merges.take_turn(conn, alone=False)
    batch = await as_survivors(conn, batch)
    about = [(cast("_OfLine", r.fact), r) for r in batch if not isinstance(r.fact, _OfChannel)]
    asked = [(r.fact, r) for r in batch if isinstance(r.fact, _OfChannel)]
    at = max(received.message.time for received in batch)
    people = {key.person_id for fact, _ in (*about, *asked) for key in _owners(fact)}
    await cards_store.lock_persons(conn, people)
    await merges.hold(conn, [fact for fact, _ in about if isinstance(fact, PaymentTakenBack)])
    written = await lines_store.save_lines(
        conn, [line_of(fact, r.message.time) for fact, r in about if not isinstance(fact, PaymentReturned)]
    )
    await returns.take_in(conn, [fact for fact, _ in about if isinstance(fact, PaymentReturned)], at)
    await refund_handlers.on_lines(conn, written, at)
    await holding.release(conn, [fact for fact, _ in asked if isinstance(fact, ChannelRefundEnded)], at)
    await holding.answer_asks(conn, [r for fact, r in asked if isinstance(fact, ChannelRefundAsked)], at)
    decided = [(fact, received) for fact, received in about if not isinstance(fact, _WAITS)]
    keys = {key: None for fact, _ in decided for key in _owners(fact) if key.coverage_year}
    years = await store.load_years(conn, keys.keys(), only_helped=True)
    await grants_store.load_grants(conn, years)
    await after_payments(conn, written, years, at)
    changes = Changes()
    for fact, received in decided:
        for key in _owners(fact):
            if key in years:
                changes.add(key, rules.decide(years[key], received.message.time), _cause(received))
    await record(conn, changes, at)
    await payouts_store.hold_contested(conn, _contested(years))


def _owners(fact: _OfLine | _OfChannel) -> Iterator[YearKey]:
    """Whose year a fact of a line is about; year 0 where none is known."""
    merged = fact.merged_person_id if isinstance(fact, PaymentTakenBack) else None
    for person_id in (fact.person_id, merged):
        if person_id is not None:
            yield YearKey(person_id, fact.coverage_year or 0)


async def _know_people(conn: AsyncConnection, facts: Sequence[_OfEnrollment], at: datetime) -> set[int]:
    """Keep who people are and lock all that are spoken of; give those whom a card may now reach.

    Of somebody whose enrollment ended only the numbers are told, when one was corrected since.
    """
    assessed = [fact for fact in facts if isinstance(fact, _Assessed)]
    numbered = [fact for fact in facts if isinstance(fact, _Numbered)]
    others = {fact.person_id for fact in facts if not isinstance(fact, _Assessed)}
    # The newest says whose number it is.
    owners = {digest: Identity(digest, f.person_id) for f in numbered for digest in f.identity_digests}
    if not assessed and not owners:
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
                name_digest=fact.name_digest,
            )
    return await cards_store.know_persons(conn, list(people.values()), list(owners.values()), others, at)


def _key(fact: _OfEnrollment) -> YearKey:
    return YearKey(fact.person_id, fact.coverage_year)


def _cause(received: Received) -> Cause:
    return Cause(received.message.correlation_id, received.message.id)


def _remember(
    saved: dict[int, EnrollmentRow],
    key: YearKey,
    enrollment: Enrollment,
    fact: _OfEnrollment,
) -> None:
    if isinstance(fact, _Assessed):
        household_id: int | None = getattr(fact, "household_id", None)
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
        merged_into=enrollment.merged_into,
        merging=enrollment.merging,
        elsewhere=enrollment.elsewhere,
    )
