"""Enters money of the match that has come."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.arrivals import ARRIVAL_DIFFERS, ARRIVAL_WAS_REVERSED, NewArrival
from services.ledger.arrivals import store
from services.ledger.arrivals.store import ArrivalRow, NewMatchArrival
from services.ledger.facts.keeping import keep
from services.ledger.facts.store import lock_books
from services.ledger.matches.matching import SOURCE
from services.ledger.matches.problems import MATCH_LEVEL_UNKNOWN
from services.ledger.matches.rules import LEVELS, MatchArrived
from services.ledger.postings.rules import Season


async def enter(
    conn: AsyncConnection, season: Season, arrivals: Sequence[NewArrival], by: str, now: datetime
) -> list[ArrivalRow]:
    """Enter money that has come, and post it; give what is new. Raises Problem."""
    if {one.payer for one in arrivals}.difference(LEVELS):
        raise MATCH_LEVEL_UNKNOWN.problem(levels=list(LEVELS))
    await lock_books(conn, season)
    new = [
        NewMatchArrival(
            county=season.county,
            coverage_year=season.coverage_year,
            level=one.payer,
            reference=one.reference,
            amount_fen=one.amount_fen,
            arrived_at=one.arrived_at,
            entered_by=by,
            entered_at=now,
        )
        for one in arrivals
    ]
    entered = await store.ARRIVALS.enter(conn, new)
    if against := await store.ARRIVALS.contradicted(conn, new):
        raise ARRIVAL_DIFFERS.problem(references=sorted({one.reference for one in against}))
    if gone := await store.ARRIVALS.reversed_before(conn, new):
        raise ARRIVAL_WAS_REVERSED.problem(references=sorted({one.reference for one in gone}))
    facts = {
        f"arrival-{row.id}": MatchArrived(
            arrival_id=row.id,
            county=row.county,
            coverage_year=row.coverage_year,
            level=row.level,
            reference=row.reference,
            amount_fen=row.amount_fen,
            arrived_at=row.arrived_at,
        )
        for row in entered
    }
    await keep(conn, SOURCE, facts, now)
    return entered
