"""Raises an alert where a channel that told of payments falls silent while everybody may pay."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.alerting import Season, alert_case, find_in_each, keep_alerts
from libs.common.cases.store import NewCase
from libs.common.clock import business_date
from libs.common.divisions import CODE_LENGTH
from libs.common.policy import Notice, Notices
from libs.common.policy.engine.reports import season_of
from services.collection.cases.channel_days import named_channel
from services.collection.cases.rules import CHANNEL_SILENT
from services.collection.cash.rules import CASH
from services.collection.payments import alarms_store as store
from services.collection.payments.alarms_store import LastWord


async def see_to_channels(
    conn: AsyncConnection,
    now: datetime,
    notices: Notices,
    days: int,
    debiting: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> Collection[Season]:
    """Raise and resolve the alerts, one for each channel of a season that is open.

    Who takes money by hand tells of it when it is taken, and is not silent by having taken none; nor is a
    bank (`debiting`, by county) that debits on some days only.
    """
    today, since = business_date(now), now - timedelta(days=days)

    async def find(notice: Notice) -> list[NewCase]:
        if not _is_open(notice, today):
            return []
        return [
            _alert(notice, one, now, days)
            for one in await store.last_words(conn, [(notice.county, notice.year)])
            if one.last_at < since
            and not _is_by_hand(notice, one.channel)
            and one.channel not in debiting.get(notice.county, ())
        ]

    found = await find_in_each(conn, notices.items(), find)
    return await keep_alerts(conn, (CHANNEL_SILENT,), found, now)


def _is_open(notice: Notice, on: date) -> bool:
    first, last = season_of(notice)
    return first <= on <= last


def _is_by_hand(notice: Notice, channel: str) -> bool:
    listed = any(one.code == channel and one.by_hand for one in notice.document.channels)
    return listed or channel.startswith(CASH)


def _alert(notice: Notice, one: LastWord, now: datetime, days: int) -> NewCase:
    return alert_case(
        CHANNEL_SILENT,
        f"channels/{one.channel}/{notice.county}/{notice.year}",
        now,
        {
            **named_channel(one.channel, notice),
            "days": days,
            "last_on": business_date(one.last_at).isoformat(),
        },
        county=notice.county,
        coverage_year=notice.year,
        division_code=notice.division.ljust(CODE_LENGTH, "0"),
    )
