"""What facts say of money that waits: the last word about each payment line, and what of it went back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from libs.common.events.collection import (
    AddOnReceived,
    PaymentReceived,
    PaymentRejudged,
    PaymentReturned,
    PaymentSuspended,
    PaymentTakenBack,
    RepairReceived,
)
from libs.common.events.envelope import Fact
from libs.common.events.subsidy import RefundSettled

#: A payment line: its payment, and its number there.
Place: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Word:
    """What was said of a line: for whom it waits, or that it waits no more.

    The first word about a line is older than all others, whatever their instants say.
    """

    payment_id: int
    line_no: int
    person_id: int | None
    coverage_year: int | None
    amount_fen: int
    waits: bool
    first: bool
    said_at: datetime

    @property
    def age(self) -> tuple[bool, datetime]:
        """By which the newest is found."""
        return (not self.first, self.said_at)


@dataclass(slots=True)
class WentBack:
    """How much of a line went back."""

    payment_id: int
    line_no: int
    gone_fen: int


def last_words(told: Iterable[tuple[Fact, datetime]]) -> list[Word]:
    """The newest word about each line that waits, or that waited before it was applied."""
    newest: dict[Place, Word] = {}
    for fact, at in told:
        word = _word(fact, at)
        if word is None:
            continue
        place = (word.payment_id, word.line_no)
        if place not in newest or newest[place].age <= word.age:
            newest[place] = word
    return list(newest.values())


def went_back(facts: Iterable[Fact]) -> list[WentBack]:
    """What went back of lines that waited, outside or to a card."""
    found: dict[Place, WentBack] = {}
    for fact in facts:
        match fact:
            case PaymentReturned(was_applied=False) | RefundSettled(outcome="paid"):
                place = (fact.payment_id, fact.line_no)
                found.setdefault(place, WentBack(*place, 0)).gone_fen += fact.amount_fen
    return list(found.values())


def _word(fact: Fact, at: datetime) -> Word | None:
    match fact:
        case PaymentSuspended() | PaymentRejudged() | PaymentTakenBack():
            # Money that an order named for a lapsed year is no contribution of anybody's.
            first, waits = isinstance(fact, PaymentSuspended), fact.repaired_year is None
        case (
            PaymentReceived(from_suspense=True)
            | AddOnReceived(from_suspense=True)
            | RepairReceived(from_suspense=True)
        ):
            first, waits = False, False
        case _:
            return None
    fen = 0 if isinstance(fact, PaymentReceived) else fact.amount_fen
    return Word(fact.payment_id, fact.line_no, fact.person_id, fact.coverage_year, fen, waits, first, at)
