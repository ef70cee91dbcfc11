"""What a fee posts that a channel kept: it leaves the channel, and whoever bears it owes it to the fund."""

from collections.abc import Iterator

from libs.common.events.channel_days import ChannelFeeBooked, ChannelFeeReversed
from services.ledger.accounts import rules as accounts
from services.ledger.postings.kinds import Kind
from services.ledger.postings.rules import Leg, Season


def fee_legs(fact: ChannelFeeBooked | ChannelFeeReversed) -> Iterator[Leg]:
    """Post what was kept on the day of the channel, or its mirror; below zero it gave fees back."""
    leg = Leg(
        Season(fact.county, fact.coverage_year),
        Kind.CHANNEL_FEE,
        accounts.clearing(fact.channel),
        accounts.channel_fee(fact.channel),
        abs(fact.amount_fen),
        channel=fact.channel,
    )
    undone = isinstance(fact, ChannelFeeReversed)
    yield leg.mirrored() if undone != (fact.amount_fen < 0) else leg
