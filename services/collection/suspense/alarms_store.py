"""SQL of money that waits in suspense for too long."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import fetch_as, statement


@dataclass(frozen=True, slots=True)
class OldMoney:
    """Lines of a county and year that came before an instant and still wait."""

    county: str | None
    coverage_year: int | None
    count: int
    amount_fen: int
    oldest_received_at: datetime


_OLD = statement("""
    SELECT county, coverage_year, count(*)::integer AS count,
           sum(amount_fen - refunded_fen)::bigint AS amount_fen, min(received_at) AS oldest_received_at
    FROM payment_lines WHERE state = 'suspended' AND received_at < :before
    GROUP BY 1, 2 ORDER BY 1, 2
""")


async def old(conn: AsyncConnection, before: datetime) -> list[OldMoney]:
    """What came before an instant and still waits."""
    return await fetch_as(conn, OldMoney, _OLD, before=before)
