"""Raises an alert where money waits in suspense for longer than finding its person should take."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.alerting import Findings, alert_case, keep_alerts
from libs.common.clock import business_date
from libs.common.policy import Notices
from services.collection.cases.rules import SUSPENSE_OLD
from services.collection.divisions import Divisions
from services.collection.suspense import alarms_store as store


async def see_to_suspense(conn: AsyncConnection, now: datetime, notices: Notices, days: int) -> None:
    """Raise and resolve the alerts, one for each county and year; money of an unknown county has its own."""
    divisions = Divisions(notices)
    found = [
        alert_case(
            SUSPENSE_OLD,
            f"suspense/{one.county or '-'}/{one.coverage_year or '-'}",
            now,
            {
                "count": one.count,
                "days": days,
                "oldest_on": business_date(one.oldest_received_at).isoformat(),
            },
            county=one.county,
            coverage_year=one.coverage_year,
            division_code=divisions.code_of(one.county),
            amount_fen=one.amount_fen,
        )
        for one in await store.old(conn, now - timedelta(days=days))
    ]
    await keep_alerts(conn, (SUSPENSE_OLD,), Findings(found), now)
