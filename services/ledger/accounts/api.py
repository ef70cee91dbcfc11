"""Where the money stands: balances of all accounts, by county and year."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from libs.common.web.openapi import problems
from services.ledger.access import Context, Reader, check_books, sees_books
from services.ledger.accounts import store
from services.ledger.accounts.rules import Nature, account_of
from services.ledger.postings.rules import Place
from services.ledger.problems import COUNTY_UNKNOWN

router = APIRouter(prefix="/v1/accounts", tags=["accounts"])


class Balance(BaseModel):
    """One account of the books of a county and year. Over all accounts of a county the balances are zero."""

    county: str
    coverage_year: int
    account: str
    nature: Nature
    title: str
    title_zh: str
    balance_fen: int


class Balances(BaseModel):
    """The balances that were asked for."""

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
                    ]
                }
            ]
        }
    )

    items: list[Balance]


@router.get("", summary="Balances of all accounts", responses=problems(COUNTY_UNKNOWN))
async def list_balances(
    context: Context,
    caller: Reader,
    county: Annotated[str | None, Query(description="as in the notice; with `year`")] = None,
    year: Annotated[int | None, Query(ge=2000, le=2100)] = None,
) -> Balances:
    """Give balances per county and year, added up from the postings.

    Money that belongs to no county yet stands under the county "" and the year 0 and is shown to callers of
    every division only.
    """
    asked = None
    if county is not None and year is not None:
        asked = Place(county, year)
        check_books(context, caller, asked)
    async with context.engine.connect() as conn:
        places = [asked] if asked else await store.places(conn)
        return Balances(
            items=[
                balance
                for place in places
                if _wanted(place, county, year) and sees_books(context, caller, place)
                for balance in _shown(place, await store.balances(conn, place))
            ]
        )


def _wanted(place: Place, county: str | None, year: int | None) -> bool:
    return county in (None, place.county) and year in (None, place.coverage_year)


def _shown(place: Place, balances: dict[str, int]) -> list[Balance]:
    return [
        Balance(
            county=place.county,
            coverage_year=place.coverage_year,
            account=name,
            nature=(account := account_of(name)).nature,
            title=account.title,
            title_zh=account.title_zh,
            balance_fen=balance_fen,
        )
        for name, balance_fen in balances.items()
    ]
