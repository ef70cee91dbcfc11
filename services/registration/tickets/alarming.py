"""Asks about tickets that are not answered within the workdays of the notice, until they are."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.alerting import Season, alert_case, find_in_each, keep_alerts
from libs.common.cases.store import NewCase
from libs.common.policy import Notice, Notices
from libs.common.web.schemas import shanghai
from services.registration.cases.rules import TICKET_OVERDUE
from services.registration.tickets import alarms_store as store
from services.registration.tickets.alarms_store import Late
from services.registration.tickets.rules import due_on, overdue_before, subject_of


async def see_to_tickets(conn: AsyncConnection, now: datetime, notices: Notices) -> Collection[Season]:
    """Raise and resolve the alerts about late tickets; an answer ends them at the next look."""

    async def find(notice: Notice) -> list[NewCase]:
        return [_alert(notice, one, now) for one in await _late(conn, notice, now)]

    found = await find_in_each(conn, notices.items(), find)
    return await keep_alerts(conn, (TICKET_OVERDUE,), found, now)


async def _late(conn: AsyncConnection, notice: Notice, now: datetime) -> list[Late]:
    before = overdue_before(notice, now)
    return await store.late(conn, notice.county, notice.year, before) if before is not None else []


def _alert(notice: Notice, one: Late, now: datetime) -> NewCase:
    due = due_on(notice, one.reported_at)
    return alert_case(
        TICKET_OVERDUE,
        subject_of(one.ticket_id),
        now,
        {
            "ticket_id": one.ticket_id,
            "kind": one.kind,
            "reported_at": shanghai(one.reported_at),
            "due_on": due.isoformat() if due is not None else None,
            "taken_by": one.taken_by,
        },
        county=notice.county,
        coverage_year=notice.year,
        division_code=one.division_code,
        person_id=one.person_id,
    )
