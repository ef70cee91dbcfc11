"""Which postings a fact makes by itself, and the vocabulary of postings.

What depends on other facts too (assessments and payments of one enrollment; receipts and refunds of one
payment line) is decided in dues/rules.py and lines/rules.py, which post differences: so the balances depend
on which facts came, never on their order, and an event may overtake the one that caused it.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from libs.common.events.collection import PaymentReceived, PaymentSuspended
from libs.common.events.subsidy import PayoutSettled, RefundSettled, SubsidyGranted, SubsidyRevoked
from services.ledger.accounts import rules as accounts


class Season(NamedTuple):
    """The books of one county and coverage year."""

    county: str
    coverage_year: int


#: The books of money that belongs to no county yet.
UNASSIGNED = Season("", 0)


class Kind(StrEnum):
    """Why money moves. Each kind has one direction; a reversal is its mirror."""

    #: A resident owes: residents -> dues.
    CHARGE = "charge"
    #: A due is paid: dues -> clearing.
    CONTRIBUTION = "contribution"
    #: Money for add-ons comes in: residents -> clearing.
    ADD_ON_RECEIVED = "add_on_received"
    #: It is kept for its payee, outside the fund: clearing -> add_on.
    ADD_ON_SET_APART = "add_on_set_apart"
    #: Money comes in that cannot be applied: residents -> clearing.
    SUSPENDED_RECEIVED = "suspended_received"
    #: It is kept until it is understood: clearing -> suspense.
    SUSPENDED = "suspended"
    #: Money in suspense becomes a contribution: suspense -> clearing.
    APPLIED = "applied"
    #: The due that it pays is settled: dues -> residents (who gave the money when it was suspended).
    SETTLED = "settled"
    #: Money in suspense becomes an add-on: suspense -> add_on.
    ADD_ON_APPLIED = "add_on_applied"
    #: What is kept for others stays where it lies, as part of what the channel took: held -> clearing.
    HELD = "held"
    #: Money in suspense leaves these books for those of another county or year: suspense -> elsewhere.
    SUSPENSE_RELOCATED = "suspense_relocated"
    #: So does the place where it lies: clearing (or special account) -> held, here; the mirror of it, there.
    HELD_RELOCATED = "held_relocated"
    #: A refund is given back by the books of another county or year: refunds -> elsewhere.
    REFUND_RELOCATED = "refund_relocated"
    #: A payer bears a share of the price: payer -> special fiscal account.
    PAID_ON_BEHALF = "paid_on_behalf"
    #: A payer owes a share to the person who paid all: payer -> payouts.
    REIMBURSEMENT = "reimbursement"
    #: The bank credits a card: payouts -> cards.
    PAYOUT = "payout"
    #: Money in suspense is to go back: suspense -> refunds.
    REFUND_OF_SUSPENSE = "refund_of_suspense"
    #: An applied contribution is to go back: special fiscal account -> refunds.
    REFUND_OF_CONTRIBUTION = "refund_of_contribution"
    #: Its add-ons are to go back too: add_on -> refunds.
    REFUND_OF_ADD_ON = "refund_of_add_on"
    #: What was held for others is given back by finance, wherever it still lies: special account -> held.
    REFUND_DRAWN = "refund_drawn"
    #: A refund came back from the bank and waits again: refunds -> suspense.
    REFUND_RETURNED = "refund_returned"
    #: The bank gives it back: refunds -> residents.
    REFUND = "refund"
    #: A channel pays what it collected into the pending-remittance account (cash_deposit).
    CHANNEL_SETTLEMENT = "channel_settlement"
    #: The treasury has it: pending remittance -> treasury.
    TREASURY_RECEIPT = "treasury_receipt"
    #: Finance has it: treasury -> special fiscal account.
    FISCAL_TRANSFER = "fiscal_transfer"
    #: The city has it: special fiscal account -> upward.
    UPWARD_REMITTANCE = "upward_remittance"


class Leg(NamedTuple):
    """One posting: `amount_fen` (positive) from `source` to `destination` in the books of `season`."""

    season: Season
    kind: str
    source: str
    destination: str
    amount_fen: int
    reversal: bool = False
    person_id: int | None = None
    division_code: str | None = None
    channel: str | None = None
    payer: str | None = None

    def mirrored(self) -> "Leg":
        """The posting that undoes this one."""
        return self._replace(source=self.destination, destination=self.source, reversal=not self.reversal)


class Memo(NamedTuple):
    """Help that is listed although no money of ours moves."""

    season: Season
    payer: str
    amount_fen: int
    person_id: int
    division_code: str
    reversal: bool = False


def payment_legs(fact: PaymentReceived) -> Iterator[Leg]:
    """Post money that pays a due: fresh from its channel, or out of suspense."""
    season = Season(fact.county, fact.coverage_year)
    clearing = accounts.clearing(fact.channel)
    who = (False, fact.person_id, fact.division_code, fact.channel)
    own_fen, add_on_fen = fact.own_fen, fact.add_on_fen
    if fact.from_suspense:
        if own_fen:
            yield Leg(season, Kind.APPLIED, accounts.SUSPENSE, clearing, own_fen, *who)
            yield Leg(season, Kind.SETTLED, accounts.DUES, accounts.RESIDENTS, own_fen, *who)
        if add_on_fen:
            yield Leg(season, Kind.ADD_ON_APPLIED, accounts.SUSPENSE, accounts.ADD_ON, add_on_fen, *who)
        if own_fen:
            yield Leg(season, Kind.HELD, accounts.HELD, clearing, own_fen, *who).mirrored()
        return
    if own_fen:
        yield Leg(season, Kind.CONTRIBUTION, accounts.DUES, clearing, own_fen, *who)
    if add_on_fen:
        yield Leg(season, Kind.ADD_ON_RECEIVED, accounts.RESIDENTS, clearing, add_on_fen, *who)
        yield Leg(season, Kind.ADD_ON_SET_APART, clearing, accounts.ADD_ON, add_on_fen, *who)
        yield Leg(season, Kind.HELD, accounts.HELD, clearing, add_on_fen, *who)


def suspension_legs(fact: PaymentSuspended) -> Iterator[Leg]:
    """Post money that cannot be applied: the channel has it, and it is kept."""
    clearing = accounts.clearing(fact.channel)
    received = Leg(
        season_of(fact), Kind.SUSPENDED_RECEIVED, accounts.RESIDENTS, clearing, fact.amount_fen,
        person_id=fact.person_id, division_code=fact.division_code, channel=fact.channel,
    )  # fmt: skip
    yield received
    yield received._replace(kind=Kind.SUSPENDED, source=clearing, destination=accounts.SUSPENSE)
    yield received._replace(kind=Kind.HELD, source=accounts.HELD, destination=clearing)


def season_of(fact: PaymentReceived | PaymentSuspended | RefundSettled) -> Season:
    """Say in which books the money of a fact is that may name no county or year."""
    if fact.county is None or fact.coverage_year is None:
        return UNASSIGNED
    return Season(fact.county, fact.coverage_year)


def grant_entries(fact: SubsidyGranted | SubsidyRevoked) -> Iterator[Leg | Memo]:
    """Post a subsidy, or take a revoked one back. What is settled outside is only listed."""
    season = Season(fact.county, fact.coverage_year)
    revoked = isinstance(fact, SubsidyRevoked)
    if not fact.amount_fen:
        return
    if fact.mechanism == "outside_system":
        yield Memo(season, fact.payer, fact.amount_fen, fact.person_id, fact.division_code, revoked)
        return
    kind, destination = _BY_MECHANISM[fact.mechanism]
    granted = Leg(
        season, kind, accounts.payer(fact.payer), destination, fact.amount_fen,
        person_id=fact.person_id, division_code=fact.division_code, payer=fact.payer,
    )  # fmt: skip
    yield granted.mirrored() if revoked else granted


_BY_MECHANISM = {
    "paid_on_behalf": (Kind.PAID_ON_BEHALF, accounts.SPECIAL_FISCAL_ACCOUNT),
    "reimburse_to_card": (Kind.REIMBURSEMENT, accounts.PAYOUTS),
}


def payout_legs(fact: PayoutSettled) -> Iterator[Leg]:
    """Post what a card was credited with, or what came back from it. A failed payout never left."""
    if fact.outcome == "failed":
        return
    season = Season(fact.county, fact.coverage_year)
    paid = Leg(
        season, Kind.PAYOUT, accounts.PAYOUTS, accounts.CARDS, fact.amount_fen,
        person_id=fact.person_id, division_code=fact.division_code, payer=fact.payer,
    )  # fmt: skip
    yield paid if fact.outcome == "paid" else paid.mirrored()


def refund_legs(fact: RefundSettled) -> Iterator[Leg]:
    """Post what the bank gave back to a resident, or what came back (lines/rules.py says out of what)."""
    if fact.outcome == "failed":
        return
    refund = Leg(
        season_of(fact), Kind.REFUND, accounts.REFUNDS, accounts.RESIDENTS, fact.amount_fen,
        person_id=fact.person_id, division_code=fact.division_code, channel=fact.channel,
    )  # fmt: skip
    yield refund if fact.outcome == "paid" else refund.mirrored()
