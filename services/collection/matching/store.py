"""SQL of payments and their lines. Whoever writes here holds the lease, so that decisions never race."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import orjson
from pydantic import TypeAdapter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.events import DueSegment
from services.collection.matching.lines import Ordered, OrderLine
from services.collection.matching.rules import Due

_SCHEDULE = TypeAdapter(tuple[DueSegment, ...])


@lru_cache(maxsize=2_048)
def _schedule(text: str) -> tuple[DueSegment, ...]:
    """Read a schedule. Most people of a county share one of a few, and segments are immutable."""
    return _SCHEDULE.validate_json(text)


DUE_COLUMNS = """
    d.enrollment_id, d.assessment_id, d.person_id, d.household_id, d.county, d.coverage_year, d.division_code,
    d.name_digest, d.masked_name, d.state, d.schedule::text AS schedule
"""


def due_of(row: Any) -> Due:
    """Read a row of DUE_COLUMNS."""
    return Due(
        row.enrollment_id, row.assessment_id, row.person_id, row.household_id, row.county, row.coverage_year,
        row.division_code, row.name_digest, row.masked_name, row.state, _schedule(row.schedule),
    )  # fmt: skip


async def hold_lease(conn: AsyncConnection) -> None:
    """Wait to be the only one who changes dues and payment lines, until the end of the transaction."""
    await conn.execute(text("SELECT name FROM leases WHERE name = 'matching' FOR UPDATE"))


async def take_lease(conn: AsyncConnection) -> bool:
    """Hold the lease if nobody else does right now."""
    row = await conn.execute(text("SELECT name FROM leases WHERE name = 'matching' FOR UPDATE SKIP LOCKED"))
    return row.first() is not None


async def has_work(conn: AsyncConnection) -> bool:
    """Look whether anything is queued, without waiting for anybody."""
    return (await conn.execute(text("SELECT EXISTS (SELECT FROM matching_queue)"))).scalar_one()


async def queued(conn: AsyncConnection, limit: int) -> Sequence[Any]:
    """The next work in the order of arrival, with what is needed to judge it."""
    query = """
        SELECT q.notification_id, q.line_no, q.occurred_at, n.channel, n.raw, n.content, n.received_at,
               p.transaction_no, l.state, l.amount_fen, l.county, l.coverage_year, l.paid_at,
               l.identity_digest, l.name_digest, l.masked_id, l.masked_name, l.person_id, l.reason
        FROM (SELECT * FROM matching_queue ORDER BY notification_id, line_no LIMIT :limit) q
        JOIN notifications n ON n.id = q.notification_id
        LEFT JOIN payment_lines l ON l.payment_id = q.notification_id AND l.line_no = q.line_no
        LEFT JOIN payments p ON p.id = l.payment_id
        ORDER BY q.notification_id, q.line_no
    """
    return (await conn.execute(text(query), {"limit": limit})).all()


async def unqueue(conn: AsyncConnection, keys: Iterable[tuple[int, int]]) -> None:
    """Take finished work off the queue."""
    ids, lines = _columns(keys, 2)
    query = """
        DELETE FROM matching_queue q
        USING unnest(CAST(:ids AS bigint[]), CAST(:lines AS integer[])) AS done(notification_id, line_no)
        WHERE q.notification_id = done.notification_id AND q.line_no = done.line_no
    """
    await conn.execute(text(query), {"ids": ids, "lines": lines})


async def queue_length(conn: AsyncConnection) -> int:
    """How much waits to be matched."""
    return (await conn.execute(text("SELECT count(*) FROM matching_queue"))).scalar_one()


async def orders_named(conn: AsyncConnection, numbers: Sequence[str]) -> dict[str, Ordered]:
    """The orders of these numbers, with their persons."""
    if not numbers:
        return {}
    query = """
        SELECT o.order_no, o.county, o.coverage_year, o.amount_fen, o.paid_at,
               LEAST(o.expires_at, o.cancelled_at) AS lapses_at, min(i.division_code) AS division_code,
               array_agg(i.person_id ORDER BY i.item_no) AS people,
               array_agg(i.own_fen + i.add_on_fen ORDER BY i.item_no) AS amounts,
               array_agg(i.masked_name ORDER BY i.item_no) AS names
        FROM orders o JOIN order_items i USING (order_no)
        WHERE o.order_no = ANY(CAST(:numbers AS text[])) GROUP BY o.order_no
    """
    rows = await conn.execute(text(query), {"numbers": list(numbers)})
    return {
        row.order_no: Ordered(
            row.order_no, row.county, row.coverage_year, row.division_code, row.amount_fen, row.lapses_at,
            tuple(map(OrderLine, row.people, row.amounts, row.names)),
        )
        for row in rows
    }  # fmt: skip


async def dues_found(
    conn: AsyncConnection, digests: Sequence[str], people: Sequence[int]
) -> list[tuple[str | None, Due]]:
    """All dues of these identities and persons, of any county and year."""
    query = f"""
        SELECT i.digest, {DUE_COLUMNS} FROM due_identities i JOIN dues d USING (enrollment_id)
        WHERE i.digest = ANY(CAST(:digests AS text[]))
        UNION ALL
        SELECT NULL, {DUE_COLUMNS} FROM dues d WHERE d.person_id = ANY(CAST(:people AS bigint[]))
    """
    rows = await conn.execute(text(query), {"digests": list(digests), "people": list(people)})
    return [(row.digest, due_of(row)) for row in rows]


async def paid_people(conn: AsyncConnection, people: Sequence[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """Of these (coverage year, person) those paid for, with the payment."""
    if not people:
        return {}
    years, persons = _columns(people, 2)
    query = """
        SELECT l.coverage_year, l.person_id, l.payment_id
        FROM unnest(CAST(:years AS integer[]), CAST(:persons AS bigint[])) AS asked(coverage_year, person_id)
        JOIN payment_lines l ON l.coverage_year = asked.coverage_year AND l.person_id = asked.person_id
         AND l.state = 'applied'
    """
    rows = await conn.execute(text(query), {"years": years, "persons": persons})
    return {(row.coverage_year, row.person_id): row.payment_id for row in rows}


async def insert_payments(conn: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write new payments (id, channel, transaction_no, order_no, county, coverage_year, amount_fen, ...)."""
    query = """
        INSERT INTO payments (id, channel, transaction_no, order_no, county, coverage_year, amount_fen,
                              paid_at, received_at)
        SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS r(
            id bigint, channel text, transaction_no text, order_no text, county text, coverage_year integer,
            amount_fen bigint, paid_at timestamptz, received_at timestamptz)
        ORDER BY id
    """
    await _write(conn, query, rows)


_LINE_COLUMNS = (
    ("payment_id", "bigint"), ("line_no", "integer"), ("county", "text"), ("coverage_year", "integer"),
    ("division_code", "text"), ("amount_fen", "bigint"), ("state", "text"), ("reason", "text"),
    ("whole", "boolean"),
    ("identity_digest", "text"), ("name_digest", "text"), ("masked_id", "text"), ("masked_name", "text"),
    ("person_id", "bigint"), ("household_id", "bigint"), ("enrollment_id", "bigint"),
    ("assessment_id", "bigint"), ("voucher_no", "text"), ("paid_at", "timestamptz"),
    ("received_at", "timestamptz"), ("applied_at", "timestamptz"), ("applied_by", "text"), ("note", "text"),
)  # fmt: skip
_LINE_NAMES = ", ".join(name for name, _ in _LINE_COLUMNS)
_LINE_TYPES = ", ".join(f"{name} {kind}" for name, kind in _LINE_COLUMNS)
#: What judging a line again may change; amounts, instants and who the channel named never do.
_CHANGING = (
    "county", "coverage_year", "division_code", "state", "reason", "masked_name", "person_id", "household_id",
    "enrollment_id", "assessment_id", "voucher_no", "applied_at", "applied_by", "note",
)  # fmt: skip


async def insert_lines(conn: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the lines of new payments."""
    query = f"""
        INSERT INTO payment_lines ({_LINE_NAMES})
        SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS r({_LINE_TYPES}) ORDER BY payment_id, line_no
    """
    await _write(conn, query, rows)


async def update_lines(conn: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Change lines in suspense that were judged again."""
    changes = ", ".join(f"{name} = r.{name}" for name in _CHANGING)
    query = f"""
        UPDATE payment_lines l SET {changes}
        FROM json_to_recordset(CAST(:rows AS json)) AS r({_LINE_TYPES})
        WHERE l.payment_id = r.payment_id AND l.line_no = r.line_no AND l.state = 'suspended'
    """
    await _write(conn, query, rows)


async def mark_dues_paid(conn: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Set which line paid each due (enrollment_id, payment_id, line_no)."""
    query = """
        UPDATE dues d SET paid_payment_id = r.payment_id, paid_line_no = r.line_no
        FROM json_to_recordset(CAST(:rows AS json))
          AS r(enrollment_id bigint, payment_id bigint, line_no integer)
        WHERE d.enrollment_id = r.enrollment_id
    """
    await _write(conn, query, rows)


async def mark_orders_paid(conn: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Close orders whose money has come (order_no, payment_id, paid_at) and give up their claims."""
    query = """
        WITH r AS (
            SELECT * FROM json_to_recordset(CAST(:rows AS json))
              AS r(order_no text, payment_id bigint, paid_at timestamptz)
        ), paid AS (
            UPDATE orders o SET state = 'paid', payment_id = r.payment_id, paid_at = r.paid_at
            FROM r WHERE o.order_no = r.order_no AND o.payment_id IS NULL
        )
        DELETE FROM order_claims c USING r WHERE c.order_no = r.order_no
    """
    await _write(conn, query, rows)


async def next_sequences(
    conn: AsyncConnection, wanted: Mapping[tuple[str, date], int]
) -> dict[tuple[str, date], int]:
    """Reserve voucher numbers per (division, day); give the last number that was used before."""
    if not wanted:
        return {}
    keys = sorted(wanted)
    query = """
        INSERT INTO voucher_counters (division, issued_on, last_sequence)
        SELECT * FROM unnest(CAST(:divisions AS text[]), CAST(:days AS date[]), CAST(:counts AS integer[]))
        ON CONFLICT (division, issued_on)
        DO UPDATE SET last_sequence = voucher_counters.last_sequence + excluded.last_sequence
        RETURNING division, issued_on, last_sequence
    """
    rows = await conn.execute(
        text(query),
        {
            "divisions": [division for division, _ in keys],
            "days": [day for _, day in keys],
            "counts": [wanted[key] for key in keys],
        },
    )
    return {
        (row.division, row.issued_on): row.last_sequence - wanted[row.division, row.issued_on] for row in rows
    }


async def _write(conn: AsyncConnection, query: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        await conn.execute(text(query), {"rows": orjson.dumps(rows).decode()})


def _columns(rows: Iterable[Sequence[Any]], width: int) -> list[list[Any]]:
    columns = list(map(list, zip(*rows, strict=True)))
    return columns or [[] for _ in range(width)]
