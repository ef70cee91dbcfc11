"""Who may read, move or close which books."""

from typing import Annotated

from fastapi import Depends

from libs.common.policy import Notice
from libs.common.security.access import check_division, require
from libs.common.security.caller import Caller
from libs.common.service import ServiceContext
from libs.common.web.app import context_of
from libs.common.web.catalogue import OUTSIDE_DIVISION
from libs.common.web.notices import without_notice
from services.ledger.postings.rules import Season
from services.ledger.problems import COUNTY_UNKNOWN
from services.ledger.settings import LedgerSettings

#: What the rooms of this service are given.
LedgerContext = ServiceContext[LedgerSettings, None]

Reader = Annotated[Caller, require("ledger:read")]
Writer = Annotated[Caller, require("ledger:write")]
Closer = Annotated[Caller, require("ledger:close")]
Signer = Annotated[Caller, require("ledger:sign")]
Context = Annotated[LedgerContext, Depends(context_of)]


def notice_of(context: LedgerContext, season: Season) -> Notice:
    """Give the notice of a county and year, or say that there is none."""
    notice = context.notices.get((season.county, season.coverage_year))
    if notice is None:
        raise without_notice(COUNTY_UNKNOWN, context.notices, season.county, season.coverage_year)
    return notice


def check_books(context: LedgerContext, caller: Caller, season: Season) -> Notice:
    """Give the notice of the books if the caller's division holds the whole county; refuse otherwise."""
    notice = notice_of(context, season)
    check_division(caller, notice.division)
    return notice


def check_county(context: LedgerContext, caller: Caller, county: str) -> str:
    """Give the division of a county if the caller's holds all of it, whatever its coverage year."""
    division = _of_county(context, county)
    if division is None:
        raise without_notice(COUNTY_UNKNOWN, context.notices, county)
    check_division(caller, division)
    return division


def check_reading(context: LedgerContext, caller: Caller, season: Season) -> None:
    """Refuse whoever does not see these books as a whole. Money may name a year that has no notice."""
    check_division(caller, _division(context, season))


def division_within(context: LedgerContext, caller: Caller, season: Season) -> str:
    """Give the prefix to which reading these books is limited: '' for all, or the caller's township."""
    division = _division(context, season)
    if caller.sees(division):
        return ""
    if caller.division.startswith(division):
        return caller.division
    raise OUTSIDE_DIVISION.problem()


def sees_books(context: LedgerContext, caller: Caller, season: Season) -> bool:
    """Whether the caller may see the books as a whole; those of no county only from everywhere."""
    return caller.sees(_of_books(context, season))


def _division(context: LedgerContext, season: Season) -> str:
    division = _of_books(context, season)
    if division is None:
        raise without_notice(COUNTY_UNKNOWN, context.notices, season.county, season.coverage_year)
    return division


def _of_books(context: LedgerContext, season: Season) -> str | None:
    notice = context.notices.get((season.county, season.coverage_year))
    return notice.division if notice else _of_county(context, season.county)


def _of_county(context: LedgerContext, county: str) -> str | None:
    return next((one.division for one in context.notices.values() if one.county == county), None)


def payer_names(notice: Notice) -> dict[str, str]:
    """Give the Chinese names of the payers that a notice has."""
    return {code: label.zh for code, label in notice.payer_labels.items()}
