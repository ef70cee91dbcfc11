"""When a channel is asked about a payment, how often, and where that stands."""

from datetime import datetime, timedelta
from typing import Literal

from services.collection.channels.port import Outcome

#: silent: an order that nobody told of; unmatched_return: money went back of a payment that is not on record;
#: file_only: the channel's file has a payment that was not notified; officer: somebody wants to know;
#: difference: its file does not have a payment that is on record here, or has it otherwise.
Reason = Literal["silent", "unmatched_return", "file_only", "officer", "difference"]
#: due: it is asked, again if need be; answered: it says for good what became of the payment; given_up: asked
#: often enough, the bill of the day tells the rest.
QueryState = Literal["due", "answered", "given_up"]

#: After how long an unpaid order is asked about again: twice while it can be paid, then ever more rarely.
_WAITS = (
    timedelta(minutes=3),
    timedelta(minutes=5),
    timedelta(minutes=10),
    timedelta(minutes=20),
    timedelta(hours=1),
    timedelta(hours=5),
    timedelta(hours=18),
)
#: An order that is older was asked about before, or is for its bill.
OLDEST = timedelta(hours=48)
#: Answers that are final.
FINAL: tuple[Outcome, ...] = ("paid", "closed")


def ask_again_at(tries: int, asked_at: datetime) -> datetime | None:
    """When to ask again after that many tries; None: never."""
    return asked_at + _WAITS[tries - 1] if tries <= len(_WAITS) else None


def subject_of(order_no: str | None, transaction_no: str | None) -> str:
    """What a query is about, in one word."""
    return f"orders/{order_no}" if order_no is not None else f"transactions/{transaction_no}"
