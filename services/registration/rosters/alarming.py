"""Raises an alert for each status that brings help and of which no roster has come when its day is near."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.alerting import Season, alert_case, find_in_each, keep_alerts
from libs.common.cases.owners import department_name
from libs.common.cases.store import NewCase
from libs.common.clock import business_date
from libs.common.dates import day_of
from libs.common.divisions import CODE_LENGTH
from libs.common.policy import Notice, Notices
from services.registration.cases.rules import ROSTER_MISSING
from services.registration.notices.alarms_store import in_use
from services.registration.rosters import alarms_store as store


async def see_to_rosters(
    conn: AsyncConnection, now: datetime, notices: Notices, days: int
) -> Collection[Season]:
    """Raise and resolve the alerts, from so many days before the day on, until the coverage year is over."""
    today = business_date(now)
    latest = today + timedelta(days=days)
    current = {key: notice for key, notice in notices.items() if today.year <= notice.year}

    async def find(notice: Notice) -> list[NewCase]:
        due = {status: by for status, by in _due(notice).items() if by[0] <= latest}
        missing = due.keys() - await store.arrived(conn, notice.county, notice.year) if due else set()
        return [_alert(notice, status, *due[status], now) for status in sorted(missing)]

    used = sorted(await in_use(conn, current))
    found = await find_in_each(conn, [(key, current[key]) for key in used], find)
    return await keep_alerts(conn, (ROSTER_MISSING,), found, now)


def _due(notice: Notice) -> dict[str, tuple[date, str]]:
    """Until when the notice wants the roster of each status, and by which clause."""
    rules = notice.document.subsidies.rules
    due: dict[str, tuple[date, str]] = {}
    for deadline in notice.document.deadlines:
        if deadline.what == "status_rosters":
            by = (day_of(deadline.by - 1), deadline.clause)
            due |= {entitled.status: by for rule in rules for entitled in rule.for_}
    for rule in rules:
        if rule.roster is not None:
            by = (rule.roster.cutoff_on, rule.roster.clause)
            due |= {entitled.status: by for entitled in rule.for_}
    return due


def _alert(notice: Notice, status: str, due_on: date, clause: str, now: datetime) -> NewCase:
    rule = notice.statuses[status]
    name, name_zh = department_name(notice, rule.department)
    return alert_case(
        ROSTER_MISSING,
        f"rosters/{notice.county}/{notice.year}/{status}",
        now,
        {
            "status": rule.label.en,
            "status_zh": rule.label.zh,
            "department": name,
            "department_zh": name_zh,
            "due_on": due_on.isoformat(),
            "clause": clause,
        },
        county=notice.county,
        coverage_year=notice.year,
        division_code=notice.division.ljust(CODE_LENGTH, "0"),
    )
