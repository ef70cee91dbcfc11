"""Facts about money of payers and work funds, beside those of `ledger_facts.py`."""

from collections.abc import Mapping
from datetime import datetime

from libs.common.events.envelope import UnitFunds
from libs.common.events.helps import HelpReturned
from libs.common.events.registration import WorkFundsSettled
from libs.common.events.subsidy import FundsArrived, FundsRequested, FundsReversed
from libs.common.testing.ledger_facts import COUNTY, YEAR, on

#: A township that gets work funds.
UNIT = "350426102000"


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


def settled(
    fen: Mapping[str, int],
    before: Mapping[str, int] | None = None,
    *,
    revision: int = 1,
    at: datetime = on("2020-01-06"),
) -> WorkFundsSettled:
    """A score sheet is final, or one that replaces the one `before`."""
    had = before or {}
    return WorkFundsSettled(
        sheet_id=revision,
        revision=revision,
        county=COUNTY,
        coverage_year=YEAR,
        units=tuple(
            UnitFunds(
                division_code=unit,
                amount_fen=fen.get(unit, 0),
                change_fen=fen.get(unit, 0) - had.get(unit, 0),
            )
            for unit in sorted(fen.keys() | had.keys())
        ),
        settled_at=at,
    )


def reversed_(
    fen: int, payer: str = "county_finance", at: datetime = on("2020-01-08"), number: int = 1
) -> FundsReversed:
    """It had not come."""
    return FundsReversed(
        arrival_id=number, county=COUNTY, coverage_year=YEAR, payer=payer, amount_fen=fen, reversed_at=at
    )


def given_back(
    fen: int, payer: str = "collective", at: datetime = on("2020-01-08"), number: int = 1
) -> HelpReturned:
    """A part of it goes back to who gave it."""
    return HelpReturned(
        return_id=number,
        arrival_id=1,
        county=COUNTY,
        coverage_year=YEAR,
        payer=payer,
        amount_fen=fen,
        returned_at=at,
    )
