"""Plans a run of reminders: everything is kept before anything is sent."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.ids import next_ids
from libs.common.policy import Notice
from services.registration.reminders import store
from services.registration.reminders.problems import NO_MESSAGES
from services.registration.reminders.rules import Payer, Planned, Repair, planned, repair_of, text_of
from services.registration.reminders.store import NewRun
from services.registration.tables import reminder_runs

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which reminders somebody wants."""

    text_id: str
    means: str
    division_prefix: str
    division: tuple[str, str]
    by: str
    now: datetime


async def plan(conn: AsyncConnection, notice: Notice, wanted: Wanted) -> tuple[int, list[Planned]]:
    """Plan a run for everybody who may be reminded; give its id and its messages. Raises Problem."""
    rule = notice.document.messages
    text = text_of(notice, wanted.text_id)
    if rule is None or text is None:
        raise NO_MESSAGES.problem(known_texts=[one.id for one in rule.texts] if rule else [])
    # Two runs at once would both find that a phone may have one.
    await store.take_turn(conn, notice.county)
    payers = await store.owing(conn, notice.county, notice.year, wanted.division)
    heard = await store.heard(conn, notice.county, notice.year) if payers else []
    repairs = await _repairs(conn, notice, payers, wanted.now) if text.who == "could_repair" else None
    messages, waiting = planned(rule, payers, heard, wanted.now, repairs)
    (run_id,) = await next_ids(conn, reminder_runs, 1)
    run = NewRun(
        id=run_id,
        county=notice.county,
        coverage_year=notice.year,
        text_id=wanted.text_id,
        means=wanted.means,
        division_prefix=wanted.division_prefix,
        waiting=waiting,
        made_by=wanted.by,
        made_at=wanted.now,
    )
    await store.keep(conn, run, "queued" if wanted.means == "gateway" else "given", messages)
    return run_id, messages


async def _repairs(
    conn: AsyncConnection, notice: Notice, payers: Sequence[Payer], now: datetime
) -> dict[int, Repair]:
    """Which of them could repair lapsed years if they paid now, part by part: a county has many."""
    found: dict[int, Repair] = {}
    people = [one.person_id for one in payers]
    for first in range(0, len(people), _AT_ONCE):
        part = people[first : first + _AT_ONCE]
        for asked in await store.questions(conn, notice.county, notice.year, part):
            if (repair := repair_of(notice, asked.question, now)) is not None:
                found[asked.person_id] = repair
        await asyncio.sleep(0)
    return found
