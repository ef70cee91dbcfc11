"""Judges help of people who are insured elsewhere again, when something else is known of them, and tells it.

Subsidy has number and name of them from there: a corrected one is told where the help is the same, too.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.db.isolation import apply_by_halves
from libs.common.policy import Notice
from libs.common.repeating import repeating
from libs.common.service import Worker
from libs.common.setbacks import setback
from services.registration.elsewhere import store, telling
from services.registration.elsewhere.ending import end
from services.registration.elsewhere.gathering import judge
from services.registration.elsewhere.rules import InsuredElsewhere, lines_of
from services.registration.elsewhere.store import HelpRow
from services.registration.settings import RegistrationContext

_EVERY_SECONDS = 1.0
_AT_ONCE = 500


async def look_step(context: RegistrationContext, after: int = 0) -> int | None:
    """Judge a batch again in one transaction, each by what was known at its instant.

    Gives the id of the last, from which to go on; None when there is nothing to judge behind `after`. One
    that cannot be judged is told of, stays as it is, and is looked at again in the next round.
    """
    notices = context.notices.snapshot()

    async def look(rows: Sequence[HelpRow]) -> None:
        by_notice: dict[tuple[str, int], list[HelpRow]] = {}
        for row in rows:
            by_notice.setdefault((row.county, row.coverage_year), []).append(row)
        for season, some in sorted(by_notice.items()):
            await _look(conn, context, notices[season], some)

    async with context.engine.begin() as conn:
        rows = await store.claim(conn, [f"{county}/{year}" for county, year in notices], after, _AT_ONCE)
        for row, error in (await apply_by_halves(conn, rows, look, most_defects=None)).refused:
            setback(f"help elsewhere {row.id}", error)
    if not rows:
        return None
    outbox.poke(context.engine)
    return rows[-1].id


async def _look(
    conn: AsyncConnection, context: RegistrationContext, notice: Notice, rows: Sequence[HelpRow]
) -> None:
    since = {row.person_id: _instant(row) for row in rows}
    judged = await judge(conn, notice, [_insured(row) for row in rows], since)
    for row in rows:
        person, found = judged[row.person_id]
        at, lines = since[row.person_id], lines_of(found)
        if not lines:
            await end(conn, [row], "status_gone", at)
            continue
        again = replace(row, revision=row.revision + 1, lines=lines)
        await store.change(conn, [again])
        told = telling.helped(again, person, notice.ref, context.digests.name, at)
        await outbox.append(conn, [told])


def _instant(row: HelpRow) -> datetime:
    assert row.look_at is not None, "it was claimed for that"
    return row.look_at


def _insured(row: HelpRow) -> InsuredElsewhere:
    return InsuredElsewhere(
        row.person_id, row.household_id, row.division_code, row.paid_on, row.paid_fen, row.tier
    )


def looking(context: RegistrationContext) -> Worker:
    """Make the worker; any number may run, each on other records."""

    async def work() -> None:
        after: int | None = 0
        while after is not None:
            after = await look_step(context, after)

    return repeating("elsewhere", work, _EVERY_SECONDS)
