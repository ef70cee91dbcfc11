"""Carries out what an officer decided about a contested enrollment: it is kept, withdrawn, or restored."""

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
from services.registration.enrollments.tiering import look_at_households
from services.registration.histories.looking_again import look_at_later_years


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
        await store.withdraw(conn, row.id, ends_on=ends_on, causes=causes, at=decision.at)
    else:
        await store.withdraw_help(conn, row.id, causes)
        if row.state == "exempt":
            await store.undo_grants(conn, row.id, decision.at)
            await enrollments.recount(conn, {row.id: decision.at})
        await assessments.enqueue(conn, [row.id], "data_corrected", decision.at)
    told = telling.withdrawn(row.id, row, after.number, causes, decision.at, revision=row.revision)
    await outbox.append(conn, [told])
    await _look_at_others(conn, row, decision)


async def restore(conn: AsyncConnection, context: object, case: CaseRow, decision: Decision) -> None:
    """Let a cover that was withdrawn stand again; where its money went back meanwhile, it is open again."""
    row = await store.lock(conn, telling.enrollment_of(case.subject))
    assert row is not None, "enrollments are never deleted"
    if row.state != "withdrawn":
        return
    await store.note(conn, [ContestRow(row.id, row.contest_no + 1, None, None)])
    # Grants were taken back with the cover, heard or not; assessing gives those again that are due.
    await store.undo_grants(conn, row.id, decision.at)
    await store.reopen(conn, row.id, decision.at)
    if any(counted.state == "paid" for counted in await enrollments.recount(conn, {row.id: decision.at})):
        await store.forget_withdrawn(conn, [row.id])
    await assessments.enqueue(conn, [row.id], "data_corrected", decision.at)
    await _look_at_others(conn, row, decision)
    number = row.contest_no + 1
    await outbox.append(conn, [telling.restored(row.id, row, number, telling.DECIDED, decision.at)])


async def leave(conn: AsyncConnection, context: object, case: CaseRow, decision: Decision) -> None:
    """Leave a cover withdrawn: it is asked about again only when somebody enrolls the person or pays."""
    await store.forget_withdrawn(conn, [telling.enrollment_of(case.subject)])


async def _look_at_others(conn: AsyncConnection, row: Contested, decision: Decision) -> None:
    """What hangs on a cover: later years of the person, and the tier of the household."""
    await look_at_later_years(conn, {row.id: decision.at})
    if row.tier is not None:
        await look_at_households(conn, [row.household_id], [row.id], decision.at)


async def _settle(conn: AsyncConnection, case: CaseRow) -> tuple[Contested, tuple[str, ...], Contest]:
    row = await store.lock(conn, telling.enrollment_of(case.subject))
    assert row is not None, "enrollments are never deleted"
    causes = tuple(row.contested or ())
    after = settled(causes, Contest(row.contest_no, causes, tuple(row.upheld or ())))
    await store.note(conn, [ContestRow(row.id, after.number, None, list(after.upheld) or None)])
    return row, causes, after
