"""Which postings the money of payers makes on its way: applied for, then arrived, or taken back.

They stand beside the shares that payers bear (`payer:<payer>`): granted, applied for and arrived are three
things, and none of them changes another.
"""

from collections.abc import Iterator

from libs.common.events.subsidy import FundsArrived, FundsRequested, FundsReversed
from services.ledger.accounts import rules as accounts
from services.ledger.postings.rules import Kind, Leg, Season


def fund_legs(fact: FundsRequested | FundsArrived | FundsReversed) -> Iterator[Leg]:
    """Post what was applied for, what has come of it, or that it has not come after all."""
    awaited = accounts.awaited(fact.payer)
    if isinstance(fact, FundsRequested):
        kind, source, destination = Kind.FUNDS_REQUESTED, accounts.request(fact.payer), awaited
    else:
        kind, source, destination = Kind.FUNDS_ARRIVED, awaited, accounts.arrival(fact.payer)
    season = Season(fact.county, fact.coverage_year)
    leg = Leg(season, kind, source, destination, fact.amount_fen, payer=fact.payer)
    yield leg.mirrored() if isinstance(fact, FundsReversed) else leg
