"""Asks about collectors whose money has to be in the bank: on its day, and after it, until it is there."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.alerting import alert_case, keep_alerts
from libs.common.cases.store import NewCase
from libs.common.clock import business_date
from libs.common.policy import Notices
from libs.common.web.schemas import shanghai
from services.collection.cases.rules import CASH_DUE, CASH_OVERDUE
from services.collection.cash import alarms_store as store
from services.collection.cash import rules
from services.collection.cash.alarms_store import DueCash


async def see_to_cash(
    conn: AsyncConnection, now: datetime, notices: Notices, collector_id: int | None = None
) -> None:
    """Raise and resolve alerts about cash whose day has come, of one collector or of all."""
    found = [
        _alert(one, now)
        for one in await store.due(conn, business_date(now), collector_id)
        if one.late or rules.is_pressing(notices.get((one.county, one.coverage_year)), now)
    ]
    whose = "" if collector_id is None else f"collectors/{collector_id}/"
    await keep_alerts(conn, (CASH_DUE, CASH_OVERDUE), found, now, whose)


def _subject(one: DueCash) -> str:
    """What is due on a day is another matter on the next one; what is late stays one until it is brought."""
    whose = f"collectors/{one.collector_id}/{one.coverage_year}"
    return whose if one.late else f"{whose}/due/{one.due_on}"


def _alert(one: DueCash, now: datetime) -> NewCase:
    return alert_case(
        CASH_OVERDUE if one.late else CASH_DUE,
        _subject(one),
        now,
        {
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
