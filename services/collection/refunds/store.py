"""SQL of refunds as payments feel them: the line, its voucher and its due."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_ROWS = """
    json_to_recordset(CAST(:rows AS json)) AS r(payment_id bigint, line_no integer, refund_id bigint,
        attempt integer, outcome text, settled_at timestamptz, reason text)
"""


async def refund(conn: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Mark lines refunded. What had been applied is owed again and its voucher is void."""
    query = f"""
        WITH r AS (SELECT * FROM {_ROWS}), refunded AS (
            UPDATE payment_lines l SET state = 'refunded', refund_id = r.refund_id,
                   refund_attempt = r.attempt, refund_outcome = r.outcome, refunded_at = r.settled_at
            FROM r WHERE l.payment_id = r.payment_id AND l.line_no = r.line_no AND l.state <> 'refunded'
              AND (l.refund_id IS DISTINCT FROM r.refund_id OR l.refund_attempt < r.attempt)
            RETURNING l.payment_id, l.line_no, l.voucher_no, l.enrollment_id, r.settled_at
        ), voided AS (
            UPDATE vouchers v SET voided_at = x.settled_at, void_reason = 'refunded'
            FROM refunded x WHERE v.voucher_no = x.voucher_no AND v.voided_at IS NULL
        )
        UPDATE dues d SET paid_payment_id = NULL, paid_line_no = NULL
        FROM refunded x
        WHERE d.enrollment_id = x.enrollment_id AND d.paid_payment_id = x.payment_id
          AND d.paid_line_no = x.line_no
    """
    await _run(conn, query, rows)


async def take_back(conn: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put lines whose refund came back into suspense; one that had been applied stays taken back."""
    query = f"""
        UPDATE payment_lines l SET state = 'suspended', reason = COALESCE(l.reason, 'refund_returned'),
               voucher_no = NULL, applied_at = NULL, refund_id = r.refund_id, refund_attempt = r.attempt,
               refund_outcome = r.outcome, refunded_at = NULL, note = COALESCE(r.reason, l.note)
        FROM {_ROWS}
        WHERE l.payment_id = r.payment_id AND l.line_no = r.line_no
          AND (l.state = 'refunded' AND l.refund_id = r.refund_id AND l.refund_attempt <= r.attempt)
    """
    await _run(conn, query, rows)


async def _run(conn: AsyncConnection, query: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        await conn.execute(text(query), {"rows": orjson.dumps(rows).decode()})
