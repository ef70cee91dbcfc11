"""What a deposit of cash posts: out of the hands of one collector into the account that the notice names."""

from collections.abc import Iterator

from libs.common.events.collection import CashDeposited, CashDepositReversed
from services.ledger.accounts import rules as accounts
from services.ledger.postings.kinds import Kind
from services.ledger.postings.rules import Leg, Season


def deposit_legs(fact: CashDeposited | CashDepositReversed) -> Iterator[Leg]:
    """Post what the bank's slip says, whatever the collector should have had."""
    yield Leg(
        Season(fact.county, fact.coverage_year),
        Kind.CHANNEL_SETTLEMENT,
        accounts.clearing(fact.channel),
        accounts.PENDING_REMITTANCE,
        fact.amount_fen,
        channel=fact.channel,
    )


def reversal_legs(fact: CashDepositReversed) -> Iterator[Leg]:
    """Post what the bank took back of a deposit, or what was never deposited."""
    (leg,) = deposit_legs(fact)
    yield leg.mirrored()
