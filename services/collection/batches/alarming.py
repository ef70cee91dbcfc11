"""Asks about village batches that are over the day of their step, and lines that passed and still wait."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import store as cases
from libs.common.cases.alerting import alert_case, keep_alerts
from libs.common.cases.owners import owner_of
from libs.common.cases.store import Gone, NewCase
from libs.common.clock import business_date
from libs.common.policy import Notices
from libs.common.web.schemas import shanghai
from services.collection.batches import alarms_store, rules
from services.collection.batches.store import Batch, Wanted, page
from services.collection.cases.rules import BATCH_LINES_WAIT, BATCH_NOT_HANDED_IN, BATCH_OVERDUE

_MANY = 1_000


async def see_to_batches(conn: AsyncConnection, now: datetime, notices: Notices) -> None:
    """Raise and resolve alerts about batches of all villages; close the cases of lines that wait no more."""
    wanted, late, after = Wanted("", overdue_on=business_date(now)), list[Batch](), 0
    while found := await page(conn, wanted, after, _MANY):
        late += found
        after = found[-1].batch_id
    new = [*(_alert(one, notices, now) for one in late), *await _not_handed_in(conn, now, notices)]
    await keep_alerts(conn, (BATCH_OVERDUE, BATCH_NOT_HANDED_IN), new, now)
    settled = await alarms_store.settled(conn, BATCH_LINES_WAIT.code)
    told = "no line of the batch waits any more"
    await cases.close_cases(conn, [Gone(BATCH_LINES_WAIT.code, one) for one in settled], now, told)


async def _not_handed_in(conn: AsyncConnection, now: datetime, notices: Notices) -> list[NewCase]:
    """What collectors took until the day by which villages hand in, and put into no batch, is late too."""
    found = []
    for (county, year), notice in notices.items():
        until = rules.handed_in_until(notice)
        course = notice.document.village_batches
        if course is None or until is None or now < until:
            continue
        for one in await alarms_store.unbatched(conn, county, year, course.channels, until):
            found.append(
                alert_case(
                    BATCH_NOT_HANDED_IN,
                    f"collectors/{one.collector_id}/{year}/village-batches",
                    now,
                    {"collector_id": one.collector_id, "receipts": one.receipts, "until": shanghai(until)},
                    county=county,
                    coverage_year=year,
                    division_code=one.division_code,
                    amount_fen=one.amount_fen,
                )
            )
    return found


def _subject(batch: Batch) -> str:
    """A step that is late is a case of its own: another department's work."""
    return f"village-batches/{batch.batch_id}/{batch.round}/{batch.step}"


def _alert(batch: Batch, notices: Notices, now: datetime) -> NewCase:
    notice = notices.get((batch.county, batch.coverage_year))
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
