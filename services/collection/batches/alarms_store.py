"""SQL of alerts about village batches: what is in none, and what has settled itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import any_of, fetch_as, fetch_values, statement
from services.collection.tables import collectors


@dataclass(frozen=True, slots=True)
class Unbatched:
    """What a collector took and put into no batch."""

    collector_id: int
    division_code: str
    receipts: int
    amount_fen: int


_UNBATCHED = statement(f"""
    SELECT r.collector_id, r.division_code, count(*)::integer AS receipts,
           sum(r.amount_fen - r.returned_fen)::bigint AS amount_fen
    FROM cash_receipts r JOIN collectors c USING (collector_id)
    WHERE r.county = :county AND r.coverage_year = :coverage_year AND r.batch_id IS NULL
      AND c.channel {any_of(collectors.c.channel, "channels")} AND r.paid_at < :until
      AND r.state <> 'refused' AND r.returned_fen < r.amount_fen
    GROUP BY 1, 2 ORDER BY 1
""")
_SETTLED = statement("""
    SELECT c.subject FROM cases c
    WHERE c.state = 'open' AND c.kind = :case_kind AND NOT EXISTS (
        SELECT FROM cash_receipts r JOIN payment_lines l ON l.payment_id = r.payment_id
        WHERE r.batch_id = CAST(c.evidence ->> 'batch_id' AS bigint) AND l.state = 'suspended')
""")


async def settled(conn: AsyncConnection, kind: str) -> list[str]:
    """Batches in a case about lines that wait, of which none does any more."""
    return await fetch_values(conn, str, _SETTLED, case_kind=kind)


async def unbatched(
    conn: AsyncConnection, county: str, coverage_year: int, channels: Sequence[str], until: datetime
) -> list[Unbatched]:
    """What was taken before an instant through these channels, and is in no batch."""
    asked = {"county": county, "coverage_year": coverage_year, "channels": list(channels), "until": until}
    return await fetch_as(conn, Unbatched, _UNBATCHED, **asked)
