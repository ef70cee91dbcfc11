"""Asks about village batches that are over the day of their step, and lines that passed and still wait."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import store as cases
from libs.common.cases.alerting import Season, alert_case, find_in_each, keep_alerts
from libs.common.cases.owners import owner_of
from libs.common.cases.store import Gone, NewCase
from libs.common.clock import business_date
from libs.common.policy import Notice, Notices
from libs.common.web.schemas import shanghai
from services.collection.batches import alarms_store, rules
from services.collection.batches.store import Batch, Wanted, page
from services.collection.cases.rules import BATCH_LINES_WAIT, BATCH_NOT_HANDED_IN, BATCH_OVERDUE

_MANY = 1_000


async def see_to_batches(conn: AsyncConnection, now: datetime, notices: Notices) -> Collection[Season]:
    """Raise and resolve alerts about batches of all villages; close the cases of lines that wait no more."""
    late = await _late(conn, now)

    async def find(season: Season) -> list[NewCase]:
        notice = notices.get(season)
        found = [_alert(one, notice, now) for one in late[season]]
        return found if notice is None else [*found, *await _not_handed_in(conn, now, notice)]

    found = await find_in_each(conn, ((one, one) for one in sorted({*late, *notices})), find)
    unjudged = await keep_alerts(conn, (BATCH_OVERDUE, BATCH_NOT_HANDED_IN), found, now)
    settled = await alarms_store.settled(conn, BATCH_LINES_WAIT.code)
    told = "no line of the batch waits any more"
    await cases.close_cases(conn, [Gone(BATCH_LINES_WAIT.code, one) for one in settled], now, told)
    return unjudged


async def _late(conn: AsyncConnection, now: datetime) -> defaultdict[Season, list[Batch]]:
    """The batches that are over the day of their step, by season."""
    wanted, late, after = Wanted("", overdue_on=business_date(now)), defaultdict[Season, list[Batch]](list), 0
    while found := await page(conn, wanted, after, _MANY):
        for one in found:
            late[one.county, one.coverage_year].append(one)
        after = found[-1].batch_id
    return late


async def _not_handed_in(conn: AsyncConnection, now: datetime, notice: Notice) -> list[NewCase]:
    """What collectors took until the day by which villages hand in, and put into no batch, is late too."""
    until = rules.handed_in_until(notice)
    course = notice.document.village_batches
    if course is None or until is None or now < until:
        return []
    return [
        alert_case(
            BATCH_NOT_HANDED_IN,
            f"collectors/{one.collector_id}/{notice.year}/village-batches",
            now,
            {"collector_id": one.collector_id, "receipts": one.receipts, "until": shanghai(until)},
            county=notice.county,
            coverage_year=notice.year,
            division_code=one.division_code,
            amount_fen=one.amount_fen,
        )
        for one in await alarms_store.unbatched(conn, notice.county, notice.year, course.channels, until)
    ]


def _subject(batch: Batch) -> str:
    """A step that is late is a case of its own: another department's work."""
    return f"village-batches/{batch.batch_id}/{batch.round}/{batch.step}"


def _alert(batch: Batch, notice: Notice | None, now: datetime) -> NewCase:
    return alert_case(
        BATCH_OVERDUE,
        _subject(batch),
        now,
        {
            "batch_id": batch.batch_id,
            "collector_id": batch.collector_id,
            "step": batch.step,
            "department": batch.department,
            "due_on": None if batch.due_on is None else batch.due_on.isoformat(),
            "lines": batch.lines,
        },
        owner=BATCH_OVERDUE.owner if notice is None else owner_of(notice, batch.department),
        county=batch.county,
        coverage_year=batch.coverage_year,
        division_code=batch.division_code,
        amount_fen=batch.amount_fen,
    )
