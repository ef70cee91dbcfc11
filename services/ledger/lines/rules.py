"""Where the money of a payment line is, and out of which account it is given back or applied.

A line may be suspended, applied, refunded, returned by the bank and applied again, by facts of two services
that overtake one another. What is known of a line is played again in the order in which it happened (the time
of its events); a fact posts the difference between what the line needs before and after it is known.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from libs.common.events.collection import (
    AddOnReceived,
    PaymentReceived,
    PaymentReturned,
    PaymentSuspended,
    PaymentTakenBack,
    RepairReceived,
)
from libs.common.events.subsidy import RefundSettled
from services.ledger.lines.pools import Money, Needs
from services.ledger.postings.rules import Leg

LineFact = (
    PaymentReceived
    | PaymentSuspended
    | AddOnReceived
    | RepairReceived
    | PaymentReturned
    | PaymentTakenBack
    | RefundSettled
)
LineKey = tuple[int, int]

#: Of facts of the same instant, money comes before it is used.
_RANK = {
    PaymentSuspended: 0,
    PaymentReceived: 1,
    AddOnReceived: 2,
    RepairReceived: 2,
    PaymentReturned: 3,
    PaymentTakenBack: 3,
    RefundSettled: 3,
}


class Happened(NamedTuple):
    """A fact of a line and when it took effect; `which` tells apart several of a kind."""

    at: datetime
    rank: int
    again: bool
    attempt: int
    which: str
    fact: LineFact


@dataclass(frozen=True, slots=True)
class LinePosition:
    """What is known of one payment line, in the order in which it happened."""

    history: tuple[Happened, ...] = ()

    def with_fact(self, fact: LineFact, at: datetime) -> "LinePosition":
        """Know one more fact of this line."""
        again, attempt, which = getattr(fact, "from_suspense", False), 0, ""
        if isinstance(fact, RefundSettled):
            attempt, which = fact.attempt, fact.outcome
        elif isinstance(fact, PaymentReturned):
            which = fact.return_no
        happened = Happened(at, _RANK[type(fact)], again, attempt, which, fact)
        return LinePosition(tuple(sorted((*self.history, happened), key=lambda one: one[:5])))


NOTHING_KNOWN = LinePosition()


def line_legs(before: LinePosition, after: LinePosition) -> Iterator[Leg]:
    """Post by how much the needs of a line change."""
    had, needs = needs_of(before), needs_of(after)
    for leg in sorted(had.keys() | needs.keys(), key=repr):
        change = needs[leg] - had[leg]
        if change:
            changed = leg._replace(amount_fen=abs(change))
            yield changed if change > 0 else changed.mirrored()


def needs_of(line: LinePosition) -> Needs:
    """Work out which legs a line needs because of facts that belong together."""
    money = Money()
    for happened in line.history:
        fact = happened.fact
        if isinstance(fact, PaymentSuspended):
            money.suspend(fact)
        elif isinstance(fact, PaymentReceived):
            money.apply(fact)
        elif isinstance(fact, AddOnReceived):
            money.buy(fact)
        elif isinstance(fact, RepairReceived):
            money.repair(fact)
        elif isinstance(fact, PaymentReturned):
            money.lose(fact)
        elif isinstance(fact, PaymentTakenBack):
            money.unapply(fact)
        elif fact.outcome == "paid":
            money.refund(fact)
        elif fact.outcome == "returned":
            money.take_back(fact)
    money.take_what_came_later()
    return money.needs
