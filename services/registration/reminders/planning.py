"""Plans a run of reminders: everything is kept before anything is sent."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.ids import next_ids
from libs.common.policy import Notice
from services.registration.reminders import store
from services.registration.reminders.problems import NO_MESSAGES
from services.registration.reminders.rules import Planned, planned, text_of
from services.registration.reminders.store import NewRun
from services.registration.tables import reminder_runs


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
    if rule is None or text_of(notice, wanted.text_id) is None:
        raise NO_MESSAGES.problem(known_texts=[one.id for one in rule.texts] if rule else [])
    # Two runs at once would both find that a phone may have one.
    await store.take_turn(conn, notice.county)
    payers = await store.owing(conn, notice.county, notice.year, wanted.division)
    heard = await store.heard(conn, notice.county, notice.year) if payers else []
    messages, waiting = planned(rule, payers, heard, wanted.now)
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
