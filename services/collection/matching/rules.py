"""Answers "where does this money go?": applied to what one person owed, or to suspense with the reason.

The reason is the first thing that stands in the way: who, which year, paid already, when, how much.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from libs.common.events import DueSegment


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
    #: Paid before the window opened or after it closed.
    OUTSIDE_WINDOW = "outside_window"
    #: Nothing is payable: the enrollment was cancelled, nothing is owed, or what is owed is not known yet.
    NOT_PAYABLE = "not_payable"
    #: The order had expired or was cancelled, and what it named is not owed like that any more.
    ORDER_EXPIRED = "order_expired"


#: Waiting for the person to be assessed: judged again whenever an assessment arrives.
WAITING = frozenset({Reason.UNKNOWN_PERSON, Reason.WRONG_YEAR})
#: Judged again when an assessment arrives late that had been made before the money was paid.
OVERTAKEN = frozenset({Reason.NAME_MISMATCH, Reason.WRONG_AMOUNT, Reason.OUTSIDE_WINDOW, Reason.NOT_PAYABLE})
#: What an expired order explains: the money fitted while the order stood.
_EXPLAINED_BY_EXPIRY = frozenset({Reason.WRONG_AMOUNT, Reason.OUTSIDE_WINDOW, Reason.NOT_PAYABLE})
_WINDOW_REASONS = frozenset({"window_not_open", "window_closed"})


@dataclass(frozen=True, slots=True)
class Due:
    """What one person owes for one year. `schedule` covers the season by the instant of payment."""

    enrollment_id: int
    assessment_id: int | None
    person_id: int
    household_id: int | None
    county: str
    coverage_year: int
    division_code: str
    name_digest: str | None
    masked_name: str | None
    state: str
    schedule: tuple[DueSegment, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Applied when `segment` is set; otherwise the reason for suspense."""

    segment: DueSegment | None = None
    reason: Reason | None = None


def segment_at(schedule: Sequence[DueSegment], instant: datetime) -> DueSegment | None:
    """Find what is owed when paying at `instant`; None before and after the season."""
    return next((segment for segment in schedule if segment.covers(instant)), None)


def owed_fen(segment: DueSegment | None) -> int:
    """What the person hands over in all, add-ons included; 0 when nothing can be paid."""
    if segment is None or segment.outcome not in ("payable", "exempt"):
        return 0
    return (segment.own_due_fen or 0) + segment.add_on_due_fen


def judge(due: Due, amount_fen: int, paid_at: datetime, *, paid: bool) -> Verdict:
    """Judge money for a person who is found. `paid`: the person's year is paid for, by any enrollment."""
    if paid:
        return Verdict(reason=Reason.ALREADY_PAID)
    if due.state == "cancelled":
        return Verdict(reason=Reason.NOT_PAYABLE)
    segment = segment_at(due.schedule, paid_at)
    if segment is None or _WINDOW_REASONS.intersection(segment.reason_codes):
        return Verdict(reason=Reason.OUTSIDE_WINDOW)
    owed = owed_fen(segment)
    if owed == 0 or segment.window is None or segment.price_fen is None:
        return Verdict(reason=Reason.NOT_PAYABLE)
    if owed != amount_fen:
        return Verdict(reason=Reason.WRONG_AMOUNT)
    return Verdict(segment=segment)


def after_expiry(reason: Reason) -> Reason:
    """Name the expired order as the reason where it explains why the money fits no more."""
    return Reason.ORDER_EXPIRED if reason in _EXPLAINED_BY_EXPIRY else reason


def adds_up(amount_fen: int, parts: Sequence[int]) -> bool:
    """Whether the parts make the whole, so that each may be judged by itself."""
    return sum(parts) == amount_fen
