"""SQL that looks payments up."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# A notification that is stored but not matched yet already is a payment to whoever sent it.
_PAYMENTS = """
    SELECT n.id AS payment_id, n.channel, n.dedupe_key AS transaction_no, p.order_no,
           COALESCE(p.county, n.county) AS county,
           COALESCE(p.coverage_year, n.coverage_year) AS coverage_year,
           p.amount_fen, p.paid_at, n.received_at, p.id IS NOT NULL AS matched
    FROM notifications n LEFT JOIN payments p ON p.id = n.id
    WHERE n.kind = 'payment'
"""


@dataclass(frozen=True, slots=True)
class PaymentQuery:
    """By what payments are looked up; at least one is given."""

    transaction_no: str | None = None
    channel: str | None = None
    order_no: str | None = None
    person_id: int | None = None


async def find(conn: AsyncConnection, wanted: PaymentQuery, limit: int = 100) -> Sequence[Any]:
    """The payments that fit, oldest first."""
    conditions, parameters = [], {"limit": limit}
    if wanted.transaction_no is not None:
        conditions.append("n.dedupe_key = :transaction_no")
    if wanted.channel is not None:
        conditions.append("n.channel = :channel")
    if wanted.order_no is not None:
        conditions.append("n.id IN (SELECT id FROM payments WHERE order_no = :order_no)")
    if wanted.person_id is not None:
        conditions.append("n.id IN (SELECT payment_id FROM payment_lines WHERE person_id = :person_id)")
    parameters |= {name: value for name in wanted.__slots__ if (value := getattr(wanted, name)) is not None}
    query = " AND ".join([_PAYMENTS, *conditions]) + " ORDER BY n.id LIMIT :limit"
    return (await conn.execute(text(query), parameters)).all()


async def one(conn: AsyncConnection, payment_id: int) -> Any | None:
    """One payment by its number."""
    return (await conn.execute(text(_PAYMENTS + " AND n.id = :id"), {"id": payment_id})).first()


async def lines(conn: AsyncConnection, payments: Sequence[int]) -> dict[int, list[Any]]:
    """The lines of these payments, in order."""
    query = """
        SELECT * FROM payment_lines WHERE payment_id = ANY(CAST(:ids AS bigint[]))
        ORDER BY payment_id, line_no
    """
    found: dict[int, list[Any]] = {}
    for row in await conn.execute(text(query), {"ids": list(payments)}):
        found.setdefault(row.payment_id, []).append(row)
    return found


async def totals(conn: AsyncConnection, county: str | None, coverage_year: int | None) -> Sequence[Any]:
    """Count and money of payment lines by county, year, state and reason."""
    query = """
        SELECT county, coverage_year, state, CASE WHEN state = 'suspended' THEN reason END AS reason,
               count(*) AS count, sum(amount_fen)::bigint AS amount_fen
        FROM payment_lines
        WHERE (CAST(:county AS text) IS NULL OR county = :county)
          AND (CAST(:year AS integer) IS NULL OR coverage_year = :year)
        GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    """
    return (await conn.execute(text(query), {"county": county, "year": coverage_year})).all()
