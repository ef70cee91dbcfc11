"""Which postings a fact makes by itself, and the vocabulary of postings.

What depends on other facts too (those of one enrollment, or of one payment line) is decided in dues/rules.py
and lines/rules.py, which post differences: so the balances depend on which facts came, never on their order.
"""

from collections.abc import Iterator
from typing import NamedTuple

from libs.common.events.collection import (
    AddOnReceived,
    PaymentReceived,
    PaymentReturned,
    PaymentSuspended,
    PaymentTakenBack,
    RepairReceived,
)
from libs.common.events.subsidy import (
    PayoutSettled,
    RefundSettled,
    SubsidyGranted,
    SubsidyRecovered,
    SubsidyRevoked,
)
from services.ledger.accounts import rules as accounts
from services.ledger.postings.kinds import Kind

#: Facts about money of a payment line that collection tells of.
MoneyFact = (
    PaymentReceived | PaymentSuspended | AddOnReceived | RepairReceived | PaymentReturned | PaymentTakenBack
)


class Season(NamedTuple):
    """The books of one county and coverage year."""

    county: str
    coverage_year: int


#: The books of money that belongs to no county yet.
UNASSIGNED = Season("", 0)


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
    clearing = accounts.clearing(channel_of(fact))
    who = (False, fact.person_id, fact.division_code, channel_of(fact))
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
    clearing = accounts.clearing(channel_of(fact))
    received = Leg(
        season_of(fact), Kind.SUSPENDED_RECEIVED, accounts.RESIDENTS, clearing, fact.amount_fen,
        person_id=fact.person_id, division_code=fact.division_code, channel=channel_of(fact),
    )  # fmt: skip
    yield received
    yield received._replace(kind=Kind.SUSPENDED, source=clearing, destination=accounts.SUSPENSE)
    yield received._replace(kind=Kind.HELD, source=accounts.HELD, destination=clearing)


def add_on_legs(fact: AddOnReceived) -> Iterator[Leg]:
    """Post money that buys an add-on by itself: it is its payee's, fresh or out of suspense."""
    clearing, add_on = accounts.clearing(channel_of(fact)), accounts.add_on(fact.payee)
    leg = Leg(
        season_of(fact), Kind.ADD_ON_APPLIED, accounts.SUSPENSE, add_on, fact.amount_fen,
        person_id=fact.person_id, division_code=fact.division_code, channel=channel_of(fact),
    )  # fmt: skip
    if fact.from_suspense:
        yield leg
        return
    yield leg._replace(kind=Kind.ADD_ON_RECEIVED, source=accounts.RESIDENTS, destination=clearing)
    yield leg._replace(kind=Kind.ADD_ON_SET_APART, source=clearing)
    yield leg._replace(kind=Kind.HELD, source=accounts.HELD, destination=clearing)


def repair_legs(fact: RepairReceived) -> Iterator[Leg]:
    """Post money that repairs a lapsed year: the fund's, apart from dues, fresh or out of suspense."""
    clearing, repair = accounts.clearing(channel_of(fact)), accounts.repair(fact.repaired_year)
    leg = Leg(
        season_of(fact), Kind.REPAIR_RECEIVED, repair, clearing, fact.amount_fen,
        person_id=fact.person_id, division_code=fact.division_code, channel=channel_of(fact),
    )  # fmt: skip
    if not fact.from_suspense:
        yield leg
        return
    yield leg._replace(kind=Kind.REPAIR_APPLIED, source=accounts.SUSPENSE)
    yield leg._replace(kind=Kind.REPAIR_SETTLED, destination=accounts.RESIDENTS)
    yield leg._replace(kind=Kind.HELD, source=accounts.HELD).mirrored()


def return_legs(fact: PaymentReturned) -> Iterator[Leg]:
    """Post money that a channel no longer has (lines/rules.py says out of what it is gone)."""
    kind = Kind.BOUNCED if fact.kind == "reversal" else Kind.RETURNED
    yield Leg(
        season_of(fact), kind, accounts.REFUNDS, accounts.RESIDENTS, fact.amount_fen,
        person_id=fact.person_id, division_code=fact.division_code, channel=channel_of(fact),
    )  # fmt: skip


def channel_of(fact: MoneyFact) -> str:
    """Through what money came: the channel that tells of it, or the fund whose personal accounts paid."""
    return fact.channel if fact.employee_fund is None else accounts.employee_fund(fact.employee_fund)


def season_of(
    fact: PaymentReceived
    | PaymentSuspended
    | AddOnReceived
    | RepairReceived
    | PaymentReturned
    | RefundSettled,
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
