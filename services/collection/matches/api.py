"""The five matches, per collector and day."""

from typing import Annotated

from fastapi import APIRouter, Query

from libs.common.web.schemas import GivenDay, Id, Limit, NumberAfter, number_after
from services.collection.access import CashReader, Context
from services.collection.matches.schemas import DayMatchesPage
from services.collection.matches.showing import matches_of

router = APIRouter(prefix="/v1/cash-matches", tags=["books"])


@router.get("", summary="The five matches of collectors on a day")
async def list_cash_matches(
    caller: CashReader,
    context: Context,
    day: Annotated[GivenDay, Query(description="the day on the vouchers", examples=["2020-11-20"])],
    collector_id: Id | None = None,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> DayMatchesPage:
    """Hold money, people, names, roster and receipts together, with each line in which they differ."""
    async with context.engine.connect() as conn:
        found = await matches_of(
            conn,
            context.notices,
            day,
            division=caller.division,
            collector_id=collector_id,
            after=number_after(after),
            limit=limit,
        )
    more = str(found[-1].collector_id) if len(found) == limit else None
    return DayMatchesPage(items=found, next_after=more)
