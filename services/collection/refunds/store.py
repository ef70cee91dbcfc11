"""SQL of money that goes back, as payments feel it: the line, its voucher and its due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, any_of, execute, fetch_as, statement
from services.collection.dues.store import WITHDRAWN
from services.collection.fitting.rules import Reason
from services.collection.matching.rules import LineState
from services.collection.refunds.rules import LineMoney, Refund
from services.collection.tables import payment_lines, refunds, vouchers


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """What a line is after money went back or came back; with `void_reason` it is paid for no more."""

    payment_id: int
    line_no: int
    state: LineState
    reason: str | None
    refunded_fen: int
    refunded_at: datetime | None
    void_reason: str | None
    changed_at: datetime
    refund_id: int | None = None
    refund_attempt: int | None = None
    refund_outcome: str | None = None


_KEYS = Records(payment_lines, "payment_id", "line_no", alias="asked")
_MONEY = """
    SELECT l.payment_id, l.line_no, l.state, l.reason, l.amount_fen, l.refunded_fen, l.person_id,
           l.enrollment_id, l.county, l.coverage_year, l.division_code, l.identity_digest, l.add_on,
           l.repaired_year
    FROM payment_lines l
"""
_LINES = statement(f"{_MONEY} JOIN {_KEYS} ON asked.payment_id = l.payment_id AND asked.line_no = l.line_no")
_REFUND = Records(refunds)
_KNOWN = statement(f"""
    SELECT {_REFUND.names} FROM refunds WHERE refund_id {any_of(refunds.c.refund_id, "ids")}
""")
_WRITE = statement(f"""
    INSERT INTO refunds ({_REFUND.names}) SELECT {_REFUND.names} FROM {_REFUND} ORDER BY refund_id
    ON CONFLICT (refund_id) DO UPDATE
    SET {_REFUND.taken_over("attempt", "outcome", "amount_fen", "withdraws", "settled_at", "excess_fen")}
""")
_CHANGED = Records(
    payment_lines,
    *("payment_id", "line_no", "state", "reason", "refunded_fen", "refunded_at"),
    *("refund_id", "refund_attempt", "refund_outcome"),
    void_reason=vouchers.c.void_reason,
    changed_at=vouchers.c.voided_at,
)
_CHANGE = statement(f"""
    WITH changes AS (SELECT {_CHANGED.names} FROM {_CHANGED}), changed AS (
        UPDATE payment_lines l
        SET state = c.state, reason = c.reason, refunded_fen = c.refunded_fen, refunded_at = c.refunded_at,
            refund_id = COALESCE(c.refund_id, l.refund_id),
            refund_attempt = COALESCE(c.refund_attempt, l.refund_attempt),
            refund_outcome = COALESCE(c.refund_outcome, l.refund_outcome),
            voucher_no = CASE WHEN c.state = 'suspended' THEN NULL ELSE l.voucher_no END,
            applied_at = CASE WHEN c.state = 'suspended' THEN NULL ELSE l.applied_at END,
            told_at = GREATEST(l.told_at, CAST(:at AS timestamptz))
        FROM changes c WHERE l.payment_id = c.payment_id AND l.line_no = c.line_no
        RETURNING l.payment_id, l.line_no, l.enrollment_id, c.void_reason, c.changed_at
    ), voided AS (
        UPDATE vouchers v SET voided_at = x.changed_at, void_reason = x.void_reason
        FROM changed x
        WHERE v.payment_id = x.payment_id AND v.line_no = x.line_no AND x.void_reason IS NOT NULL
          AND v.voided_at IS NULL
    )
    UPDATE dues d SET paid_payment_id = NULL, paid_line_no = NULL
    FROM changed x
    WHERE d.enrollment_id = x.enrollment_id AND d.paid_payment_id = x.payment_id
      AND d.paid_line_no = x.line_no AND x.void_reason IS NOT NULL
""")


_WAKE = statement(f"""
    WITH gone AS (
        SELECT l.person_id, l.household_id, l.enrollment_id, l.coverage_year, rows.changed_at
        FROM {_CHANGED}
        JOIN payment_lines l ON l.payment_id = rows.payment_id AND l.line_no = rows.line_no
    ), woken AS (
        SELECT l.payment_id, l.line_no, gone.changed_at, l.county
        FROM gone JOIN payment_lines l ON l.household_id = gone.household_id
         AND l.state = 'suspended' AND l.reason = '{Reason.HOUSEHOLD_TIER_MISMATCH}'
         AND l.coverage_year = gone.coverage_year
        UNION ALL
        SELECT l.payment_id, l.line_no, gone.changed_at, l.county
        FROM gone JOIN payment_lines l ON l.person_id = gone.person_id
         AND l.state = 'suspended' AND l.reason = '{Reason.ALREADY_PAID}' AND NOT l.whole
         AND l.coverage_year = gone.coverage_year
        WHERE NOT EXISTS (SELECT FROM dues d WHERE d.enrollment_id = gone.enrollment_id
                          AND d.state = 'cancelled' AND d.cancel_reason = '{WITHDRAWN}')
        UNION ALL
        SELECT l.payment_id, l.line_no, gone.changed_at, l.county
        FROM gone
        JOIN due_identities mine ON mine.enrollment_id = gone.enrollment_id
        JOIN due_identities other ON other.digest = mine.digest AND other.coverage_year = mine.coverage_year
        JOIN dues d ON d.enrollment_id = other.enrollment_id
        JOIN payment_lines l ON l.person_id = d.person_id AND l.coverage_year = gone.coverage_year
         AND l.state = 'suspended' AND l.reason = '{Reason.ENROLLED_ELSEWHERE}'
    )
    INSERT INTO matching_queue (notification_id, line_no, occurred_at, county)
    SELECT payment_id, line_no, max(changed_at), county FROM woken GROUP BY 1, 2, 4 ORDER BY 1, 2
    ON CONFLICT DO NOTHING
""")


async def lines(conn: AsyncConnection, keys: Sequence[tuple[int, int]]) -> dict[tuple[int, int], LineMoney]:
    """These lines with what went back of them so far."""
    asked = [{"payment_id": payment_id, "line_no": line_no} for payment_id, line_no in keys]
    return {line.key: line for line in await fetch_as(conn, LineMoney, _LINES, asked=asked)}


async def known(conn: AsyncConnection, refund_ids: Sequence[int]) -> dict[int, Refund]:
    """The last answer for each of these refunds."""
    found = await fetch_as(conn, Refund, _KNOWN, ids=list(refund_ids))
    return {refund.refund_id: refund for refund in found}


async def write(conn: AsyncConnection, told: Sequence[Refund]) -> None:
    """Keep the last answer for each refund."""
    await execute(conn, _WRITE, rows=told)


async def change(conn: AsyncConnection, changed: Sequence[ChangedLine], at: datetime) -> None:
    """Change lines, as is told at `at`; what is paid for no more is owed again and its voucher is void.

    What waits because of it is judged again: what came a second time, in the order of arrival, for it may
    count now; money that waits for the tier of the household; and that of the same person in another county.
    """
    await execute(conn, _CHANGE, rows=changed, at=at)
    gone = [one for one in changed if one.void_reason is not None or one.state == "refunded"]
    await execute(conn, _WAKE, rows=gone)
