"""SQL of debit batches that time has something to say about."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import execute, fetch_as, fetch_values, statement


@dataclass(frozen=True, slots=True)
class OpenBatch:
    """A batch that a bank has, and what of it has no answer."""

    batch_id: int
    county: str
    division_code: str
    coverage_year: int
    channel: str
    debit_at: datetime
    count: int
    amount_fen: int


_UNANSWERED = statement("""
    SELECT b.batch_id, b.county, b.division_code, b.coverage_year, b.channel, b.debit_at,
           count(*)::integer AS count, sum(d.amount_fen)::bigint AS amount_fen
    FROM debit_batches b JOIN debits d ON d.batch_id = b.batch_id AND d.outcome IS NULL
    WHERE b.state = 'given_out' AND b.debit_at <= :now
    GROUP BY b.batch_id ORDER BY b.batch_id
""")
# Its day is over, and no bank was given it.
_MISSED = statement("""
    SELECT batch_id FROM debit_batches
    WHERE state IN ('making', 'waiting', 'approved') AND debit_at < CAST(:today AS timestamptz)
    ORDER BY batch_id FOR UPDATE
""")
_HOLD_ON = statement("""
    WITH held AS (
        UPDATE debit_batches SET held_until = CAST(:until AS timestamptz)
        WHERE state = 'given_out' AND held_until < CAST(:soon AS timestamptz) RETURNING batch_id
    ), orders_held AS (
        UPDATE orders o SET expires_at = CAST(:until AS timestamptz)
        FROM debits d JOIN held ON held.batch_id = d.batch_id
        WHERE d.outcome IS NULL AND o.order_no = d.order_no AND o.state = 'pending' RETURNING o.order_no
    )
    UPDATE order_claims c SET expires_at = CAST(:until AS timestamptz) FROM orders_held
    WHERE c.order_no = orders_held.order_no
""")


async def unanswered(conn: AsyncConnection, now: datetime) -> list[OpenBatch]:
    """Batches that a bank has debited by now, and of which something has no answer."""
    return await fetch_as(conn, OpenBatch, _UNANSWERED, now=now)


async def missed(conn: AsyncConnection, today: datetime) -> list[int]:
    """Batches whose day was before today, and whose file never left."""
    return await fetch_values(conn, int, _MISSED, today=today)


async def hold_on(conn: AsyncConnection, soon: datetime, until: datetime) -> None:
    """Hold whoever has no answer on until an instant, before they would be free."""
    await execute(conn, _HOLD_ON, soon=soon, until=until)
