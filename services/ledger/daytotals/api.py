"""HTTP of days of channels: what collection tells of each, beside what is posted here."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from libs.common.web.openapi import problems
from libs.common.web.reach import COUNTY
from libs.common.web.schemas import CountyCode, Limit
from services.ledger.access import Context, Reader, check_county
from services.ledger.daytotals import store
from services.ledger.daytotals.rules import Beside
from services.ledger.daytotals.schemas import DayTotal, DayTotals
from services.ledger.problems import COUNTY_UNKNOWN

router = APIRouter(prefix="/v1/channel-day-totals", tags=["channel debts"])

_AFTER = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}/[a-z0-9_:-]{1,80}$"


@router.get(
    "",
    summary="Days of channels, as collection has them and as posted",
    responses=problems(COUNTY_UNKNOWN),
    openapi_extra=COUNTY,
)
async def list_channel_day_totals(
    context: Context,
    caller: Reader,
    county: CountyCode,
    channel: Annotated[str | None, Query(min_length=1, max_length=80)] = None,
    after: Annotated[str | None, Query(pattern=_AFTER, description="`next_after` of the page before")] = None,
    limit: Limit = 100,
) -> DayTotals:
    """Give days whose files were compared: the sums that collection told, beside those of the postings.

    They differ while a message is on its way; what differs for longer is the alert `channel_day_ledger`.
    """
    check_county(context, caller, county)
    async with context.engine.connect() as conn:
        told = await store.page(conn, county, channel, _place(after), limit)
        found = await store.beside(conn, told)
    more = f"{told[-1].business_on}/{told[-1].channel}" if len(told) == limit else None
    return DayTotals(items=[_shown(one) for one in found], next_after=more)


def _place(after: str | None) -> tuple[date, str]:
    day, _, channel = (after or "").partition("/")
    try:
        return date.fromisoformat(day), channel
    except ValueError:  # no page ended there
        return date.min, ""


def _shown(one: Beside) -> DayTotal:
    return DayTotal(
        channel=one.told.channel,
        on=one.told.business_on,
        agrees=one.agrees,
        taken_fen=one.told.taken_fen,
        posted_taken_fen=one.posted.taken_fen,
        returned_fen=one.told.returned_fen,
        posted_returned_fen=one.posted.returned_fen,
        payments=one.told.payments,
        returns=one.told.returns,
        revision=one.told.revision,
        totalled_at=one.told.totalled_at,
    )
