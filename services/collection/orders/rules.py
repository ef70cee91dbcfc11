"""Answers "may this be ordered, for how much, and until when does the order stand?"."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from libs.common.events import DueSegment
from services.collection.matching.rules import Due, owed_fen, segment_at

#: What a wallet takes as out_trade_no: up to 32 letters and digits.
_PREFIX = "CB"


@dataclass(frozen=True, slots=True)
class OrderedItem:
    """One person of an order, at the price of the moment it was made."""

    due: Due
    segment: DueSegment

    @property
    def amount_fen(self) -> int:
        """Own part and add-ons."""
        return owed_fen(self.segment)


def order_no(now: datetime, draw: int) -> str:
    """Compose an order number of the day and a random draw below 10**14."""
    return f"{_PREFIX}{now:%Y%m%d}{draw:014d}"


def price(due: Due, now: datetime) -> OrderedItem | None:
    """Price one person now; None when there is nothing to pay."""
    segment = segment_at(due.schedule, now)
    if due.state != "open" or segment is None or owed_fen(segment) == 0:
        return None
    return OrderedItem(due, segment)


def expires_at(items: Sequence[OrderedItem], now: datetime, lasts: timedelta) -> datetime:
    """An order never outlives a price in it: it ends after `lasts`, or where the first price ends."""
    ends = [item.segment.until_at for item in items if item.segment.until_at is not None]
    return min([now + lasts, *ends])


def state_at(state: str, expires: datetime, now: datetime) -> str:
    """The state to show: a pending order past its time has expired, without anybody having to say so."""
    return "expired" if state == "pending" and now >= expires else state
