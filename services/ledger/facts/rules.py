"""Where, when and about what each fact of the ledger is, and what it changes."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol, cast

from libs.common.events import channel_days, collection, helps, registration, subsidy
from libs.common.events.envelope import Fact
from services.ledger.deposits.rules import deposit_legs, reversal_legs
from services.ledger.dues import rules as dues
from services.ledger.fees.rules import fee_legs
from services.ledger.funds.rules import fund_legs
from services.ledger.lines import rules as lines
from services.ledger.matches.rules import (
    FiscalMatched,
    MatchArrivalReversed,
    MatchArrived,
    arrival_legs,
    match_legs,
)
from services.ledger.movements.rules import MovementRecorded, movement_legs
from services.ledger.postings import rules as postings
from services.ledger.postings.rules import Entry, Season
from services.ledger.work_funds.rules import (
    WorkFundsPaid,
    WorkFundsPaymentReversed,
    payment_legs,
    settlement_legs,
)

DueKey = tuple[Season, int]

#: What the ledger takes from each topic. A registration alone owes nothing: its assessment follows. Sums of
#: days are compared with the books, and are no facts of them (facts/handlers.py).
CONSUMED: Mapping[str, tuple[type[Fact], ...]] = {
    registration.TOPIC: (
        registration.EnrollmentAssessed,
        registration.EnrollmentReassessed,
        registration.EnrollmentCancelled,
        registration.EnrollmentWithdrawn,
        registration.PersonMerged,
        registration.EnrollmentRestored,
        registration.WorkFundsSettled,
        helps.HelpReturned,
    ),
    collection.TOPIC: (
        collection.PaymentReceived,
        collection.PaymentSuspended,
        collection.AddOnReceived,
        collection.RepairReceived,
        collection.PaymentReturned,
        collection.PaymentTakenBack,
        collection.CashDeposited,
        collection.CashDepositReversed,
        channel_days.ChannelFeeBooked,
        channel_days.ChannelFeeReversed,
        channel_days.ChannelDayTotalled,
    ),
    subsidy.TOPIC: (
        subsidy.SubsidyGranted,
        subsidy.SubsidyRevoked,
        subsidy.PayoutSettled,
        subsidy.RefundSettled,
        subsidy.SubsidyRecovered,
        subsidy.FundsRequested,
        subsidy.FundsArrived,
        subsidy.FundsReversed,
    ),
}
#: Every fact in the store by its type: to read them again.
BY_TYPE: Mapping[str, type[Fact]] = {fact.type: fact for facts in CONSUMED.values() for fact in facts} | {
    own.type: own
    for own in (
        *(MovementRecorded, FiscalMatched, MatchArrived, MatchArrivalReversed),
        *(WorkFundsPaid, WorkFundsPaymentReversed),
    )
}

# The instant that decides to which deadline a fact belongs.
_BUSINESS_INSTANT: Mapping[type[Fact], str] = {
    registration.EnrollmentAssessed: "assessed_at",
    registration.EnrollmentReassessed: "assessed_at",
    registration.EnrollmentCancelled: "cancelled_at",
    collection.PaymentReceived: "paid_at",
    registration.EnrollmentWithdrawn: "withdrawn_at",
    registration.PersonMerged: "merged_at",
    registration.EnrollmentRestored: "upheld_at",
    registration.WorkFundsSettled: "settled_at",
    helps.HelpReturned: "returned_at",
    collection.PaymentSuspended: "paid_at",
    collection.AddOnReceived: "paid_at",
    collection.RepairReceived: "paid_at",
    collection.PaymentReturned: "returned_at",
    collection.PaymentTakenBack: "taken_back_at",
    collection.CashDeposited: "deposited_at",
    collection.CashDepositReversed: "reversed_at",
    channel_days.ChannelFeeBooked: "kept_at",
    channel_days.ChannelFeeReversed: "kept_at",
    subsidy.SubsidyGranted: "granted_at",
    subsidy.SubsidyRevoked: "revoked_at",
    subsidy.PayoutSettled: "settled_at",
    subsidy.RefundSettled: "settled_at",
    subsidy.SubsidyRecovered: "recovered_at",
    subsidy.FundsRequested: "requested_at",
    subsidy.FundsArrived: "arrived_at",
    subsidy.FundsReversed: "reversed_at",
    MovementRecorded: "business_at",
    FiscalMatched: "matched_at",
    MatchArrived: "arrived_at",
    WorkFundsPaid: "paid_at",
    MatchArrivalReversed: "reversed_at",
    WorkFundsPaymentReversed: "reversed_at",
}
DUE_FACTS = (
    registration.EnrollmentAssessed,
    registration.EnrollmentCancelled,
    registration.EnrollmentWithdrawn,
    registration.EnrollmentRestored,
    collection.PaymentReceived,
    subsidy.SubsidyGranted,
)
LINE_FACTS = (
    collection.PaymentReceived,
    collection.PaymentSuspended,
    collection.AddOnReceived,
    collection.RepairReceived,
    collection.PaymentReturned,
    collection.PaymentTakenBack,
    subsidy.RefundSettled,
)
#: Facts that take money out of where another fact of their line put it.
_TAKES_FROM_LINE = (subsidy.RefundSettled, collection.PaymentReturned, collection.PaymentTakenBack)


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
    entries: list[Entry]


class _OfSeason(Protocol):
    """A fact that may name its county and year."""

    @property
    def county(self) -> str | None: ...
    @property
    def coverage_year(self) -> int | None: ...


def season_of(fact: Fact) -> Season:
    """Give the books of a fact; those of no county when it names none, or is about all years of a person."""
    if isinstance(fact, registration.PersonMerged):
        return postings.UNASSIGNED
    named = cast(_OfSeason, fact)
    if named.county is None or named.coverage_year is None:
        return postings.UNASSIGNED
    return Season(named.county, named.coverage_year)


def business_at(fact: Fact) -> datetime:
    """Give the instant that decides to which deadline a fact belongs."""
    if isinstance(fact, subsidy.SubsidyRevoked | subsidy.SubsidyGranted) and fact.counted_at is not None:
        return fact.counted_at  # of a change of payer both halves; of help that stands again only the rest
    instant: datetime = getattr(fact, _BUSINESS_INSTANT[type(fact)])
    return instant


def as_due_fact(fact: Fact) -> dues.DueFact | None:
    """Give a fact that may change what an enrollment is charged or whether it counts, as such."""
    if isinstance(fact, subsidy.SubsidyGranted) and not fact.completes_enrollment:
        return None
    if isinstance(fact, registration.EnrollmentWithdrawn) and not fact.ends_cover:
        return None  # only help is taken back; its grants tell that themselves
    return fact if isinstance(fact, DUE_FACTS) else None


def due_key(fact: Fact) -> DueKey | None:
    """Name the enrollment whose charge a fact may change by itself."""
    due_fact = as_due_fact(fact)
    return (season_of(due_fact), due_fact.enrollment_id) if due_fact else None


def line_key(fact: Fact) -> lines.LineKey | None:
    """Name the payment line that a fact is about."""
    return (fact.payment_id, fact.line_no) if isinstance(fact, LINE_FACTS) else None


def takes_from_line(fact: Fact) -> bool:
    """Whether a fact uses money that another fact of its line brought: these two must not meet unseen."""
    return isinstance(fact, _TAKES_FROM_LINE) or getattr(fact, "from_suspense", False)


def own_entries(fact: Fact) -> list[Entry]:
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

    def enter(self, fact: Fact, at: datetime) -> list[Entry]:
        """Know `fact` (an event of the time `at`) and give its postings.

        First by how much it changes charges, then its own, then what its payment line needs.
        """
        before = after = lines.NOTHING_KNOWN
        if isinstance(fact, LINE_FACTS):
            key = (fact.payment_id, fact.line_no)
            before = self.line_positions.get(key, lines.NOTHING_KNOWN)
            after = self.line_positions[key] = before.with_fact(fact, at)
        entries: list[Entry] = [*self._dues(fact, dues.newly_ended(before, after)), *own_entries(fact)]
        if before is not lines.NOTHING_KNOWN:  # one fact alone needs nothing beyond its own postings
            entries += lines.line_legs(before, after)
        return entries

    def _dues(self, fact: Fact, ended: Mapping[dues.Contribution, int]) -> Iterator[Entry]:
        """Post what changes for the enrollment of `fact`, and for those whose contributions it ends."""
        due_fact = as_due_fact(fact)
        if due_fact is None and not ended:
            return
        changes: dict[DueKey, tuple[dues.DuePosition, dues.Whose]] = {}
        if due_fact is not None:
            whose = dues.Whose(season_of(fact), due_fact.person_id, due_fact.division_code)
            key = (whose.season, due_fact.enrollment_id)
            changes[key] = dues.with_due_fact(self._due(key), due_fact), whose
        for contribution, number in ended.items():
            key = (contribution.season, contribution.enrollment_id)
            whose = dues.Whose(contribution.season, contribution.person_id, contribution.division_code)
            position, whose = changes.get(key, (self._due(key), whose))
            changes[key] = position.ended(number), whose
        for key, (position, whose) in changes.items():
            before = self._due(key)
            if position != before:
                self.due_positions[key] = position
                self.changed_dues.add(key)
                yield from dues.due_entries(before, position, whose)

    def _due(self, key: DueKey) -> dues.DuePosition:
        return self.due_positions.get(key, dues.NOTHING_KNOWN)


#: The functions take the very facts of their keys.
_OWN_ENTRIES: Mapping[type[Fact], Callable[..., Iterable[Entry]]] = {
    collection.PaymentReceived: postings.payment_legs,
    collection.PaymentSuspended: postings.suspension_legs,
    collection.AddOnReceived: postings.add_on_legs,
    collection.RepairReceived: postings.repair_legs,
    collection.PaymentReturned: postings.return_legs,
    collection.CashDeposited: deposit_legs,
    collection.CashDepositReversed: reversal_legs,
    channel_days.ChannelFeeBooked: fee_legs,
    channel_days.ChannelFeeReversed: fee_legs,
    subsidy.SubsidyGranted: postings.grant_entries,
    subsidy.SubsidyRevoked: postings.grant_entries,
    subsidy.PayoutSettled: postings.payout_legs,
    subsidy.RefundSettled: postings.refund_legs,
    subsidy.SubsidyRecovered: postings.recovery_legs,
    subsidy.FundsRequested: fund_legs,
    subsidy.FundsArrived: fund_legs,
    subsidy.FundsReversed: fund_legs,
    helps.HelpReturned: fund_legs,
    MovementRecorded: movement_legs,
    FiscalMatched: match_legs,
    MatchArrived: arrival_legs,
    registration.WorkFundsSettled: settlement_legs,
    WorkFundsPaid: payment_legs,
    WorkFundsPaymentReversed: payment_legs,
    MatchArrivalReversed: arrival_legs,
}
