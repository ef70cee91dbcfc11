"""Raises an alert where a channel that told of payments falls silent while everybody may pay."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.alerting import alert_case, keep_alerts
from libs.common.cases.store import NewCase
from libs.common.clock import business_date
from libs.common.divisions import CODE_LENGTH
from libs.common.policy import Notice, Notices
from libs.common.policy.engine.reports import season_of
from services.collection.cases.rules import CHANNEL_SILENT
from services.collection.payments import alarms_store as store


async def see_to_channels(conn: AsyncConnection, now: datetime, notices: Notices, days: int) -> None:
    """Raise and resolve the alerts, one for each channel of a season that is open.

    Who takes money by hand tells of it when it is taken, and is not silent by having taken none.
    """
    found: list[NewCase] = []
    for notice in notices.values():
        first, last = season_of(notice)
        if first <= business_date(now) <= last:
            found += await _silent(conn, notice, now, days)
    await keep_alerts(conn, (CHANNEL_SILENT,), found, now)


async def _silent(conn: AsyncConnection, notice: Notice, now: datetime, days: int) -> list[NewCase]:
    by_hand = {one.code for one in notice.document.channels if one.by_hand}
    return [
        alert_case(
            CHANNEL_SILENT,
            f"channels/{one.channel}/{notice.county}/{notice.year}",
            now,
            {"channel": one.channel, "days": days, "last_on": business_date(one.last_at).isoformat()},
            county=notice.county,
            coverage_year=notice.year,
            division_code=notice.division.ljust(CODE_LENGTH, "0"),
        )
        for one in await store.last_words(conn, notice.county, notice.year)
        if one.channel not in by_hand and one.last_at < now - timedelta(days=days)
    ]
