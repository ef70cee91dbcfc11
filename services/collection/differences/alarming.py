"""Raises an alert for each day on which a channel took money and of which nobody has sent its file."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.alerting import Findings, Season, alert_case, keep_alerts
from libs.common.clock import business_date
from libs.common.policy import Notices
from services.collection.cases.channel_days import CHANNEL_FILE_MISSING, named_channel
from services.collection.differences import alarms_store as store
from services.collection.differences.rules import PAYMENTS

#: Older days are asked about no more.
_LONGEST = timedelta(days=400)


async def see_to_files(
    conn: AsyncConnection, now: datetime, notices: Notices, days: int
) -> Collection[Season]:
    """Raise the alerts of channels that give files, and resolve those whose file has come.

    A day is of a county and of no season: the channel is called as the county's newest notice calls it.
    """
    newest = {county: notices[county, year] for county, year in sorted(notices)}
    until = business_date(now) - timedelta(days=days)
    missing = await store.days_without_file(conn, PAYMENTS, until - _LONGEST, until)
    cases = [
        alert_case(
            CHANNEL_FILE_MISSING,
            f"channel-files/{one.county}/{one.channel}/{one.business_on.isoformat()}",
            now,
            {
                **named_channel(one.channel, newest.get(one.county)),
                "business_on": one.business_on.isoformat(),
                "payments": one.payments,
            },
            county=one.county,
            division_code=one.division_code,
            amount_fen=one.amount_fen,
        )
        for one in missing
    ]
    return await keep_alerts(conn, (CHANNEL_FILE_MISSING,), Findings(cases), now)
