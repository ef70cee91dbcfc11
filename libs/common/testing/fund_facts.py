"""Facts about money of payers, beside those of `ledger_facts.py`."""

from datetime import datetime

from libs.common.events.subsidy import FundsArrived, FundsRequested
from libs.common.testing.ledger_facts import COUNTY, YEAR, on


def requested(fen: int, payer: str = "county_finance", at: datetime = on("2019-12-22")) -> FundsRequested:
    """The bureau applies for a payer's money."""
    return FundsRequested(
        application_id=1, county=COUNTY, coverage_year=YEAR, payer=payer, amount_fen=fen, requested_at=at
    )


def arrived(
    fen: int, payer: str = "county_finance", at: datetime = on("2019-12-24"), number: int = 1
) -> FundsArrived:
    """It comes."""
    return FundsArrived(
        arrival_id=number, county=COUNTY, coverage_year=YEAR, payer=payer, amount_fen=fen, arrived_at=at
    )
