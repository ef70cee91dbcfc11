"""Asks about collectors who have money in hand longer than the notice allows, until they deposit it."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import store as cases
from libs.common.cases.store import Gone, NewCase
from libs.common.clock import business_date
from libs.common.web.schemas import shanghai
from services.collection.cases.rules import CASH_OVERDUE
from services.collection.cash import alarms_store as store
from services.collection.cash.alarms_store import Overdue


async def see_to_cash(conn: AsyncConnection, now: datetime, collector_id: int | None = None) -> None:
    """Open and close the cases about cash that is over time, of one collector or of all."""
    today = business_date(now)
    overdue = await store.overdue(conn, today, collector_id)
    late = {_subject(one.collector_id, one.coverage_year) for one in overdue}
    asked = await store.asked_about(conn, CASH_OVERDUE.code, collector_id)
    gone = [Gone(CASH_OVERDUE.code, subject) for subject in asked if subject not in late]
    await cases.close_cases(conn, gone, now, "nothing is in hand over time any more")
    await cases.open_cases(conn, [_case(one, now) for one in overdue])


def _subject(collector_id: int, coverage_year: int) -> str:
    return f"collectors/{collector_id}/{coverage_year}"


def _case(one: Overdue, now: datetime) -> NewCase:
    return NewCase(
        kind=CASH_OVERDUE.code,
        subject=_subject(one.collector_id, one.coverage_year),
        owner=CASH_OVERDUE.owner,
        proposed=CASH_OVERDUE.steps[0].code,
        opened_at=now,
        evidence={
            "collector_id": one.collector_id,
            "receipts": one.receipts,
            "due_on": one.due_on.isoformat(),
            "oldest_paid_at": shanghai(one.oldest_paid_at),
        },
        county=one.county,
        coverage_year=one.coverage_year,
        division_code=one.division_code,
        amount_fen=one.amount_fen,
    )
