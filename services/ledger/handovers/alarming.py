"""Raises an alert for each handover of the notice that is due soon, and another when its day is over."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.alerting import alert_case, keep_alerts
from libs.common.cases.store import NewCase
from libs.common.clock import business_date
from libs.common.divisions import CODE_LENGTH
from libs.common.policy import Notice, Notices
from services.ledger.accounts import store as accounts_store
from services.ledger.cases.rules import HANDOVER_DUE, HANDOVER_OVERDUE
from services.ledger.handovers import alarms_store as store
from services.ledger.handovers.rules import Deadline, calendar_of


async def see_to_handovers(conn: AsyncConnection, now: datetime, notices: Notices, days: int) -> None:
    """Raise and resolve the alerts, of books in which money has moved; sealing ends them."""
    moved = set(await accounts_store.seasons(conn))
    done = {(one.county, one.coverage_year, one.deadline_id) for one in await store.sealed(conn)}
    soon = business_date(now) + timedelta(days=days)
    found = [
        _alert(notice, deadline, now)
        for key, notice in notices.items()
        if key in moved
        for deadline in calendar_of(notice)
        if deadline.due_on <= soon and (*key, deadline.id) not in done
    ]
    await keep_alerts(conn, (HANDOVER_DUE, HANDOVER_OVERDUE), found, now)


def _alert(notice: Notice, deadline: Deadline, now: datetime) -> NewCase:
    late = deadline.due_on < business_date(now)
    return alert_case(
        HANDOVER_OVERDUE if late else HANDOVER_DUE,
        f"handovers/{notice.county}/{notice.year}/{deadline.id}",
        now,
        {
            "deadline_id": deadline.id,
            "label": deadline.label,
            "label_zh": deadline.label_zh,
            "due_on": deadline.due_on.isoformat(),
        },
        county=notice.county,
        coverage_year=notice.year,
        division_code=notice.division.ljust(CODE_LENGTH, "0"),
    )
