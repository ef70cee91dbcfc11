"""Raises an alert where payouts of a township wait for a card for too long."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.alerting import Findings, alert_case, keep_alerts
from libs.common.clock import business_date
from services.subsidy.cases.rules import CARDS_MISSING
from services.subsidy.payouts import alarms_store as store


async def see_to_cards(conn: AsyncConnection, now: datetime, days: int) -> None:
    """Raise and resolve the alerts, one for each township and year."""
    found = [
        alert_case(
            CARDS_MISSING,
            f"cards/{one.county}/{one.coverage_year}/{one.division_code or '-'}",
            now,
            {
                "count": one.count,
                "days": days,
                "oldest_on": business_date(one.oldest_at).isoformat(),
            },
            county=one.county,
            coverage_year=one.coverage_year,
            division_code=one.division_code,
            amount_fen=one.amount_fen,
        )
        for one in await store.cardless(conn, now - timedelta(days=days))
    ]
    await keep_alerts(conn, (CARDS_MISSING,), Findings(found), now)
