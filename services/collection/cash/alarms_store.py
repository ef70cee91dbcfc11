"""SQL of cash whose day has come: who has it."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import fetch_as, statement


@dataclass(frozen=True, slots=True)
class DueCash:
    """Money of one collector and year that has to be in the bank today, or (`late`) had to be before."""

    collector_id: int
    county: str
    division_code: str
    coverage_year: int
    receipts: int
    amount_fen: int
    due_on: date
    oldest_paid_at: datetime
    late: bool


_HAND = """
    deposit_id IS NULL AND instrument IN ('cash', 'cheque') AND state <> 'refused'
    AND returned_fen < amount_fen AND (CAST(:collector_id AS bigint) IS NULL OR collector_id = :collector_id)
"""
_DUE = statement(f"""
    SELECT collector_id, county, division_code, coverage_year, count(*)::integer AS receipts,
           sum(amount_fen - returned_fen)::bigint AS amount_fen, min(due_on) AS due_on,
           min(paid_at) AS oldest_paid_at, due_on < :today AS late
    FROM cash_receipts WHERE {_HAND} AND due_on <= :today
    GROUP BY 1, 2, 3, 4, 9 ORDER BY 1, 4, 9
""")


async def due(conn: AsyncConnection, today: date, collector_id: int | None) -> list[DueCash]:
    """Money that is in hand on its day, and after it."""
    return await fetch_as(conn, DueCash, _DUE, today=today, collector_id=collector_id)
