"""Whether money fits what a person owed: judged by what was known when it was paid.

Registration may assess a person again and again. A payment is judged by the assessment that was in force at
the instant of payment, however late it arrives; where that one does not fit and the newest does, by the
newest.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from libs.common.events import DueSegment
from services.collection.dues.rules import Due, Stated, owed_fen, segment_at
from services.collection.households.rules import AddOnTerms


class Reason(StrEnum):
    """Why money is kept in suspense."""

    #: Nobody with this identity number owes here, for any year we know of.
    UNKNOWN_PERSON = "unknown_person"
    #: The number belongs to somebody of another name.
    NAME_MISMATCH = "name_mismatch"
    #: The order number is not ours, or the money was meant for another merchant.
    UNKNOWN_ORDER = "unknown_order"
    #: Not what was owed at the instant of payment, or the parts do not add up to the whole.
    WRONG_AMOUNT = "wrong_amount"
    #: The person owes, but for another coverage year than the payment names.
    WRONG_YEAR = "wrong_year"
    #: The year is paid for already: a second payment, to be refunded.
    ALREADY_PAID = "already_paid"
    #: Nothing was to pay: help covers the whole contribution.
    ALREADY_EXEMPT = "already_exempt"
    #: Paid before the window opened or after it closed.
    OUTSIDE_WINDOW = "outside_window"
    #: Nothing is payable: the enrollment was cancelled, nothing is owed, or what is owed is not known yet.
    NOT_PAYABLE = "not_payable"
    #: The order had expired or was cancelled, and what it named is not owed like that any more.
    ORDER_EXPIRED = "order_expired"
    #: The household has paid another tier already.
    HOUSEHOLD_TIER_MISMATCH = "household_tier_mismatch"
    #: The household pays together, and somebody is missing.
    HOUSEHOLD_INCOMPLETE = "household_incomplete"
    #: The person is enrolled and paid for in another county.
    ENROLLED_ELSEWHERE = "enrolled_elsewhere"
    #: It is for a lapsed year that cannot be repaired (any more), or without the contribution.
    REPAIR_NOT_POSSIBLE = "repair_not_possible"
    #: It had been applied and refunded, and the refund came back.
    REFUND_RETURNED = "refund_returned"


#: Money that an assessment may explain: judged again whenever one of its person arrives.
EXPLAINABLE = frozenset(Reason) - {Reason.ALREADY_PAID, Reason.UNKNOWN_ORDER, Reason.REFUND_RETURNED}
#: What an expired order explains: the money fitted while the order stood.
_EXPLAINED_BY_EXPIRY = frozenset({Reason.WRONG_AMOUNT, Reason.OUTSIDE_WINDOW, Reason.NOT_PAYABLE})
#: What registration says once another member of the household has paid another tier, or is exempt on it.
_OTHER_TIER = "household_tier_mismatch"
_WINDOW_REASONS = frozenset({"window_not_open", "window_closed"})


@dataclass(frozen=True, slots=True)
class RepairedYear:
    """A lapsed year that money repairs, for cover in a contribution's `window`; `cover_from` with it."""

    year: int
    window: str
    cover_from: date | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Applied when `segment`, `add_on` or `repair` is set (what of them the money is for); else the reason.

    `assessment_id` is the assessment that it was judged by, `tier` the tier that was paid; `chosen` says that
    only the amount chose it. Of several lines that pay a due together each brings `own_fen`, and all but one
    are `part_of` that one. What waits for others of a household does so until `waits_until`.
    """

    segment: DueSegment | None = None
    reason: Reason | None = None
    assessment_id: int | None = None
    tier: int | None = None
    chosen: bool = False
    add_on: AddOnTerms | None = None
    own_fen: int | None = None
    part_of: tuple[int, int] | None = None
    waits_until: datetime | None = None
    repair: RepairedYear | None = None

    @property
    def applied(self) -> bool:
        """Whether the money has its place."""
        return self.segment is not None or self.add_on is not None or self.repair is not None


def judge(
    due: Due, amount_fen: int, paid_at: datetime, *, paid: bool, household_tier: int | None = None
) -> Verdict:
    """Judge money for a person who is found. `paid`: the person's year is paid for, by any enrollment.

    `household_tier` is what the household has paid, where all its members have to be on one tier.
    """
    if paid:
        return Verdict(reason=Reason.ALREADY_PAID)
    if due.state == "cancelled":
        if due.cancelled_at is None or paid_at >= due.cancelled_at:
            return Verdict(reason=Reason.NOT_PAYABLE)
        # It was paid before: registration decides what becomes of it, as if it had come in time.
        due = replace(due, state="exempt" if due.exempt_at is not None else "open")
    then, exempt = due.in_force(paid_at), due.state == "exempt"
    # What became known of an exemption since it was decided is for officers to judge.
    last = (due.exempted_by if exempt else None) or due.newest
    verdict = _fit(then or last, amount_fen, paid_at, household_tier)
    if verdict.segment is None and then is not None and then != last:
        # The reason is told by the newest assessment: it is what the person is shown now.
        verdict = _fit(last, amount_fen, paid_at, household_tier)
    if exempt:
        # Who paid before anybody knew of the exemption has paid, also before being registered.
        known = due.exemption_known_at
        early = verdict.segment is not None and known is not None and paid_at < known
        covered = then is not None and due.exempts_at(then, paid_at)
        return verdict if early and not covered else Verdict(reason=Reason.ALREADY_EXEMPT)
    if verdict.segment is None and household_tier is not None:
        return _other_tier(due, amount_fen, paid_at, household_tier) or verdict
    return verdict


def _other_tier(due: Due, amount_fen: int, paid_at: datetime, household_tier: int) -> Verdict | None:
    """Say that it is another tier than the household's, where it is what that one cost by any assessment.

    Once a household has a tier, registration assesses the others anew, and nothing else is payable any more.
    """
    for stated in (due.newest, *due.earlier):
        verdict = _fit(stated, amount_fen, paid_at, None)
        if verdict.segment is not None and verdict.tier not in (None, household_tier):
            return Verdict(reason=Reason.HOUSEHOLD_TIER_MISMATCH, tier=verdict.tier)
    return None


def _fit(stated: Stated, amount_fen: int, paid_at: datetime, household_tier: int | None) -> Verdict:
    """Judge by one assessment; while no tier is chosen, an amount that fits one tier alone names it."""
    verdict = _fit_schedule(stated.schedule, amount_fen, paid_at)
    if verdict.segment is None and stated.choices:
        verdict = _choose(stated, amount_fen, paid_at, household_tier) or verdict
    if verdict.segment is None:
        return verdict
    tier = verdict.tier if verdict.chosen else stated.tier
    if household_tier is not None and tier is not None and tier != household_tier:
        return Verdict(reason=Reason.HOUSEHOLD_TIER_MISMATCH, tier=tier)
    return replace(verdict, assessment_id=stated.assessment_id, tier=tier)


def _choose(stated: Stated, amount_fen: int, paid_at: datetime, household_tier: int | None) -> Verdict | None:
    judged = {one.tier: _fit_schedule(one.schedule, amount_fen, paid_at) for one in stated.choices}
    fitting = [tier for tier, verdict in judged.items() if verdict.segment is not None]
    tier = household_tier if household_tier in fitting else fitting[0] if len(fitting) == 1 else None
    if tier is not None:
        return replace(judged[tier], tier=tier, chosen=True)
    # A tier that the household cannot have says nothing of the amount.
    possible = [household_tier] if household_tier in judged and not fitting else judged
    reasons = {judged[tier].reason for tier in possible}
    reasons = reasons - {Reason.HOUSEHOLD_TIER_MISMATCH} or reasons
    return Verdict(reason=reasons.pop()) if len(reasons) == 1 and not fitting else None


def _fit_schedule(schedule: Sequence[DueSegment], amount_fen: int, paid_at: datetime) -> Verdict:
    segment = segment_at(schedule, paid_at)
    if segment is None or _WINDOW_REASONS.intersection(segment.reason_codes):
        return Verdict(reason=Reason.OUTSIDE_WINDOW)
    if _OTHER_TIER in segment.reason_codes:
        return Verdict(reason=Reason.HOUSEHOLD_TIER_MISMATCH)
    owed = owed_fen(segment)
    if owed == 0 or segment.window is None or segment.price_fen is None:
        return Verdict(reason=Reason.NOT_PAYABLE)
    if owed != amount_fen:
        chosen = segment.add_on_due_fen > segment.included_fen
        if chosen and amount_fen == (segment.own_due_fen or 0) + segment.included_fen:
            # The contribution alone: the add-on stays open, and may be paid for by itself.
            return Verdict(segment=segment.model_copy(update={"add_on_due_fen": segment.included_fen}))
        return Verdict(reason=Reason.WRONG_AMOUNT)
    return Verdict(segment=segment)


def in_season(due: Due, paid_at: datetime) -> bool:
    """Whether anything could be paid for this person then."""
    stated = due.in_force(paid_at) or due.newest
    segment = segment_at(stated.schedule, paid_at)
    return segment is not None and not _WINDOW_REASONS.intersection(segment.reason_codes)


def window_ends_at(due: Due, paid_at: datetime, segment: DueSegment) -> datetime | None:
    """When the window ends in which was paid, as far as is known now; None where it never does.

    `segment` is what was judged by; a window may consist of several.
    """
    name, ends_at = segment.window, segment.until_at
    for one in due.schedule:
        follows = ends_at is not None and one.from_at <= ends_at and one.window == name
        if one.covers(paid_at) or follows:
            ends_at = one.until_at
    return ends_at


def has_to_pay(due: Due, instant: datetime) -> bool:
    """Whether this person is still to pay, as far as is known; who is exempt, excused or gone is not."""
    if due.state != "open":
        return False
    segment = segment_at(due.schedule, instant)
    return segment is not None and segment.outcome in ("payable", "blocked")


def after_expiry(reason: Reason) -> Reason:
    """Name the expired order as the reason where it explains why the money fits no more."""
    return Reason.ORDER_EXPIRED if reason in _EXPLAINED_BY_EXPIRY else reason
