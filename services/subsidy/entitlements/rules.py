"""Decides which subsidies a person holds for a coverage year, from the facts seen so far, in any order.

The notice's engine has already put amount, payer and mechanism into the segments of the assessment and into
the payment; here it is only decided when a line becomes a grant, and that nobody is helped twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from libs.common.events import SubsidyLine
from libs.common.policy.format.vocabulary import Mechanism
from services.subsidy.entitlements.elsewhere import for_elsewhere
from services.subsidy.entitlements.facts import (
    Enrollment,
    Grant,
    GrantKey,
    LineKey,
    Offer,
    Payment,
    PersonYear,
    applied_payment,
)
from services.subsidy.entitlements.left import (
    REIMBURSE_TO_CARD,
    count_own,
    count_what_left,
    headroom,
    move_what_left,
    out_by_key,
)

#: The payer pays the fund; the money never passes through the person.
PAID_ON_BEHALF: Mechanism = "paid_on_behalf"
#: A department settles with the person itself; it is on record, no money moves here.
OUTSIDE_SYSTEM: Mechanism = "outside_system"

#: The order in which lines take their share of the price, should a due carry more help than the price.
_MECHANISMS: tuple[str, ...] = (PAID_ON_BEHALF, REIMBURSE_TO_CARD, OUTSIDE_SYSTEM)


@dataclass(frozen=True, slots=True)
class Revocation:
    """One grant taken back whole, and why.

    One of cancelled, withdrawn, status_ended, paid_by_person, refunded, taken_back (the money that it rested
    on waits in suspense), struck_out (of a verified roster) and replaced. `counted_at` is when a handover
    counts it, where another payer bears what somebody exempt does not pay: with the grant that stands in.
    """

    grant: Grant
    reason: str
    revoked_at: datetime
    counted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Excess:
    """By how much a grant whose money has left is more than the facts give, since when."""

    grant: Grant
    fen: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """What changes: grants to take back, then grants to make.

    `stuck` would be taken back, but their money has left; `standing` has left and is still given, and of
    `exceeding` only a part. `moved` has left and rests on another payment than it did.
    """

    revoked: tuple[Revocation, ...] = ()
    granted: tuple[Grant, ...] = ()
    stuck: tuple[Revocation, ...] = ()
    standing: tuple[Grant, ...] = ()
    exceeding: tuple[Excess, ...] = ()
    moved: tuple[Grant, ...] = ()


NOTHING = Decision()


def decide(year: PersonYear, now: datetime) -> Decision:
    """Compare what the facts give with what is granted, and bring `year.grants` up to date.

    A locked grant stays until the bank fails or returns it: its money has left. No order of facts matters.
    """
    if not year.grants and not _promises(year):
        return NOTHING
    given = _wanted(year, now)
    wanted = {key: one for key, one in given.items() if (one.enrollment_id, key) not in year.struck}
    moved = move_what_left(year)
    stands_in = count_what_left(year, wanted) | count_own(year, wanted)
    gone: list[Revocation] = []
    standing: list[Grant] = []
    exceeding: list[Excess] = []
    for grant in sorted(year.grants.values(), key=lambda grant: grant.grant_id):
        candidate = wanted.get(grant.key) if grant.enrollment_id not in year.merged else None
        given_fen = stands_in.get(grant.grant_id, 0)
        if candidate is not None and not grant.locked and grant.is_help_of(candidate):
            del wanted[grant.key]
            given_fen = candidate.amount_fen
        if given_fen:
            if grant.locked:
                standing.append(grant)
                if grant.left_fen > given_fen:
                    exceeding.append(Excess(grant, grant.left_fen - given_fen, now))
        else:
            gone.append(Revocation(grant, _reason(year, grant, candidate), max(now, grant.granted_at)))
    instead = {grant.enrollment_id: grant.granted_at for grant in wanted.values() if grant.payment_id is None}
    paid = applied_payment(year) is not None
    revoked = tuple(_counted(one, instead, paid) for one in gone if not one.grant.locked)
    for one in revoked:
        del year.grants[one.grant.grant_id]
    granted = tuple(year.hold(grant) for grant in wanted.values())
    stuck = tuple(one for one in gone if one.grant.locked)
    return Decision(revoked, granted, stuck, tuple(standing), tuple(exceeding), moved)


def _counted(gone: Revocation, instead: Mapping[int, datetime], paid: bool) -> Revocation:
    """Of somebody exempt: counted when the grants count that stand in for it, which may be long ago.

    Who turns out to have paid before was never exempt: then both count since the exemption.
    """
    if gone.grant.payment_id is not None or gone.grant.elsewhere:
        return gone
    counted_at = gone.grant.granted_at if paid else instead.get(gone.grant.enrollment_id)
    return replace(gone, counted_at=counted_at)


def _promises(year: PersonYear) -> bool:
    return any(payment.lines for payment in year.payments.values()) or any(
        enrollment.offers or enrollment.late for enrollment in year.enrollments.values()
    )


def _wanted(year: PersonYear, now: datetime) -> dict[GrantKey, Grant]:
    """The grants that the facts give.

    Money of the person goes before help without a payment, also on its way back: until the bank has paid it
    both would be with the fund (registration looks again then). Help for another place comes last.
    """
    payment = applied_payment(year)
    if payment is not None:
        return _for_payment(year, payment, now)
    leaving = {payment.enrollment_id for payment in year.payments.values() if payment.leaving}
    known = [year.enrollments[number] for number in sorted(year.enrollments)]
    for enrollment in known:
        helps = enrollment.helps and enrollment.enrollment_id not in leaving and not enrollment.elsewhere
        if helps and (grants := _for_exempt(year, enrollment, now)):
            return grants
    return next((for_elsewhere(one, now) for one in known if one.elsewhere and one.helps), {})


def _for_exempt(year: PersonYear, enrollment: Enrollment, now: datetime) -> dict[GrantKey, Grant]:
    unpaid = (grant for grant in year.grants.values() if grant.payment_id is None)
    held = [grant for grant in unpaid if grant.enrollment_id == enrollment.enrollment_id]
    since = min((grant.granted_at for grant in held), default=None)
    found = _exempt_offer(enrollment, now, since)
    if found is None:
        # Who is exempt stays so, whatever becomes of the status: only an officer's decision ends it.
        return {grant.key: grant for grant in held}
    offer, moment = found
    # A person who pays nothing has nothing to get back.
    lines = _merged(line for line in offer.lines if line.mechanism != REIMBURSE_TO_CARD)
    return {
        GrantKey(line.payer, False): Grant(
            grant_id=0,
            enrollment_id=enrollment.enrollment_id,
            assessment_id=enrollment.assessment_id,
            county=enrollment.county,
            division_code=enrollment.division_code,
            payer=line.payer,
            status=line.status,
            mechanism=line.mechanism,
            amount_fen=line.amount_fen,
            late=False,
            completes_enrollment=number == len(lines),
            granted_at=moment,
            counted_at=enrollment.restored_at if since is None else None,
        )
        for number, line in enumerate(lines, start=1)
    }


def _exempt_offer(
    enrollment: Enrollment, now: datetime, since: datetime | None
) -> tuple[Offer, datetime] | None:
    """The offer by which nothing is left to pay, and since when.

    Complete from the latest of: the roster's day and the window (the offer begins then) and the registration.
    When it was typed does not matter. `since` is when somebody exempt became so.
    """
    earliest = since or enrollment.registered_at or max(now, enrollment.assessed_at or now)
    if since is None and enrollment.withdrawn_at is not None:
        earliest = max(earliest, enrollment.withdrawn_at)
    for offer in enrollment.offers:
        moment = max(earliest, offer.from_at)
        if offer.exempt and (offer.until_at is None or moment < offer.until_at):
            return offer, since or moment
    return None


def _for_payment(year: PersonYear, payment: Payment, now: datetime) -> dict[GrantKey, Grant]:
    enrollment = year.enrollments.get(payment.enrollment_id)
    lines, late = payment.lines, enrollment.late if enrollment is not None else ()
    if enrollment is not None and enrollment.withdrew(payment):
        lines = ()
        late = () if enrollment.ends_cover or not enrollment.helps else late
    late = () if enrollment is not None and enrollment.cancelled_at is not None else late
    named = {GrantKey(line.payer, False) for line in lines} | {GrantKey(line.payer, True) for line in late}
    behalf_fen, own_fen = headroom(year, payment, named)
    out_fen = out_by_key(year)
    moment = max(now, payment.happened_at)
    grants: dict[GrantKey, Grant] = {}
    after = _lines_after_payment(lines, late, behalf_fen)
    # What has left has its place before what has not.
    for line, is_late in sorted(after, key=lambda one: GrantKey(one[0].payer, one[1]) not in out_fen):
        key = GrantKey(line.payer, is_late)
        amount_fen = min(line.amount_fen, max(behalf_fen if line.mechanism == PAID_ON_BEHALF else own_fen, 0))
        if line.mechanism == PAID_ON_BEHALF:
            behalf_fen -= amount_fen
        else:
            own_fen -= max(amount_fen, out_fen.get(key, 0))
        if not amount_fen:
            continue
        grants[key] = Grant(
            grant_id=0,
            enrollment_id=payment.enrollment_id,
            assessment_id=enrollment.assessment_id if is_late and enrollment else payment.assessment_id,
            county=payment.county,
            division_code=payment.division_code,
            payer=line.payer,
            status=line.status,
            mechanism=line.mechanism,
            amount_fen=amount_fen,
            late=is_late,
            completes_enrollment=False,
            granted_at=max(moment, enrollment.assessed_at or moment) if is_late and enrollment else moment,
            payment_id=payment.payment_id,
            line_no=payment.line_no,
        )
    return grants


def _lines_after_payment(
    at_payment: Sequence[SubsidyLine], late: Sequence[SubsidyLine], behalf_fen: int
) -> list[tuple[SubsidyLine, bool]]:
    """What the payment carried, then what the retro rule adds (even of a payer who helped already)."""
    lines = [(line, False) for line in _merged(at_payment)]
    used_fen = sum(line.amount_fen for line, _ in lines if line.mechanism == PAID_ON_BEHALF)
    for line in _merged(line for line in late if line not in at_payment):
        if line.mechanism == PAID_ON_BEHALF and line.amount_fen > behalf_fen - used_fen:
            # The person has already paid that part: the money belongs on the card, not in the fund.
            line = line.model_copy(update={"mechanism": REIMBURSE_TO_CARD})
        lines.append((line, True))
    return sorted(lines, key=lambda pair: (pair[1], _MECHANISMS.index(pair[0].mechanism), pair[0].payer))


def _merged(lines: Iterable[SubsidyLine]) -> list[SubsidyLine]:
    """One line per payer, in a fixed order; statuses that share a payer are named together."""
    merged: dict[str, SubsidyLine] = {}
    for line in sorted(lines, key=lambda line: (line.payer, line.mechanism, line.status)):
        if line.mechanism not in _MECHANISMS:
            raise ValueError(f"unknown mechanism {line.mechanism!r} of payer {line.payer!r}")
        if line.amount_fen <= 0:
            continue
        earlier = merged.get(line.payer)
        if earlier is None:
            merged[line.payer] = line
        elif earlier.mechanism == line.mechanism:
            merged[line.payer] = earlier.model_copy(
                update={
                    "amount_fen": earlier.amount_fen + line.amount_fen,
                    "status": f"{earlier.status}+{line.status}",
                }
            )
    return list(merged.values())


def _reason(year: PersonYear, grant: Grant, candidate: Grant | None) -> str:
    enrollment = year.enrollments.get(grant.enrollment_id)
    if (grant.enrollment_id, grant.key) in year.struck:
        return "struck_out"
    if candidate is not None:
        return "replaced"
    if enrollment is not None and enrollment.cancelled_at is not None:
        return "cancelled"
    if enrollment is not None and enrollment.withdrawn_at is not None:
        return "withdrawn"
    if grant.payment_id is None:
        return "paid_by_person" if applied_payment(year) is not None else "status_ended"
    payment = year.payments.get(LineKey(grant.payment_id, grant.line_no or 0))
    if payment is None:
        return "taken_back"
    return "refunded" if payment.withdrawn else "status_ended"
