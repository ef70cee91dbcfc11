"""SQL of orders. Placing one is a single statement over a raw asyncpg connection, and its own transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.collection.matching.rules import Due
from services.collection.matching.store import DUE_COLUMNS, due_of
from services.collection.orders.rules import OrderedItem

_DUES = f"""
    SELECT {DUE_COLUMNS} FROM dues d
    WHERE d.person_id = ANY($1::bigint[]) AND d.coverage_year = $2 AND d.county = $3 AND d.revision > 0
    ORDER BY (d.state <> 'cancelled'), d.enrollment_id
"""

# The claims, the order, its items and the idempotency key stand or fall together. A person in another pending
# order leaves fewer claims than items, which the table refuses; a repeated key violates its primary key.
_PLACE = """
    WITH claims AS (
        INSERT INTO order_claims (coverage_year, person_id, order_no, expires_at)
        SELECT $3, person_id, $1, $7 FROM unnest($9::bigint[]) AS asked(person_id) ORDER BY person_id
        ON CONFLICT (coverage_year, person_id)
        DO UPDATE SET order_no = excluded.order_no, expires_at = excluded.expires_at
        WHERE order_claims.expires_at <= $6
        RETURNING person_id
    ), placed AS (
        INSERT INTO orders (order_no, county, coverage_year, channel, amount_fen, item_count, claimed_count,
                            state, created_by, created_at, expires_at)
        SELECT $1, $2, $3, $4, $5, cardinality($9::bigint[]), (SELECT count(*) FROM claims),
               'pending', $8, $6, $7
    ), listed AS (
        INSERT INTO order_items (order_no, item_no, county, coverage_year, division_code, person_id,
                                 enrollment_id, assessment_id, masked_name, "window", price_fen, own_fen,
                                 add_on_fen)
        SELECT $1, no, $2, $3, division_code, person_id, enrollment_id, assessment_id, masked_name, win,
               price_fen, own_fen, add_on_fen
        FROM unnest($9::bigint[], $10::text[], $11::bigint[], $12::bigint[], $13::text[], $14::text[],
                    $15::bigint[], $16::bigint[], $17::bigint[])
          WITH ORDINALITY AS i(person_id, division_code, enrollment_id, assessment_id, masked_name, win,
                               price_fen, own_fen, add_on_fen, no)
    )
    INSERT INTO idempotency_keys (caller, key, fingerprint, answer, created_at) VALUES ($8, $18, $19, $20, $6)
"""


class PersonsClaimed(Exception):
    """Somebody is in another pending order."""


class KeyUsed(Exception):
    """The idempotency key is in the table already."""


async def dues_of(
    driver: asyncpg.Connection, people: Sequence[int], county: str, coverage_year: int
) -> dict[int, Due]:
    """The dues of these persons; of several the one that is not cancelled."""
    rows = await driver.fetch(_DUES, list(people), coverage_year, county)
    found: dict[int, Due] = {}
    for row in rows:
        due = due_of(_Row(row))
        found.setdefault(due.person_id, due)
    return found


async def place(
    driver: asyncpg.Connection,
    order: Mapping[str, Any],
    items: Sequence[OrderedItem],
    key: str,
    fingerprint: bytes,
) -> None:
    """Write an order (with its answer as JSON text) and commit; raise PersonsClaimed or KeyUsed."""
    try:
        await driver.execute(
            _PLACE,
            order["order_no"],
            order["county"],
            order["coverage_year"],
            order["channel"],
            order["amount_fen"],
            order["created_at"],
            order["expires_at"],
            order["created_by"],
            [item.due.person_id for item in items],
            [item.due.division_code for item in items],
            [item.due.enrollment_id for item in items],
            [item.due.assessment_id for item in items],
            [item.due.masked_name for item in items],
            [item.segment.window or "" for item in items],
            [item.segment.price_fen or 0 for item in items],
            [item.segment.own_due_fen or 0 for item in items],
            [item.segment.add_on_due_fen for item in items],
            key,
            fingerprint,
            order["answer"],
        )
    except asyncpg.CheckViolationError as error:
        if error.constraint_name == "ck_orders_claims_everyone":
            raise PersonsClaimed from None
        raise
    except asyncpg.UniqueViolationError as error:
        if error.table_name == "idempotency_keys":
            raise KeyUsed from None
        raise


async def answered(conn: AsyncConnection, caller: str, key: str) -> Any | None:
    """What this caller was answered under this key: fingerprint and answer."""
    query = "SELECT fingerprint, answer FROM idempotency_keys WHERE caller = :caller AND key = :key"
    return (await conn.execute(text(query), {"caller": caller, "key": key})).first()


async def claims(
    conn: AsyncConnection, people: Sequence[int], coverage_year: int, now: datetime
) -> dict[int, Any]:
    """The pending orders that hold these persons at `now`."""
    query = """
        SELECT person_id, order_no, expires_at FROM order_claims
        WHERE coverage_year = :coverage_year AND person_id = ANY(CAST(:people AS bigint[]))
          AND expires_at > :now
    """
    parameters = {"people": list(people), "coverage_year": coverage_year, "now": now}
    return {row.person_id: row for row in await conn.execute(text(query), parameters)}


async def find(conn: AsyncConnection, order_no: str) -> tuple[Any, Sequence[Any]] | None:
    """One order, and its items with what became of the money for each."""
    order = await conn.execute(text("SELECT * FROM orders WHERE order_no = :no"), {"no": order_no})
    found = order.first()
    if found is None:
        return None
    query = """
        SELECT i.*, l.state AS line_state, l.reason, l.voucher_no
        FROM order_items i
        LEFT JOIN orders o ON o.order_no = i.order_no
        LEFT JOIN payment_lines l ON l.payment_id = o.payment_id AND l.person_id = i.person_id
        WHERE i.order_no = :no ORDER BY i.item_no
    """
    return found, (await conn.execute(text(query), {"no": order_no})).all()


async def cancel(conn: AsyncConnection, order_no: str, at: datetime) -> str | None:
    """Cancel a pending order and let its persons go; give the state that it has now, None without one."""
    query = """
        WITH cancelled AS (
            UPDATE orders SET state = 'cancelled', cancelled_at = :at
            WHERE order_no = :no AND state = 'pending' RETURNING order_no
        ), freed AS (DELETE FROM order_claims c USING cancelled x WHERE c.order_no = x.order_no)
        SELECT CASE WHEN EXISTS (SELECT FROM cancelled) THEN 'cancelled' ELSE state END
        FROM orders WHERE order_no = :no
    """
    return (await conn.execute(text(query), {"no": order_no, "at": at})).scalar()


class _Row:
    """Gives a raw record its columns as attributes."""

    __slots__ = ("_record",)

    def __init__(self, record: asyncpg.Record) -> None:
        self._record = record

    def __getattr__(self, name: str) -> Any:
        return self._record[name]
