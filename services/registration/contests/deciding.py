"""Carries out what an officer decided about a contested enrollment: it is kept, or withdrawn."""

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.cases.deciding import Decision
from libs.common.cases.store import CaseRow
from libs.common.clock import business_date
from services.registration.assessments import store as assessments
from services.registration.contests import store, telling
from services.registration.contests.rules import Contest, ends_cover, settled
from services.registration.contests.store import Contested, ContestRow
from services.registration.enrollments import completions_store as enrollments


async def keep(conn: AsyncConnection, context: object, case: CaseRow, decision: Decision) -> None:
    """Keep cover and help: the same causes are not raised again."""
    row, causes, after = await _settle(conn, case)
    await outbox.append(
        conn, [telling.upheld(row.id, row, after.number, telling.DECIDED, decision.at)] if causes else []
    )


async def withdraw(conn: AsyncConnection, context: object, case: CaseRow, decision: Decision) -> None:
    """Withdraw the help, and the cover where the causes end it; cover that has passed is not lost."""
    row, causes, after = await _settle(conn, case)
    if not causes:
        return
    if ends_cover(causes):
        ends_on = business_date(decision.at)
        await store.withdraw(conn, row.id, ends_on=ends_on, reason=",".join(causes), at=decision.at)
    elif row.state == "exempt":
        await store.undo_grants(conn, row.id, decision.at)
        await enrollments.recount(conn, [row.id])
        await assessments.enqueue(conn, [row.id], "data_corrected", decision.at)
    await outbox.append(conn, [telling.withdrawn(row.id, row, after.number, causes, decision.at)])


async def _settle(conn: AsyncConnection, case: CaseRow) -> tuple[Contested, tuple[str, ...], Contest]:
    row = await store.lock(conn, telling.enrollment_of(case.subject))
    assert row is not None, "enrollments are never deleted"
    causes = tuple(row.contested or ())
    after = settled(causes, Contest(row.contest_no, causes, tuple(row.upheld or ())))
    await store.note(conn, [ContestRow(row.id, after.number, None, list(after.upheld) or None)])
    return row, causes, after
