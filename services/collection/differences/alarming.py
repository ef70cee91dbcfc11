"""Raises an alert for each day on which a channel took money and of which nobody has sent its file."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.alerting import Findings, Season, alert_case, keep_alerts
from libs.common.clock import business_date
from libs.common.policy import Notice, Notices
from libs.common.web.schemas import shanghai
from services.collection.cases.channel_days import CHANNEL_FILE_MISSING, named_channel
from services.collection.days.alarming import due_on
from services.collection.days.rules import late_days
from services.collection.differences import alarms_store as store
from services.collection.differences.alarms_store import Late
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
    await _keep_how_late(conn, newest)
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
                "due_on": _iso(due_on(newest.get(one.county), one.business_on)),
            },
            county=one.county,
            division_code=one.division_code,
            amount_fen=one.amount_fen,
        )
        for one in missing
    ]
    return await keep_alerts(conn, (CHANNEL_FILE_MISSING,), Findings(cases), now)


async def _keep_how_late(conn: AsyncConnection, newest: Mapping[str, Notice]) -> None:
    """Say of files that have come who sent them and how late: the alerts about them end then."""
    found = []
    for one in await store.came(conn, PAYMENTS, CHANNEL_FILE_MISSING.code):
        due = due_on(newest.get(one.county), one.business_on)
        late = late_days(due, business_date(one.came_at))
        told = {"came_at": shanghai(one.came_at), "came_by": one.came_by, "late_days": late}
        found.append(Late(one.case_id, told | {"due_on": _iso(due)}))
    await store.note_late(conn, found)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
