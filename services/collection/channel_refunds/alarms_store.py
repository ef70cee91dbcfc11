"""SQL of refunds that channels have not settled for too long."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import fetch_as, statement
from services.collection.channel_refunds.rules import UNDER_WAY


@dataclass(frozen=True, slots=True)
class Late:
    """Refunds of a county and year that were agreed to before an instant and are under way."""

    county: str | None
    coverage_year: int | None
    count: int
    amount_fen: int
    oldest_at: datetime


_LATE = statement(f"""
    SELECT l.county, l.coverage_year, count(*)::integer AS count, sum(c.amount_fen)::bigint AS amount_fen,
           min(c.agreed_at) AS oldest_at
    FROM channel_refunds c JOIN payment_lines l ON l.payment_id = c.payment_id AND l.line_no = c.line_no
    WHERE c.state IN ({", ".join(f"'{state}'" for state in UNDER_WAY)}) AND c.agreed_at < :before
    GROUP BY 1, 2 ORDER BY 1, 2
""")


async def late(conn: AsyncConnection, before: datetime) -> list[Late]:
    """What was agreed to before an instant and has not ended."""
    return await fetch_as(conn, Late, _LATE, before=before)
