"""Checks of sealed handovers: the same bytes again, an unbroken chain, and only facts that belong there."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from libs.common.db.rows import statement
from services.ledger.handovers import closing, store
from services.ledger.handovers.rules import digest
from services.ledger.handovers.store import SealedHandover
from services.ledger.postings.rules import Season
from services.ledger.totals import store as totals_store


@dataclass(slots=True)
class _Member:
    """A fact that a handover counts although it should not."""

    ordinal: int
    fact_id: int


@dataclass(slots=True)
class _Again:
    """A fact that a handover counts again after an earlier one."""

    ordinal: int
    fact_id: int
    earlier: int


_SEASONS = statement("SELECT DISTINCT county, coverage_year FROM handovers ORDER BY 1, 2")
_MISPLACED = statement("""
    SELECT m.ordinal, m.fact_id FROM handover_members m
    LEFT JOIN handovers h USING (county, coverage_year, ordinal)
    LEFT JOIN LATERAL (
        SELECT min(business_at) AS at FROM (
            SELECT business_at FROM postings p
            WHERE (p.county, p.coverage_year, p.fact_id) = (m.county, m.coverage_year, m.fact_id)
            UNION ALL
            SELECT business_at FROM memos p
            WHERE (p.county, p.coverage_year, p.fact_id) = (m.county, m.coverage_year, m.fact_id)
            UNION ALL
            SELECT business_at FROM withdrawals p
            WHERE (p.county, p.coverage_year, p.fact_id) = (m.county, m.coverage_year, m.fact_id)
            UNION ALL
            SELECT business_at FROM merges p WHERE (p.county, p.fact_id) = (m.county, m.fact_id)) AS entry
    ) AS fact ON true
    WHERE m.county = :county AND m.coverage_year = :coverage_year
      AND (h.ordinal IS NULL OR fact.at IS NULL OR fact.at >= h.cutoff_at)
    ORDER BY 1, 2
""")
_COUNTED_TWICE = statement("""
    SELECT m.ordinal, m.fact_id, e.ordinal AS earlier FROM handover_members m
    JOIN handover_members e ON e.county = m.county AND e.coverage_year = m.coverage_year
                           AND e.fact_id = m.fact_id AND e.ordinal = ANY(CAST(:follows AS integer[]))
    WHERE m.county = :county AND m.coverage_year = :coverage_year AND m.ordinal = :ordinal ORDER BY 2, 3
""")


async def are_the_same_again(sources: Sources, engine: AsyncEngine, found: Findings) -> None:
    """Compute each sealed handover again from the facts that it counts, and compare byte for byte."""
    for season in await sources.rows("ledger", Season, _SEASONS):
        name = f"{season.county}/{season.coverage_year}"
        async with engine.begin() as conn:
            await totals_store.plan_for_many(conn)
            sealed = await store.sealed(conn, season)
            previous = None
            for number, row in enumerate(sealed, start=1):
                found.compared += 1
                which = f"{name}/{row.deadline_id}"
                if row.ordinal != number or row.previous_sha256 != previous:
                    found.differs(which, "does not follow the handover before it")
                _check_seal(which, row, await closing.recomputed(conn, row, sealed), found)
                previous = row.sha256
        async for member in sources.stream("ledger", _Member, _MISPLACED, **season._asdict()):
            which = f"{name} handover {member.ordinal}"
            found.differs(which, f"counts fact {member.fact_id}, which is not there or not before its cutoff")
        await _check_chains(sources, season, sealed, found)


async def _check_chains(
    sources: Sources, season: Season, sealed: list[SealedHandover], found: Findings
) -> None:
    """No handover counts what one that it goes on from has counted."""
    for row in sealed:
        follows = [other.ordinal for other in sealed if other.deadline_id in row.follows]
        asked = season._asdict() | {"ordinal": row.ordinal, "follows": follows}
        async for again in sources.stream("ledger", _Again, _COUNTED_TWICE, **asked):
            which = f"{season.county}/{season.coverage_year} handover {again.ordinal}"
            found.differs(which, f"counts fact {again.fact_id} again after handover {again.earlier}")


def _check_seal(which: str, row: SealedHandover, again: str, found: Findings) -> None:
    if digest(row.document) != row.sha256:
        found.differs(which, "its document does not have the hash that was sealed")
    if again != row.document:
        found.differs(which, f"computed again it has the hash {digest(again)}, sealed was {row.sha256}")
