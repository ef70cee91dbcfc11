"""Checks of the fiscal match: computed again it is the same, what it changes and what has come is posted."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from libs.common.db.rows import statement
from services.ledger.handovers.rules import digest
from services.ledger.matches import matching, store
from services.ledger.matches.rules import FiscalMatched, MatchArrivalReversed, MatchArrived, changes_of
from services.ledger.postings.rules import Season
from services.ledger.totals import store as totals_store

_SEASONS = statement("SELECT DISTINCT county, coverage_year FROM fiscal_matches ORDER BY 1, 2")
_TOLD = statement("""
    SELECT event_id, data FROM facts
    WHERE county = :county AND coverage_year = :coverage_year AND source = :source AND type = :told
""")
_AT_ONCE = 1_000


@dataclass(slots=True)
class _Told:
    event_id: str
    data: str


@dataclass(slots=True)
class _Money:
    """Money of a level, as it was entered or as it was told."""

    county: str
    coverage_year: int
    arrival_id: int
    level: str
    amount_fen: int


_ENTERED = statement("""
    SELECT county, coverage_year, id AS arrival_id, level, amount_fen FROM match_arrivals ORDER BY id
""")
_REVERSED = statement("""
    SELECT county, coverage_year, id AS arrival_id, level, amount_fen FROM match_arrivals
    WHERE id IN (SELECT arrival_id FROM match_arrival_reversals) ORDER BY id
""")
_POSTED = statement("""
    SELECT p.county, p.coverage_year, (f.data::json ->> 'arrival_id')::bigint AS arrival_id, p.payer AS level,
           p.amount_fen
    FROM facts f JOIN postings p ON (p.county, p.coverage_year, p.fact_id) = (f.county, f.coverage_year, f.id)
    WHERE f.type = :told ORDER BY 3
""")


async def are_the_same_again(sources: Sources, engine: AsyncEngine, found: Findings) -> None:
    """Compute each match again from the facts that its handovers count, and look for its postings."""
    for season in await sources.rows("ledger", Season, _SEASONS):
        asked = season._asdict() | {"source": matching.SOURCE, "told": FiscalMatched.type}
        told = {one.event_id: one.data for one in await sources.rows("ledger", _Told, _TOLD, **asked)}
        async with engine.begin() as conn:
            await totals_store.plan_for_many(conn)
            after = 0
            while rows := await store.page(conn, season, after, _AT_ONCE):
                for row in rows:
                    found.compared += 1
                    which = f"{season.county}/{season.coverage_year} match {row.id}"
                    if digest(row.document) != row.sha256:
                        found.differs(which, "its document does not have the hash that it was kept with")
                    if await matching.recomputed(conn, row) != row.document:
                        found.differs(which, "is another when it is computed again")
                    _check_posted(which, row.document, told.get(f"match-{row.id}"), found)
                after = rows[-1].id
    await _arrivals(sources, found)


def _check_posted(which: str, document: str, told: str | None, found: Findings) -> None:
    posted = () if told is None else FiscalMatched.model_validate_json(told).levels
    if posted != changes_of(json.loads(document)):
        found.differs(which, "posted is not what it changes")


async def _arrivals(sources: Sources, found: Findings) -> None:
    for kept, told in ((_ENTERED, MatchArrived.type), (_REVERSED, MatchArrivalReversed.type)):
        entered = await sources.rows("ledger", _Money, kept)
        _compare(entered, await sources.rows("ledger", _Money, _POSTED, told=told), found)


def _compare(entered: Sequence[_Money], posted: Sequence[_Money], found: Findings) -> None:
    found.compared += len(entered)
    for money in entered:
        if posted.count(money) != 1:
            found.differs(f"arrival {money.arrival_id} of {money.level}", "is not posted once as it stands")
    for money in posted:
        if money not in entered:
            found.differs(f"arrival {money.arrival_id} of {money.level}", "is posted as nobody entered it")
