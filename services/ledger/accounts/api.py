"""Where the money stands: balances of all accounts, by county and year."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import ConfigDict

from libs.common.web.openapi import problems
from libs.common.web.reach import COUNTY
from libs.common.web.schemas import Answer, CountyCode, CoverageYear, Page
from services.ledger.access import Context, LedgerContext, Reader, check_reading, sees_books
from services.ledger.accounts import store
from services.ledger.accounts.rules import Nature, account_of
from services.ledger.paths.rules import titles
from services.ledger.postings.rules import Season
from services.ledger.problems import COUNTY_UNKNOWN

router = APIRouter(prefix="/v1/accounts", tags=["accounts"])


class Balance(Answer):
    """One account of the books of a county and year, named as its notice does.

    Over all accounts of a county the balances are zero.
    """

    county: str
    coverage_year: int
    account: str
    nature: Nature
    title: str
    title_zh: str
    balance_fen: int


class Balances(Page[Balance]):
    """The balances that were asked for, all of them."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "county": "youxi",
                            "coverage_year": 2020,
                            "account": "clearing:tax",
                            "nature": "fund",
                            "title": "With the payment channel",
                            "title_zh": "渠道在途资金",
                            "balance_fen": 1250000,
                        }
                    ],
                    "next_after": None,
                }
            ]
        }
    )


@router.get("", summary="Balances of all accounts", responses=problems(COUNTY_UNKNOWN), openapi_extra=COUNTY)
async def list_balances(
    context: Context,
    caller: Reader,
    county: Annotated[CountyCode | None, Query(description="as in the notice; with `coverage_year`")] = None,
    coverage_year: Annotated[CoverageYear | None, Query()] = None,
) -> Balances:
    """Give balances per county and year, added up from the postings.

    Money that belongs to no county yet stands under the county "" and the year 0 and is shown to callers of
    every division only.
    """
    asked = None
    if county is not None and coverage_year is not None:
        asked = Season(county, coverage_year)
        check_reading(context, caller, asked)
    async with context.engine.connect() as conn:
        seasons = [asked] if asked else await store.seasons(conn)
        return Balances(
            items=[
                balance
                for season in seasons
                if _wanted(season, county, coverage_year) and sees_books(context, caller, season)
                for balance in _shown(context, season, await store.balances(conn, season))
            ]
        )


def _wanted(season: Season, county: str | None, coverage_year: int | None) -> bool:
    return county in (None, season.county) and coverage_year in (None, season.coverage_year)


def _shown(context: LedgerContext, season: Season, balances: dict[str, int]) -> list[Balance]:
    notice = context.notices.get((season.county, season.coverage_year))
    named = {name: titles(notice, name) for name in balances}
    return [
        Balance(
            county=season.county,
            coverage_year=season.coverage_year,
            account=name,
            nature=account_of(name).nature,
            title=named[name][0],
            title_zh=named[name][1],
            balance_fen=balance_fen,
        )
        for name, balance_fen in balances.items()
    ]
