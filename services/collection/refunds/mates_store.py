"""SQL of lines that paid a due together: when one of them ends, the others do not pay it any more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, fetch_as, statement
from services.collection.fitting.rules import Reason
from services.collection.refunds.store import ChangedLine
from services.collection.tables import payment_lines, vouchers


@dataclass(frozen=True, slots=True)
class Mate:
    """A line that went into suspense with another one."""

    payment_id: int
    line_no: int
    voucher_no: str
    channel: str
    transaction_no: str
    amount_fen: int
    person_id: int
    enrollment_id: int
    household_id: int | None
    county: str
    coverage_year: int
    division_code: str
    paid_at: datetime
    at: datetime
    employee_fund: str | None


_ENDED = Records(
    payment_lines,
    "payment_id",
    "line_no",
    void_reason=vouchers.c.void_reason,
    changed_at=vouchers.c.voided_at,
)
_RELEASE = statement(f"""
    WITH ended AS (
        SELECT l.payment_id, l.line_no, l.voucher_no, rows.void_reason, rows.changed_at
        FROM {_ENDED}
        JOIN payment_lines l ON l.payment_id = rows.payment_id AND l.line_no = rows.line_no
        WHERE l.voucher_no IS NOT NULL
    ), mates AS (
        SELECT m.payment_id, m.line_no, m.voucher_no, m.applied_at, e.void_reason, e.changed_at
        FROM ended e
        JOIN vouchers v ON v.voucher_no = e.voucher_no
        JOIN payment_lines m ON m.enrollment_id = v.enrollment_id AND m.voucher_no = e.voucher_no
         AND m.state = 'applied' AND (m.payment_id, m.line_no) <> (e.payment_id, e.line_no)
    ), released AS (
        UPDATE payment_lines l
        SET state = 'suspended', reason = '{Reason.WRONG_AMOUNT}', voucher_no = NULL, applied_at = NULL,
            part_of = NULL,
            told_at = GREATEST(l.told_at, CAST(:at AS timestamptz), m.applied_at,
                               l.refunded_at + interval '1 microsecond')
        FROM mates m WHERE l.payment_id = m.payment_id AND l.line_no = m.line_no
        RETURNING l.*, m.voucher_no AS was_voucher, l.told_at AS at
    ), voided AS (
        UPDATE vouchers v SET voided_at = m.changed_at, void_reason = m.void_reason
        FROM mates m WHERE v.voucher_no = m.voucher_no AND v.voided_at IS NULL
    ), opened AS (
        UPDATE dues d SET paid_payment_id = NULL, paid_line_no = NULL
        FROM mates m WHERE d.paid_payment_id = m.payment_id AND d.paid_line_no = m.line_no
    )
    SELECT r.payment_id, r.line_no, r.was_voucher AS voucher_no, p.channel, p.transaction_no,
           r.amount_fen - r.refunded_fen AS amount_fen, r.person_id, r.enrollment_id, r.household_id,
           r.county, r.coverage_year, r.division_code, r.paid_at, r.at,
           p.employee_fund
    FROM released r JOIN payments p ON p.id = r.payment_id ORDER BY 1, 2
""")


async def release(conn: AsyncConnection, ended: Sequence[ChangedLine], at: datetime) -> list[Mate]:
    """Put the mates of lines that end into suspense, since `at`; their due is owed again."""
    return await fetch_as(conn, Mate, _RELEASE, rows=ended, at=at)
