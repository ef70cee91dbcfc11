"""Raises an alert for others' money that no list gives to anybody, or that was taken back after it helped."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.alerting import Season, alert_case, find_in_each, keep_alerts
from libs.common.cases.store import NewCase
from libs.common.divisions import CODE_LENGTH
from libs.common.policy import Notice, Notices
from services.registration.cases.rules import HELP_MONEY_SHORT, HELP_MONEY_WAITS
from services.registration.helps import store
from services.registration.helps.rules import Money


async def see_to_help(conn: AsyncConnection, now: datetime, notices: Notices) -> Collection[Season]:
    """Raise and resolve the alerts: each money is as much as its lists give, or somebody is told."""

    async def find(notice: Notice) -> list[NewCase]:
        others = notice.document.help_by_others
        if others is None:
            return []
        uneven = await store.uneven(conn, notice.county, notice.year, others.payers)
        return [_alert(notice, money, now) for money in uneven]

    found = await find_in_each(conn, notices.items(), find)
    return await keep_alerts(conn, (HELP_MONEY_WAITS, HELP_MONEY_SHORT), found, now)


def _alert(notice: Notice, money: Money, now: datetime) -> NewCase:
    label = notice.payer_labels[money.payer]
    return alert_case(
        HELP_MONEY_WAITS if money.left_fen > 0 else HELP_MONEY_SHORT,
        f"help-moneys/{money.arrival_id}",
        now,
        {
            "arrival_id": money.arrival_id,
            "payer": label.en,
            "payer_zh": label.zh,
        },
        county=notice.county,
        coverage_year=notice.year,
        division_code=notice.division.ljust(CODE_LENGTH, "0"),
        amount_fen=abs(money.left_fen),
    )
