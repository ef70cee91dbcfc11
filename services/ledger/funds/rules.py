"""Which postings the money of payers makes on its way: applied for, then arrived, taken back or given back.

They stand beside the shares that payers bear (`payer:<payer>`): granted, applied for and arrived are three
things, and none of them changes another.
"""

from collections.abc import Iterator

from libs.common.events.helps import HelpReturned
from libs.common.events.subsidy import FundsArrived, FundsRequested, FundsReversed
from services.ledger.accounts import rules as accounts
from services.ledger.postings.kinds import Kind
from services.ledger.postings.rules import Leg, Season


def fund_legs(fact: FundsRequested | FundsArrived | FundsReversed | HelpReturned) -> Iterator[Leg]:
    """Post what was applied for, what came of it, that it had not come after all, or what went back."""
    awaited, arrival = accounts.awaited(fact.payer), accounts.arrival(fact.payer)
    if isinstance(fact, FundsRequested):
        kind, source, destination = Kind.FUNDS_REQUESTED, accounts.request(fact.payer), awaited
    elif isinstance(fact, HelpReturned):
        kind, source, destination = Kind.FUNDS_RETURNED, arrival, awaited
    else:
        kind, source, destination = Kind.FUNDS_ARRIVED, awaited, arrival
    season = Season(fact.county, fact.coverage_year)
    leg = Leg(season, kind, source, destination, fact.amount_fen, payer=fact.payer)
    yield leg.mirrored() if isinstance(fact, FundsReversed) else leg
