"""Asks about collectors whose money has to be in the bank: on its day, and after it, until it is there."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import store as cases
from libs.common.cases.noted import noted_today
from libs.common.cases.store import Gone, NewCase
from libs.common.clock import business_date
from libs.common.policy import Notices
from libs.common.web.schemas import shanghai
from services.collection.cases.rules import CASH_DUE, CASH_OVERDUE
from services.collection.cash import alarms_store as store
from services.collection.cash import rules
from services.collection.cash.alarms_store import DueCash

_ENDS = {
    CASH_DUE.code: "it is in the bank, or over time",
    CASH_OVERDUE.code: "nothing is in hand over time any more",
}


async def see_to_cash(
    conn: AsyncConnection, now: datetime, notices: Notices, collector_id: int | None = None
) -> None:
    """Open and close the cases about cash whose day has come, of one collector or of all.

    What somebody has seen to today is asked about again tomorrow, if it is still in hand.
    """
    new = [
        _case(one, now)
        for one in await store.due(conn, business_date(now), collector_id)
        if one.late or rules.is_pressing(notices.get((one.county, one.coverage_year)), now)
    ]
    for kind, told in _ENDS.items():
        subjects = {one.subject for one in new if one.kind == kind}
        asked = await store.asked_about(conn, kind, collector_id)
        gone = [Gone(kind, subject) for subject in asked if subject not in subjects]
        await cases.close_cases(conn, gone, now, told)
    noted = {(kind, subject) for kind in _ENDS for subject in await noted_today(conn, kind, now)}
    await cases.open_cases(conn, [one for one in new if (one.kind, one.subject) not in noted])


def _subject(one: DueCash) -> str:
    """What is due on a day is another matter on the next one; what is late stays one until it is brought."""
    whose = f"collectors/{one.collector_id}/{one.coverage_year}"
    return whose if one.late else f"{whose}/due/{one.due_on}"


def _case(one: DueCash, now: datetime) -> NewCase:
    kind = CASH_OVERDUE if one.late else CASH_DUE
    return NewCase(
        kind=kind.code,
        subject=_subject(one),
        owner=kind.owner,
        proposed=kind.steps[0].code,
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
