"""Asks about skipped numbers of paper the day they are skipped, until they are accounted for."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import store as cases
from libs.common.cases.alerting import open_each
from libs.common.cases.kinds import CaseState
from libs.common.cases.store import Gone, NewCase
from services.collection.books import gaps_store as store
from services.collection.books.gaps_store import Gap
from services.collection.cases.rules import VOUCHER_GAP


async def open_gaps(conn: AsyncConnection, division: str = "", before: datetime | None = None) -> list[Gap]:
    """Skipped numbers that nobody has looked into yet."""
    decided = set(await store.told(conn, CaseState.DECIDED))
    return [one for one in await store.gaps(conn, division, before) if one.subject not in decided]


async def see_to_books(conn: AsyncConnection, now: datetime) -> None:
    """Open and close the cases about skipped numbers."""
    found = await open_gaps(conn)
    there = {one.subject for one in found}
    asked = await store.told(conn, CaseState.OPEN)
    gone = [Gone(VOUCHER_GAP.code, subject) for subject in asked if subject not in there]
    await cases.close_cases(conn, gone, now, "nothing is skipped there any more")
    await open_each(conn, [_case(one, now) for one in found])


def _case(one: Gap, now: datetime) -> NewCase:
    return NewCase(
        kind=VOUCHER_GAP.code,
        subject=one.subject,
        owner=VOUCHER_GAP.owner,
        proposed=VOUCHER_GAP.steps[0].code,
        opened_at=now,
        evidence={
            "collector_id": one.collector_id,
            "voucher": one.voucher,
            "first_no": one.first_no,
            "last_no": one.last_no,
            "count": one.count,
        },
        county=one.county,
        division_code=one.division_code,
    )
