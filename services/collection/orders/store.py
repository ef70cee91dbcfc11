"""SQL of orders. Placing one is a single statement over a raw asyncpg connection, and its own transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import asyncpg
import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.collection.matching.rules import Due
from services.collection.matching.store import DUE_COLUMNS, due_of

_DUES = f"""
    SELECT {DUE_COLUMNS} FROM unnest($1::bigint[], $2::integer[], $3::text[]) AS asked(person, year, place)
    JOIN dues d ON d.person_id = asked.person AND d.coverage_year = asked.year AND d.county = asked.place
    WHERE d.revision > 0 ORDER BY (d.state <> 'cancelled'), d.enrollment_id
"""
_KNOWN = """
    SELECT k.caller, k.key, k.fingerprint, k.answer
    FROM unnest($1::text[], $2::text[]) AS asked(caller, key)
    JOIN idempotency_keys k ON k.caller = asked.caller AND k.key = asked.key
"""
_CLAIMS = """
    SELECT person_id, order_no, expires_at FROM order_claims
    WHERE coverage_year = $1 AND person_id = ANY($2::bigint[]) AND expires_at > $3
"""

# The claims, the orders, their items and the idempotency keys stand or fall together. A person in another
# pending order leaves fewer claims than items, which the table refuses; a repeated key violates its primary
# key; and one statement may not claim a person twice.
_PLACE = """
    WITH wanted AS (
        SELECT * FROM json_to_recordset($1::json) AS o(
            order_no text, county text, coverage_year integer, channel text, amount_fen bigint,
            created_by text, created_at timestamptz, expires_at timestamptz, key text, fingerprint text,
            answer text, items json)
    ), parts AS (
        SELECT o.order_no, o.county, o.coverage_year, o.created_at, o.expires_at, i.*
        FROM wanted o, json_to_recordset(o.items) AS i(
            item_no integer, division_code text, person_id bigint, enrollment_id bigint, assessment_id bigint,
            masked_name text, "window" text, price_fen bigint, own_fen bigint, add_on_fen bigint)
    ), claims AS (
        INSERT INTO order_claims AS c (coverage_year, person_id, order_no, expires_at)
        SELECT coverage_year, person_id, order_no, expires_at FROM parts ORDER BY coverage_year, person_id
        ON CONFLICT (coverage_year, person_id)
        DO UPDATE SET order_no = excluded.order_no, expires_at = excluded.expires_at
        WHERE c.expires_at <= $2
        RETURNING order_no
    ), placed AS (
        INSERT INTO orders (order_no, county, coverage_year, channel, amount_fen, item_count, claimed_count,
                            state, created_by, created_at, expires_at)
        SELECT o.order_no, o.county, o.coverage_year, o.channel, o.amount_fen, json_array_length(o.items),
               (SELECT count(*) FROM claims c WHERE c.order_no = o.order_no), 'pending', o.created_by,
               o.created_at, o.expires_at
        FROM wanted o
    ), listed AS (
        INSERT INTO order_items (order_no, item_no, county, coverage_year, division_code, person_id,
                                 enrollment_id, assessment_id, masked_name, "window", price_fen, own_fen,
                                 add_on_fen)
        SELECT order_no, item_no, county, coverage_year, division_code, person_id, enrollment_id,
               assessment_id, masked_name, "window", price_fen, own_fen, add_on_fen
        FROM parts
    )
    INSERT INTO idempotency_keys (caller, key, fingerprint, status, answer, created_at)
    SELECT created_by, key, decode(fingerprint, 'hex'), 201, answer, created_at
    FROM wanted ORDER BY created_by, key
"""


class NotPlaced(Exception):
    """Somebody is in another pending order, or a key is in the table already; nothing was written."""


async def known_answers(
    driver: asyncpg.Connection, keys: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], asyncpg.Record]:
    """What was answered earlier under these (caller, key): fingerprint and answer."""
    rows = await driver.fetch(_KNOWN, *map(list, zip(*keys, strict=True)))
    return {(row["caller"], row["key"]): row for row in rows}


async def dues_of(
    driver: asyncpg.Connection, asked: Sequence[tuple[int, int, str]]
) -> dict[tuple[int, int, str], Due]:
    """The dues of these (person, year, county); of several the one that is not cancelled."""
    found: dict[tuple[int, int, str], Due] = {}
    for row in await driver.fetch(_DUES, *map(list, zip(*asked, strict=True))):
        due = due_of(_Row(row))
        found.setdefault((due.person_id, due.coverage_year, due.county), due)
    return found


async def place(driver: asyncpg.Connection, orders: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Write orders, all of them, in one statement that commits by itself; raise NotPlaced otherwise.

    Claims that ended by `now`, the earliest instant among the orders, are taken over.
    """
    try:
        await driver.execute(_PLACE, orjson.dumps(orders).decode(), now)
    except (
        asyncpg.CheckViolationError,
        asyncpg.UniqueViolationError,
        asyncpg.CardinalityViolationError,
    ) as error:
        raise NotPlaced from error


async def claims(
    driver: asyncpg.Connection, people: Sequence[int], coverage_year: int, now: datetime
) -> dict[int, asyncpg.Record]:
    """The pending orders that hold these persons at `now`."""
    rows = await driver.fetch(_CLAIMS, coverage_year, list(people), now)
    return {row["person_id"]: row for row in rows}


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
