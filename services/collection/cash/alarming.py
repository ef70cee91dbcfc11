"""Asks about collectors whose money has to be in the bank: on its day, and after it, until it is there."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.alerting import Season, alert_case, find_in_each, keep_alerts
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
) -> Collection[Season]:
    """Raise and resolve alerts about cash whose day has come, of one collector or of all."""
    due = defaultdict[Season, list[DueCash]](list)
    for cash in await store.due(conn, business_date(now), collector_id):
        due[cash.county, cash.coverage_year].append(cash)

    async def find(season: Season) -> list[NewCase]:
        pressing = rules.is_pressing(notices.get(season), now)
        return [_alert(one, now) for one in due[season] if one.late or pressing]

    found = await find_in_each(conn, ((one, one) for one in sorted(due)), find)
    whose = "" if collector_id is None else f"collectors/{collector_id}/"
    return await keep_alerts(conn, (CASH_DUE, CASH_OVERDUE), found, now, whose)


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
