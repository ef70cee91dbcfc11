"""Which postings a fact makes by itself, and the vocabulary of postings.

What depends on other facts too (those of one enrollment, or of one payment line) is decided in dues/rules.py
and lines/rules.py, which post differences: so the balances depend on which facts came, never on their order.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from libs.common.events.collection import AddOnReceived, PaymentReceived, PaymentReturned, PaymentSuspended
from libs.common.events.subsidy import (
    PayoutSettled,
    RefundSettled,
    SubsidyGranted,
    SubsidyRecovered,
    SubsidyRevoked,
)
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
    #: A channel gave money back itself: refunds -> residents, out of what the next three say.
    RETURNED = "returned"
    #: Money that a channel had reported did not stay (a chargeback, a bounced cheque): refunds -> residents.
    BOUNCED = "bounced"
    #: It had been a contribution: clearing -> refunds.
    RETURNED_OF_CONTRIBUTION = "returned_of_contribution"
    #: It had been in suspense, or for an add-on: suspense, or add_on -> held.
    RETURNED_OF_SUSPENSE = "returned_of_suspense"
    RETURNED_OF_ADD_ON = "returned_of_add_on"
    #: What was held for others leaves the channel: clearing -> refunds.
    RETURNED_DRAWN = "returned_drawn"
    #: A contribution pays its due no more and waits in suspense: clearing -> suspense.
    UNAPPLIED = "unapplied"
    #: It is somebody's again, where it lies: held -> clearing.
    UNAPPLIED_HELD = "unapplied_held"
    #: So does an add-on: add_on -> suspense.
    ADD_ON_UNAPPLIED = "add_on_unapplied"
    #: Help that had reached a card comes back: special account (the contribution), or cards -> payouts.
    RECOVERED_FROM_FUND = "recovered_from_fund"
    RECOVERED_FROM_PERSON = "recovered_from_person"
    #: A payer's money is applied for: request -> awaited; comes: awaited -> arrival; goes back: the mirror.
    FUNDS_REQUESTED, FUNDS_ARRIVED, FUNDS_RETURNED = "funds_requested", "funds_arrived", "funds_returned"
    #: A level of government bears the match: match -> match_due; it comes: match_due -> special account.
    FISCAL_MATCH = "fiscal_match"
    MATCH_ARRIVED = "match_arrived"
    #: The county owes a unit money for its work: work_funds -> work_funds_due; it pays: -> work_funds_paid.
    WORK_FUNDS_SETTLED = "work_funds_settled"
    WORK_FUNDS_PAID = "work_funds_paid"
    #: A channel pays what it collected into the pending-remittance account (cash_deposit).
    CHANNEL_SETTLEMENT = "channel_settlement"
    #: The treasury has it: pending remittance -> treasury.
    TREASURY_RECEIPT = "treasury_receipt"
    #: Finance has it: treasury -> special fiscal account.
    FISCAL_TRANSFER = "fiscal_transfer"
    #: The city has it: special fiscal account -> upward.
    UPWARD_REMITTANCE = "upward_remittance"
    #: The payee of add-ons has its money: special account, or clearing -> payee; then add_on -> held.
    ADD_ON_HANDOVER = "add_on_handover"
    ADD_ON_DISCHARGED = "add_on_discharged"


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


class Withdrawal(NamedTuple):
    """A person is counted no longer, whatever money is still there; reversed: counted again."""

    season: Season
    person_id: int
    division_code: str
    reversal: bool = False


#: What a fact leaves in the books.
Entry = Leg | Memo | Withdrawal


def add_on_accounts(fact: PaymentReceived) -> list[tuple[str, int]]:
    """Where the add-ons of a payment stand: with their payees, or what it does not say in one sum."""
    shares = [(accounts.add_on(share.payee), share.amount_fen) for share in fact.add_ons]
    summed_fen = fact.add_on_fen - sum(fen for _, fen in shares)
    return [*shares, (accounts.ADD_ON, summed_fen)] if summed_fen else shares


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
        for account, fen in add_on_accounts(fact):
            yield Leg(season, Kind.ADD_ON_APPLIED, accounts.SUSPENSE, account, fen, *who)
        if own_fen:
            yield Leg(season, Kind.HELD, accounts.HELD, clearing, own_fen, *who).mirrored()
        return
    if own_fen:
        yield Leg(season, Kind.CONTRIBUTION, accounts.DUES, clearing, own_fen, *who)
    if add_on_fen:
        yield Leg(season, Kind.ADD_ON_RECEIVED, accounts.RESIDENTS, clearing, add_on_fen, *who)
        for account, fen in add_on_accounts(fact):
            yield Leg(season, Kind.ADD_ON_SET_APART, clearing, account, fen, *who)
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


def add_on_legs(fact: AddOnReceived) -> Iterator[Leg]:
    """Post money that buys an add-on by itself: it is its payee's, fresh or out of suspense."""
    clearing, add_on = accounts.clearing(fact.channel), accounts.add_on(fact.payee)
    leg = Leg(
        season_of(fact), Kind.ADD_ON_APPLIED, accounts.SUSPENSE, add_on, fact.amount_fen,
        person_id=fact.person_id, division_code=fact.division_code, channel=fact.channel,
    )  # fmt: skip
    if fact.from_suspense:
        yield leg
        return
    yield leg._replace(kind=Kind.ADD_ON_RECEIVED, source=accounts.RESIDENTS, destination=clearing)
    yield leg._replace(kind=Kind.ADD_ON_SET_APART, source=clearing)
    yield leg._replace(kind=Kind.HELD, source=accounts.HELD, destination=clearing)


def return_legs(fact: PaymentReturned) -> Iterator[Leg]:
    """Post money that a channel no longer has (lines/rules.py says out of what it is gone)."""
    kind = Kind.BOUNCED if fact.kind == "reversal" else Kind.RETURNED
    yield Leg(
        season_of(fact), kind, accounts.REFUNDS, accounts.RESIDENTS, fact.amount_fen,
        person_id=fact.person_id, division_code=fact.division_code, channel=fact.channel,
    )  # fmt: skip


def season_of(
    fact: PaymentReceived | PaymentSuspended | AddOnReceived | PaymentReturned | RefundSettled,
) -> Season:
    """Say in which books the money of a fact is that may name no county or year."""
    if fact.county is None or fact.coverage_year is None:
        return UNASSIGNED
    return Season(fact.county, fact.coverage_year)


def grant_entries(fact: SubsidyGranted | SubsidyRevoked) -> Iterator[Leg | Memo]:
    """Post a subsidy, or take a revoked one back. What is settled outside is only listed."""
    revoked = isinstance(fact, SubsidyRevoked)
    if not fact.amount_fen:
        return
    if fact.mechanism == "outside_system":
        season = Season(fact.county, fact.coverage_year)
        yield Memo(season, fact.payer, fact.amount_fen, fact.person_id, fact.division_code, revoked)
        return
    granted = _share(fact, *_BY_MECHANISM[fact.mechanism])
    yield granted.mirrored() if revoked else granted


def _share(fact: SubsidyGranted | SubsidyRevoked | SubsidyRecovered, kind: Kind, destination: str) -> Leg:
    """What a payer bears of a contribution."""
    return Leg(
        Season(fact.county, fact.coverage_year), kind, accounts.payer(fact.payer), destination,
        fact.amount_fen, person_id=fact.person_id, division_code=fact.division_code, payer=fact.payer,
    )  # fmt: skip


_BY_MECHANISM = {
    "paid_on_behalf": (Kind.PAID_ON_BEHALF, accounts.SPECIAL_FISCAL_ACCOUNT),
    "reimburse_to_card": (Kind.REIMBURSEMENT, accounts.PAYOUTS),
}


def payout_legs(fact: PayoutSettled) -> Iterator[Leg]:
    """Post what a card was credited with, or what came back from it. A failed payout never left."""
    if fact.outcome == "failed":
        return
    paid = Leg(
        Season(fact.county, fact.coverage_year), Kind.PAYOUT, accounts.PAYOUTS, accounts.CARDS,
        fact.amount_fen, person_id=fact.person_id, division_code=fact.division_code, payer=fact.payer,
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


def recovery_legs(fact: SubsidyRecovered) -> Iterator[Leg]:
    """Post help that came back to its payer, whose share a revoked grant has taken back already."""
    from_fund = fact.source == "fund"
    if fact.goes_on:
        yield _share(fact, *_BY_MECHANISM["reimburse_to_card"]).mirrored()
    yield Leg(
        Season(fact.county, fact.coverage_year),
        Kind.RECOVERED_FROM_FUND if from_fund else Kind.RECOVERED_FROM_PERSON,
        accounts.SPECIAL_FISCAL_ACCOUNT if from_fund else accounts.CARDS, accounts.PAYOUTS, fact.amount_fen,
        person_id=fact.person_id, division_code=fact.division_code, payer=fact.payer,
    )  # fmt: skip
