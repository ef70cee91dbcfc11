"""Whether somebody may be ordered for, for how much, and until when the order stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from libs.common.events import DueSegment
from services.collection.dues.rules import (
    AS_REGISTERED,
    Choice,
    Due,
    on_tier,
    owed_fen,
    segment_at,
    still_owed,
)
from services.collection.dues.words import Words, why

OrderState = Literal["pending", "paid", "cancelled"]
#: member_paid: somebody in it was paid for by another payment; member_exempt: help covers all of somebody in
#: it by now; due_changed: somebody in it owes another amount by now, or nothing; debit_ended: the bank did
#: not debit it, or was never asked to.
CloseReason = Literal["member_paid", "member_exempt", "due_changed", "debit_ended"]
#: As it is shown: expired is not stored, it follows from `expires_at`.
ShownOrderState = Literal["pending", "paid", "cancelled", "expired"]

#: What a wallet takes as out_trade_no: up to 32 letters and digits.
_PREFIX = "CB"


@dataclass(frozen=True, slots=True)
class OrderedItem:
    """One person of an order, at the price of the moment it was made; `segment` is what was still owed."""

    due: Due
    segment: DueSegment
    choice: Choice = AS_REGISTERED
    repaired_years: tuple[int, ...] = ()
    repair_fen: int = 0

    @property
    def amount_fen(self) -> int:
        """Own part, add-ons and repaired years."""
        return owed_fen(self.segment) + self.repair_fen

    @property
    def contributes(self) -> bool:
        """Whether the contribution is in it, and not an add-on alone."""
        return bool(self.segment.own_due_fen)


@dataclass(frozen=True, slots=True, order=True)
class WantedDue:
    """Whose due is wanted."""

    person_id: int
    coverage_year: int
    county: str


def year_before(due: Due) -> WantedDue:
    """What the same person owes for the coverage year before."""
    return WantedDue(due.person_id, due.coverage_year - 1, due.county)


@dataclass(frozen=True, slots=True)
class KnownAnswer:
    """What was answered earlier under a key."""

    caller: str
    key: str
    fingerprint: bytes
    answer: str


@dataclass(frozen=True, slots=True)
class Claim:
    """The hold of a pending order on a person in a coverage year."""

    coverage_year: int
    person_id: int
    order_no: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class NewOrderRow:
    """An order to place."""

    order_no: str
    county: str
    coverage_year: int
    channel: str
    amount_fen: int
    item_count: int
    created_by: str
    created_at: datetime
    expires_at: datetime
    payer_digest: str | None = None
    employee_fund: str | None = None


@dataclass(frozen=True, slots=True)
class NewItemRow:
    """One person of an order to place."""

    order_no: str
    item_no: int
    county: str
    division_code: str
    coverage_year: int
    person_id: int
    enrollment_id: int
    assessment_id: int | None
    masked_name: str | None
    window: str
    price_fen: int
    own_fen: int
    add_on_fen: int
    tier: int | None
    chosen_add_on_fen: int | None
    repaired_years: Sequence[int] = ()
    repair_fen: int = 0

    @property
    def amount_fen(self) -> int:
        """Own part, add-ons and repaired years."""
        return self.own_fen + self.add_on_fen + self.repair_fen

    @property
    def repairs(self) -> list[dict[str, int]]:
        """Each repaired year with its amount."""
        each_fen = self.repair_fen // max(len(self.repaired_years), 1)
        return [{"repaired_year": year, "amount_fen": each_fen} for year in self.repaired_years]


@dataclass(frozen=True, slots=True)
class NewKeyRow:
    """The key under which an order is placed, with its answer."""

    caller: str
    key: str
    fingerprint: bytes
    status: int
    answer: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class OrderRows:
    """All that is written for one order."""

    order: NewOrderRow
    items: Sequence[NewItemRow]
    key: NewKeyRow
    lookups: Sequence[Mapping[str, object]]


def order_no(now: datetime, draw: int) -> str:
    """Compose an order number of the day and a random draw below 10**14."""
    return f"{_PREFIX}{now:%Y%m%d}{draw:014d}"


def price(
    due: Due, now: datetime, add_ons_fen: int = 0, choice: Choice = AS_REGISTERED
) -> OrderedItem | None:
    """Price one person now, who bought add-ons for `add_ons_fen`; None when there is nothing to pay."""
    chosen = on_tier(due, choice.tier)
    if chosen is None:
        return None
    segment = still_owed(chosen, now, add_ons_fen=add_ons_fen, chosen_fen=choice.add_on_fen)
    return OrderedItem(chosen, segment, choice) if segment is not None else None


def contribution(due: Due, now: datetime) -> OrderedItem | None:
    """Price the contribution of one person now; None when nothing of it is to pay."""
    item = price(due, now)
    return item if item is not None and item.contributes else None


def why_close(
    due: Due, ordered_fen: int, instant: datetime, add_ons_fen: int = 0, choice: Choice = AS_REGISTERED
) -> CloseReason | None:
    """Say why an order cannot stand in which somebody was to pay `ordered_fen`; None when it can."""
    item = price(due, instant, add_ons_fen, choice)
    if item is not None and item.amount_fen == ordered_fen:
        return None
    segment = segment_at(due.schedule, instant)
    if segment is not None and ordered_fen <= segment.add_on_due_fen:
        return "due_changed"  # an add-on alone: help has nothing to do with it
    helped = due.state == "open" and segment is not None and segment.outcome == "exempt"
    return "member_exempt" if helped or due.state == "exempt" else "due_changed"


def expires_at(items: Sequence[OrderedItem], now: datetime, lasts: timedelta) -> datetime:
    """An order never outlives a price in it: it ends after `lasts`, or where the first price ends."""
    ends = [item.segment.until_at for item in items if item.segment.until_at is not None]
    return min([now + lasts, *ends])


def state_at(state: OrderState, expires: datetime, now: datetime) -> ShownOrderState:
    """The state to show: a pending order past its time has expired, without anybody having to say so."""
    return "expired" if state == "pending" and now >= expires else state


def why_not(due: Due, now: datetime) -> Words | None:
    """Say why nothing can be paid now for somebody who has not paid; None where it can be."""
    segment = segment_at(due.schedule, now)
    if due.state != "open" or (segment is not None and segment.outcome in ("payable", "exempt")):
        return None
    if segment is None or not segment.reason_codes:
        return Words(zh="目前不能缴费。", en="Cannot be paid for now.")
    because = why(segment, None)
    return Words(zh=f"目前不能缴费：{because.zh}", en=f"Cannot be paid for now. {because.en}")
