"""Asks about tickets that are not answered within the workdays of the notice, until they are."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import store as cases
from libs.common.cases.store import Gone, NewCase
from libs.common.policy import Notice, Notices
from libs.common.web.schemas import shanghai
from services.registration.cases.rules import TICKET_OVERDUE
from services.registration.tickets import alarms_store as store
from services.registration.tickets.alarms_store import Late
from services.registration.tickets.rules import due_on, overdue_before, subject_of


async def see_to_tickets(conn: AsyncConnection, now: datetime, notices: Notices) -> None:
    """Open and close the cases about late tickets; of one that is answered meanwhile it closes next time."""
    new = [_case(notice, one, now) for notice in notices.values() for one in await _late(conn, notice, now)]
    subjects = {one.subject for one in new}
    asked = await store.asked_about(conn, TICKET_OVERDUE.code)
    gone = [Gone(TICKET_OVERDUE.code, subject) for subject in asked if subject not in subjects]
    await cases.close_cases(conn, gone, now, "the ticket is answered, or has another day")
    await cases.open_cases(conn, new)


async def count_late(conn: AsyncConnection, now: datetime, notices: Notices) -> Mapping[str, float]:
    """How many tickets are late, by county."""
    counts: dict[str, float] = {}
    for notice in notices.values():
        counts[notice.county] = counts.get(notice.county, 0) + len(await _late(conn, notice, now))
    return counts


async def _late(conn: AsyncConnection, notice: Notice, now: datetime) -> list[Late]:
    before = overdue_before(notice, now)
    return await store.late(conn, notice.county, notice.year, before) if before is not None else []


def _case(notice: Notice, one: Late, now: datetime) -> NewCase:
    due = due_on(notice, one.reported_at)
    return NewCase(
        kind=TICKET_OVERDUE.code,
        subject=subject_of(one.ticket_id),
        owner=TICKET_OVERDUE.owner,
        proposed=TICKET_OVERDUE.steps[0].code,
        opened_at=now,
        evidence={
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
