"""Prepares the next handover of each season once its days are over: people look it through, seal and sign.

Sealing is a person's: by the notices departments compare and verify before they hand over, and files of
channels come late. So what closing would seal now is made and rolled back, and kept as a draft. Any number of
instances may run; a season that cannot be prepared holds up no other, and is tried again later and later.
"""

import json
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus.dead_letters import reason_of
from libs.common.cases.alerting import time_of_season
from libs.common.clock import business_date
from libs.common.policy import Notice
from libs.common.repeating import for_each, repeating
from libs.common.service import ServiceContext, Worker
from libs.common.web.problems import Problem
from services.ledger.accounts import store as accounts_store
from services.ledger.facts.store import lock_books
from services.ledger.handovers import alarms_store, closing, drafts_store, store
from services.ledger.handovers.drafts_store import DraftRow
from services.ledger.handovers.rules import Deadline
from services.ledger.papers.disputing import look_at_draft
from services.ledger.papers.making import make
from services.ledger.postings.rules import Season
from services.ledger.problems import CLOSING_BUSY
from services.ledger.settings import LedgerSettings
from services.ledger.totals.store import plan_for_many

#: What comes meanwhile is in the draft after so long: making it reads all that belongs to the handover.
AGAIN = timedelta(hours=1)
#: What no fact tells (terms of the match, a notice that was corrected) is in it after so long.
_ANYWAY = timedelta(days=1)
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=5), timedelta(days=1)
_MOST_TRIES_COUNTED = 20
_WHO = "draft"


@dataclass(frozen=True, slots=True)
class _Open:
    """The deadline whose turn it is, and the newest fact that its draft would be made of."""

    deadline: Deadline
    newest: int


#: By season what was known when nothing was due: while it is so, the books need not be read through again.
_Quiet = dict[Season, tuple[int, int, date]]


def preparing(context: ServiceContext[LedgerSettings, None]) -> Worker:
    """Make the worker; it goes by the time of the season, and catches up with what it slept through."""

    quiet: _Quiet = {}

    async def work() -> None:
        await prepare_all(context, await time_of_season(context, alarms_store.newest), quiet)

    return repeating("handover-drafts", work)


async def prepare_all(
    context: ServiceContext[LedgerSettings, None], now: datetime, quiet: _Quiet | None = None
) -> None:
    """Prepare what is due of every season in which money has moved; raise the first error after that."""
    async with context.engine.connect() as conn:
        moved = await accounts_store.seasons(conn)
    known: _Quiet = {} if quiet is None else quiet

    async def prepare(season: Season) -> None:
        if (notice := context.notices.get(season)) is not None:
            await _prepare(context, notice, season, now, known)

    await for_each(moved, prepare, lambda season: f"draft of {season.county}/{season.coverage_year}")


async def _prepare(
    context: ServiceContext[LedgerSettings, None],
    notice: Notice,
    season: Season,
    now: datetime,
    quiet: _Quiet,
) -> None:
    async with context.engine.begin() as conn:
        if not await drafts_store.take_turn(conn, season):
            return
        due = await _due(conn, notice, season, now, quiet)
    if due is None:
        return
    try:
        async with context.engine.begin() as conn:
            if await drafts_store.take_turn(conn, season):
                await plan_for_many(conn, context.settings.totals_memory_mib)
                await _keep_draft(conn, notice, season, due, now)
    except Exception as error:
        if isinstance(error, Problem) and error.type is CLOSING_BUSY:
            return
        async with context.engine.begin() as conn:
            await _note(conn, season, due, error, now)
        raise


async def _due(
    conn: AsyncConnection, notice: Notice, season: Season, now: datetime, quiet: _Quiet
) -> _Open | None:
    """The deadline to prepare, if there is one that is not prepared as it would be now."""
    known = await drafts_store.one(conn, season)
    newest = await drafts_store.newest_fact(conn, season)
    if known is not None and known.next_try_at is not None and now < known.next_try_at:
        return None
    made_at = known.prepared_at if known is not None and known.newest_fact == newest else None
    if made_at is not None and now < made_at + _ANYWAY:
        return None
    sealed = await store.sealed(conn, season)
    as_it_is = newest, len(sealed), business_date(now)
    if quiet.get(season) == as_it_is:
        return None
    ids = {row.deadline_id for row in sealed}
    calendar = await closing.calendar_now(conn, season, notice, sealed, now)
    deadline = next((one for one in calendar if one.id not in ids), None)
    if deadline is None or now < deadline.cutoff_at:
        quiet[season] = as_it_is
        return None
    return _Open(deadline, newest)


async def _keep_draft(
    conn: AsyncConnection, notice: Notice, season: Season, due: _Open, now: datetime
) -> None:
    """Seal and make the papers, keep what they say, and undo the rest.

    The books are held until the draft is kept: whoever seals meanwhile comes after it, and drops it.
    """
    await lock_books(conn, season)
    tried = await conn.begin_nested()
    row, new = await closing.close(conn, season, notice, due.deadline.id, closing.Closing(now, _WHO))
    parties = due.deadline.parties if new else ()
    papers = {one: (await make(conn, notice, due.deadline.id, one, now)).document for one in parties}
    await tried.rollback()
    if not new:
        return
    draft = DraftRow(
        **season._asdict(),
        deadline_id=due.deadline.id,
        newest_fact=due.newest,
        document=row.document,
        papers=json.dumps(papers, ensure_ascii=False),
        head_count=row.head_count,
        amount_fen=row.amount_fen,
        prepared_at=now,
        next_try_at=now + AGAIN,
    )
    await drafts_store.keep(conn, draft)
    await look_at_draft(conn, notice, draft, now)


async def _note(conn: AsyncConnection, season: Season, due: _Open, error: Exception, now: datetime) -> None:
    """Keep why it failed, and when to try again; a draft of before stays."""
    known = await drafts_store.one(conn, season)
    if known is None or known.deadline_id != due.deadline.id:
        known = DraftRow(**season._asdict(), deadline_id=due.deadline.id, newest_fact=due.newest)
    tries = min(known.tries + 1, _MOST_TRIES_COUNTED)
    wait = min(_FIRST_WAIT * 2 ** (tries - 1), _LONGEST_WAIT)
    await drafts_store.keep(
        conn, replace(known, tries=tries, trouble=reason_of(error), next_try_at=now + wait)
    )
