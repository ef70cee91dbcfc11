"""Raises an alert for each channel of which days are not closed by when the notice wants them to be."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.alerting import Findings, Season, alert_case, keep_alerts
from libs.common.clock import business_date
from libs.common.policy import Notice, Notices
from libs.common.policy.engine.office_days import reconciliation_due_on
from libs.common.workdays import YearUnknown
from services.collection.cases.channel_days import CHANNEL_DAY_OVERDUE, named_channel
from services.collection.days import store
from services.collection.days.store import NotClosed

#: Older days are asked about no more.
_LONGEST = timedelta(days=400)


def due_on(notice: Notice | None, day: date) -> date | None:
    """By when a day has to be closed; None where the notice does not say, or workdays are not known yet."""
    try:
        return reconciliation_due_on(notice, day) if notice is not None else None
    except YearUnknown:
        return None


def newest_notice(notices: Notices, county: str) -> Notice | None:
    """The newest notice of a county: a day of a channel is of the county, and of no season."""
    years = [year for code, year in notices if code == county]
    return notices[county, max(years)] if years else None


async def see_to_days(conn: AsyncConnection, now: datetime, notices: Notices) -> Collection[Season]:
    """Raise the alerts of channels with days that are over time, and resolve those of channels without."""
    today = business_date(now)
    saying = {
        county: notice
        for county in {code for code, _ in notices}
        if (notice := newest_notice(notices, county)) is not None and notice.reconciliation is not None
    }
    by_channel: dict[tuple[str, str], list[NotClosed]] = {}
    for one in await store.not_closed(conn, sorted(saying), today - _LONGEST):
        due = due_on(saying[one.county], one.business_on)
        if due is not None and due < today:
            by_channel.setdefault((one.county, one.channel), []).append(one)
    cases = []
    for (county, channel), days in by_channel.items():
        notice, oldest = saying[county], days[0]
        due, rule = due_on(notice, oldest.business_on), notice.reconciliation
        assert due is not None and rule is not None, "it is over time"
        cases.append(
            alert_case(
                CHANNEL_DAY_OVERDUE,
                f"channel-days-due/{county}/{channel}",
                now,
                {
                    **named_channel(channel, notice),
                    "days": len(days),
                    "oldest_on": oldest.business_on.isoformat(),
                    "due_on": due.isoformat(),
                    "clause": rule.clause,
                    "department": rule.department,
                },
                county=county,
                division_code=oldest.division_code,
            )
        )
    return await keep_alerts(conn, (CHANNEL_DAY_OVERDUE,), Findings(cases), now)
