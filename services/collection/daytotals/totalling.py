"""Tells the ledger the sums of days of channels, when a day was compared and they are others than before."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.outbox import Draft
from libs.common.cases.alerts_store import take_watch
from libs.common.clock import SHANGHAI
from libs.common.db.isolation import apply_by_halves
from libs.common.events.channel_days import ChannelDayTotalled
from libs.common.repeating import repeating
from libs.common.service import Worker
from libs.common.setbacks import setback
from services.collection.assembly import CollectionContext
from services.collection.daytotals import store
from services.collection.daytotals.rules import LookedAt, Sums, is_news
from services.collection.daytotals.store import DayWindow, Total
from services.collection.differences.rules import COMPARED


def totaller(context: CollectionContext) -> Worker:
    """Make the worker; of several instances one looks at a time."""

    async def work() -> None:
        await total_days(context)

    return repeating("day_totals", work, context.settings.look_seconds)


async def total_days(context: CollectionContext) -> None:
    """Add up days that were compared since, some hundred at a time, and tell those that changed."""
    more = True
    while more:
        async with context.engine.begin() as conn:
            more = await take_watch(conn, "day totals") and await _total(conn, context.clock.now())


async def _total(conn: AsyncConnection, now: datetime) -> bool:
    """Add up the next days; whether there may be more. One that cannot be kept holds up no other."""
    days = await store.compared(conn, COMPARED)
    found = await store.sums(conn, [_window(one) for one in days])
    by_day = {(one.county, one.channel, one.business_on): one for one in found}

    async def tell(some: Sequence[LookedAt]) -> None:
        kept = [_kept(one, by_day[one.county, one.channel, one.business_on], now) for one in some]
        await store.keep(conn, kept)
        news = [(one, of) for one, of in zip(some, kept, strict=True) if of.revision != one.revision]
        await outbox.append(conn, [_draft(one, of) for one, of in news])

    refused = (await apply_by_halves(conn, days, tell, most_defects=None)).refused
    for one, error in refused:
        setback(f"sums of {one.channel} on {one.business_on}", error)
    return len(days) == store.AT_ONCE and not refused


def _window(one: LookedAt) -> DayWindow:
    return DayWindow(
        one.county, one.channel, one.business_on, _begin(one.business_on), _begin(one.business_on + _DAY)
    )


_DAY = timedelta(days=1)


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def _kept(one: LookedAt, sums: Sums, now: datetime) -> Total:
    return Total(
        county=one.county,
        channel=one.channel,
        business_on=one.business_on,
        revision=(one.revision or 0) + is_news(one, sums),
        taken_fen=sums.taken_fen,
        payments=sums.payments,
        returned_fen=sums.returned_fen,
        returns=sums.returns,
        compared_at=one.compared_at,
        totalled_at=now,
    )


def _draft(one: LookedAt, total: Total) -> Draft:
    told = asdict(total)
    del told["compared_at"]
    subject = f"channel-days/{one.county}/{one.channel}/{one.business_on.isoformat()}"
    return Draft(ChannelDayTotalled(**told), one.key, total.totalled_at, subject=subject)
