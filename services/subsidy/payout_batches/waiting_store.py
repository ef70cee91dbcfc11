"""SQL of what a batch does not take, and what it waits for."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import fetch_as, statement
from services.subsidy.payout_batches.store import BatchOrder


@dataclass(frozen=True, slots=True)
class HeldPayout:
    """A payout that a case holds, and the enrollment that the case is about."""

    payout_id: int
    amount_fen: int
    enrollment_id: int


@dataclass(frozen=True, slots=True)
class _Waiting:
    state: str
    payouts: int


_WANTED = """
    p.county = :county AND p.coverage_year = :coverage_year
    AND (CAST(:division AS text) = '' OR p.division_code BETWEEN :lowest AND :highest)
"""
_COUNT_WAITING = statement(f"""
    SELECT p.state, count(*)::integer AS payouts FROM payouts p
    WHERE {_WANTED} AND p.state IN ('ready', 'waiting_card', 'needs_card', 'held') GROUP BY p.state
""")
_HELD = statement(f"""
    SELECT p.payout_id, p.amount_fen, g.enrollment_id FROM payouts p JOIN grants g USING (grant_id)
    WHERE {_WANTED} AND p.state = 'held' ORDER BY p.payout_id LIMIT :limit
""")


async def waiting(conn: AsyncConnection, order: BatchOrder) -> dict[str, int]:
    """How many payouts that an order would take wait, by what they wait for."""
    rows = await fetch_as(conn, _Waiting, _COUNT_WAITING, **_place_of(order))
    return {row.state: row.payouts for row in rows}


async def held(conn: AsyncConnection, order: BatchOrder, limit: int) -> list[HeldPayout]:
    """The first payouts of an order that cases hold."""
    return await fetch_as(conn, HeldPayout, _HELD, **_place_of(order), limit=limit)


def _place_of(order: BatchOrder) -> dict[str, str | int]:
    lowest, highest = order.division_range
    return {
        "county": order.county,
        "coverage_year": order.coverage_year,
        "division": order.division,
        "lowest": lowest,
        "highest": highest,
    }
