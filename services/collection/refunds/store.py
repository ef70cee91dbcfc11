"""SQL of refunds as payments feel them: the line, its voucher and its due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, execute, statement
from services.collection.fitting.rules import Reason
from services.collection.tables import payment_lines


@dataclass(frozen=True, slots=True)
class SettledRefund:
    """How the bank answered for the refund of one line."""

    payment_id: int
    line_no: int
    refund_id: int
    refund_attempt: int
    refund_outcome: str
    settled_at: datetime
    note: str | None


_SETTLED = Records(
    payment_lines,
    *("payment_id", "line_no", "refund_id", "refund_attempt", "refund_outcome", "note"),
    settled_at=payment_lines.c.refunded_at,
)
_REFUND = statement(f"""
    WITH settled AS (SELECT {_SETTLED.names} FROM {_SETTLED}), refunded AS (
        UPDATE payment_lines l SET state = 'refunded', refund_id = r.refund_id,
               refund_attempt = r.refund_attempt, refund_outcome = r.refund_outcome,
               refunded_at = r.settled_at
        FROM settled r
        WHERE l.payment_id = r.payment_id AND l.line_no = r.line_no AND l.state <> 'refunded'
          AND (l.refund_id IS DISTINCT FROM r.refund_id OR l.refund_attempt < r.refund_attempt)
        RETURNING l.payment_id, l.line_no, l.voucher_no, l.enrollment_id, r.settled_at
    ), voided AS (
        UPDATE vouchers v SET voided_at = x.settled_at, void_reason = 'refunded'
        FROM refunded x WHERE v.voucher_no = x.voucher_no AND v.voided_at IS NULL
    )
    UPDATE dues d SET paid_payment_id = NULL, paid_line_no = NULL
    FROM refunded x
    WHERE d.enrollment_id = x.enrollment_id AND d.paid_payment_id = x.payment_id
      AND d.paid_line_no = x.line_no
""")
_TAKE_BACK = statement(f"""
    UPDATE payment_lines l
    SET state = 'suspended', reason = COALESCE(l.reason, '{Reason.REFUND_RETURNED}'), voucher_no = NULL,
        applied_at = NULL, {_SETTLED.changes("refund_id", "refund_attempt", "refund_outcome")},
        refunded_at = NULL, note = COALESCE(rows.note, l.note)
    FROM {_SETTLED}
    WHERE l.payment_id = rows.payment_id AND l.line_no = rows.line_no AND l.state = 'refunded'
      AND l.refund_id = rows.refund_id AND l.refund_attempt <= rows.refund_attempt
""")


async def refund(conn: AsyncConnection, rows: Sequence[SettledRefund]) -> None:
    """Mark lines refunded. What had been applied is owed again and its voucher is void."""
    await execute(conn, _REFUND, rows=rows)


async def take_back(conn: AsyncConnection, rows: Sequence[SettledRefund]) -> None:
    """Put lines whose refund came back into suspense; one that had been applied stays taken back."""
    await execute(conn, _TAKE_BACK, rows=rows)
