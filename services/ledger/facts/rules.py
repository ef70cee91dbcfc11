"""Where, when and about what each fact of the ledger is, and what it changes."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol, cast

from libs.common.events import collection, registration, subsidy
from libs.common.events.envelope import Fact
from services.ledger.dues import rules as dues
from services.ledger.lines import rules as lines
from services.ledger.movements.rules import MovementRecorded, movement_legs
from services.ledger.postings import rules as postings
from services.ledger.postings.rules import Leg, Memo, Season

DueKey = tuple[Season, int]

#: What the ledger takes from each topic. A registration alone owes nothing: its assessment follows.
CONSUMED: Mapping[str, tuple[type[Fact], ...]] = {
    registration.TOPIC: (
        registration.EnrollmentAssessed,
        registration.EnrollmentReassessed,
        registration.EnrollmentCancelled,
    ),
    collection.TOPIC: (collection.PaymentReceived, collection.PaymentSuspended),
    subsidy.TOPIC: (
        subsidy.SubsidyGranted,
        subsidy.SubsidyRevoked,
        subsidy.PayoutSettled,
        subsidy.RefundSettled,
    ),
}
#: Every fact in the store by its type: to read them again.
BY_TYPE: Mapping[str, type[Fact]] = {fact.type: fact for facts in CONSUMED.values() for fact in facts} | {
    MovementRecorded.type: MovementRecorded
}

# The instant that decides to which deadline a fact belongs.
_BUSINESS_INSTANT: Mapping[type[Fact], str] = {
    registration.EnrollmentAssessed: "assessed_at",
    registration.EnrollmentReassessed: "assessed_at",
    registration.EnrollmentCancelled: "cancelled_at",
    collection.PaymentReceived: "paid_at",
    collection.PaymentSuspended: "paid_at",
    subsidy.SubsidyGranted: "granted_at",
    subsidy.SubsidyRevoked: "revoked_at",
    subsidy.PayoutSettled: "settled_at",
    subsidy.RefundSettled: "settled_at",
    MovementRecorded: "business_at",
}
DUE_FACTS = (
    registration.EnrollmentAssessed,
    registration.EnrollmentCancelled,
    collection.PaymentReceived,
)
LINE_FACTS = (collection.PaymentReceived, collection.PaymentSuspended, subsidy.RefundSettled)
#: Facts that take money out of where another fact of their line put it.
_TAKES_FROM_LINE = (subsidy.RefundSettled,)


class StoredFact(NamedTuple):
    """What the fact store keeps of a fact, beside the id that it gives."""

    county: str
    coverage_year: int
    source: str
    event_id: str
    type: str
    event_at: datetime
    business_at: datetime
    enrollment_id: int | None
    payment_id: int | None
    line_no: int | None
    data: str


class Entered(NamedTuple):
    """What one stored fact posts."""

    fact_id: int
    business_at: datetime
    entries: list[Leg | Memo]


class _OfSeason(Protocol):
    """A fact that may name its county and year."""

    @property
    def county(self) -> str | None: ...
    @property
    def coverage_year(self) -> int | None: ...


def season_of(fact: Fact) -> Season:
    """Give the books of a fact; those of no county when it names none."""
    named = cast(_OfSeason, fact)
    if named.county is None or named.coverage_year is None:
        return postings.UNASSIGNED
    return Season(named.county, named.coverage_year)


def business_at(fact: Fact) -> datetime:
    """Give the instant that decides to which deadline a fact belongs."""
    instant: datetime = getattr(fact, _BUSINESS_INSTANT[type(fact)])
    return instant


def due_key(fact: Fact) -> DueKey | None:
    """Name the enrollment whose charge a fact may change."""
    return (season_of(fact), fact.enrollment_id) if isinstance(fact, DUE_FACTS) else None


def line_key(fact: Fact) -> lines.LineKey | None:
    """Name the payment line that a fact is about."""
    return (fact.payment_id, fact.line_no) if isinstance(fact, LINE_FACTS) else None


def takes_from_line(fact: Fact) -> bool:
    """Whether a fact uses money that another fact of its line brought: these two must not meet unseen."""
    return isinstance(fact, _TAKES_FROM_LINE) or getattr(fact, "from_suspense", False)


def own_entries(fact: Fact) -> list[Leg | Memo]:
    """Give what a fact posts by itself, whatever else is known."""
    make = _OWN_ENTRIES.get(type(fact))
    return [] if make is None else list(make(fact))


@dataclass(slots=True)
class Books:
    """What is known of dues and payment lines; `enter` lets it grow by one fact and says what to post.

    A key that is missing means that nothing is known of it. Entering the same facts in any order gives the
    same balances.
    """

    due_positions: dict[DueKey, dues.DuePosition] = field(default_factory=dict)
    line_positions: dict[lines.LineKey, lines.LinePosition] = field(default_factory=dict)
    changed_dues: set[DueKey] = field(default_factory=set)

    def enter(self, fact: Fact, at: datetime) -> list[Leg | Memo]:
        """Know `fact` (an event of the time `at`) and give its postings.

        First by how much it changes a charge, then its own, then what its payment line needs.
        """
        entries: list[Leg | Memo] = []
        if isinstance(fact, DUE_FACTS):
            entries += self._charge(fact)
        entries += own_entries(fact)
        if isinstance(fact, LINE_FACTS):
            entries += self._line(fact, at)
        return entries

    def _charge(self, fact: dues.DueFact) -> list[Leg]:
        key = (season_of(fact), fact.enrollment_id)
        before = self.due_positions.get(key, dues.NOTHING_KNOWN)
        after = dues.with_due_fact(before, fact)
        if after is before:
            return []
        self.due_positions[key] = after
        self.changed_dues.add(key)
        return list(dues.charge_legs(before, after, fact))

    def _line(self, fact: lines.LineFact, at: datetime) -> list[Leg]:
        key = (fact.payment_id, fact.line_no)
        before = self.line_positions.get(key, lines.NOTHING_KNOWN)
        after = self.line_positions[key] = before.with_fact(fact, at)
        if before is lines.NOTHING_KNOWN:
            return []  # one fact alone needs nothing beyond its own postings
        return list(lines.line_legs(before, after))


#: The functions take the very facts of their keys.
_OWN_ENTRIES: Mapping[type[Fact], Callable[..., Iterable[Leg | Memo]]] = {
    collection.PaymentReceived: postings.payment_legs,
    collection.PaymentSuspended: postings.suspension_legs,
    subsidy.SubsidyGranted: postings.grant_entries,
    subsidy.SubsidyRevoked: postings.grant_entries,
    subsidy.PayoutSettled: postings.payout_legs,
    subsidy.RefundSettled: postings.refund_legs,
    MovementRecorded: movement_legs,
}
