"""Asks about village batches that are over the day of their step, and lines that passed and still wait."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import store as cases
from libs.common.cases.noted import noted_today
from libs.common.cases.store import Gone, NewCase
from libs.common.clock import business_date
from libs.common.policy import Notices
from services.collection.batches import alarms_store, rules
from services.collection.batches.store import Batch, Wanted, page
from services.collection.cases.rules import BATCH_LINES_WAIT, BATCH_OVERDUE

_MANY = 1_000


async def see_to_batches(conn: AsyncConnection, now: datetime, notices: Notices) -> None:
    """Open and close the cases about batches, of all villages."""
    wanted, late, after = Wanted("", overdue_on=business_date(now)), list[Batch](), 0
    while found := await page(conn, wanted, after, _MANY):
        late += found
        after = found[-1].batch_id
    new = [*(_case(one, notices, now) for one in late), *await _not_handed_in(conn, now, notices)]
    subjects = {one.subject for one in new}
    asked = await alarms_store.asked_about(conn, BATCH_OVERDUE.code)
    gone = [Gone(BATCH_OVERDUE.code, subject) for subject in asked if subject not in subjects]
    await cases.close_cases(conn, gone, now, "the step is done, or has another day")
    # What somebody has seen to today is asked about again tomorrow, if it is still late.
    noted = await noted_today(conn, BATCH_OVERDUE.code, now)
    await cases.open_cases(conn, [one for one in new if one.subject not in noted])
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
                NewCase(
                    kind=BATCH_OVERDUE.code,
                    subject=f"collectors/{one.collector_id}/{year}/village-batches",
                    owner=BATCH_OVERDUE.owner,
                    proposed=BATCH_OVERDUE.steps[0].code,
                    opened_at=now,
                    evidence={"collector_id": one.collector_id, "receipts": one.receipts},
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


def _case(batch: Batch, notices: Notices, now: datetime) -> NewCase:
    notice = notices.get((batch.county, batch.coverage_year))
    role = "" if notice is None else rules.role_of(notice, batch.department)
    return NewCase(
        kind=BATCH_OVERDUE.code,
        subject=_subject(batch),
        owner=rules.OWNERS.get(role, BATCH_OVERDUE.owner),
        proposed=BATCH_OVERDUE.steps[0].code,
        opened_at=now,
        evidence={
            "batch_id": batch.batch_id,
            "collector_id": batch.collector_id,
            "step": batch.step,
            "department": batch.department,
            "due_on": None if batch.due_on is None else batch.due_on.isoformat(),
            "lines": batch.lines,
        },
        county=batch.county,
        coverage_year=batch.coverage_year,
        division_code=batch.division_code,
        amount_fen=batch.amount_fen,
    )
