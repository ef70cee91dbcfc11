"""Raises an alert where a channel has not said for days what became of money that it is to give back."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.alerting import Findings, alert_case, keep_alerts
from libs.common.clock import business_date
from libs.common.policy import Notices
from services.collection.cases.channel_refunds import LATE
from services.collection.channel_refunds import alarms_store as store
from services.collection.channel_refunds.rules import LATE_AFTER
from services.collection.divisions import Divisions


async def see_to_channel_refunds(conn: AsyncConnection, now: datetime, notices: Notices) -> None:
    """Raise and resolve the alerts, one for each county and year; money of an unknown county has its own."""
    divisions = Divisions(notices)
    found = [
        alert_case(
            LATE,
            f"channel-refunds/{one.county or '-'}/{one.coverage_year or '-'}",
            now,
            {
                "count": one.count,
                "days": LATE_AFTER.days,
                "oldest_on": business_date(one.oldest_at).isoformat(),
            },
            county=one.county,
            coverage_year=one.coverage_year,
            division_code=divisions.code_of(one.county),
            amount_fen=one.amount_fen,
        )
        for one in await store.late(conn, now - LATE_AFTER)
    ]
    await keep_alerts(conn, (LATE,), Findings(found), now)
