"""SQL of money that went back outside, as the money of payment lines feels it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, execute, fetch_as, statement
from libs.common.transitions import listed
from services.subsidy.entitlements.facts import LineKey
from services.subsidy.refunds.rules import CLAIMS_MONEY
from services.subsidy.tables import line_returns, payment_lines


@dataclass(frozen=True, slots=True)
class LineReturn:
    """Money of a line that went back outside, under the channel's own number."""

    payment_id: int
    line_no: int
    return_no: str
    amount_fen: int
    withdraws: bool
    returned_at: datetime


@dataclass(frozen=True, slots=True)
class OpenRefund:
    """A refund case that claims money of a line."""

    refund_id: int
    payment_id: int
    line_no: int
    amount_fen: int
    state: str
    payout_id: int | None
    payout_state: str | None
    county: str | None
    coverage_year: int | None
    division_code: str | None
    person_id: int | None


_NEW = Records(line_returns, *LineReturn.__dataclass_fields__)
_ADD = statement(f"""
    INSERT INTO line_returns ({_NEW.names}, counted) SELECT {_NEW.names}, false FROM {_NEW}
    ORDER BY payment_id, line_no, return_no
    ON CONFLICT DO NOTHING
""")
_LINES = Records(payment_lines, "payment_id", "line_no", alias="lines")
# A line may become known after its return: what is not counted yet is counted as soon as both are there.
_COUNT = statement(f"""
    WITH fresh AS (
        UPDATE line_returns r SET counted = true
        FROM {_LINES} JOIN payment_lines l USING (payment_id, line_no)
        WHERE r.payment_id = l.payment_id AND r.line_no = l.line_no AND NOT r.counted
        RETURNING r.payment_id, r.line_no, r.amount_fen, r.withdraws
    ), sums AS (
        SELECT payment_id, line_no, sum(amount_fen)::bigint AS amount_fen, bool_or(withdraws) AS withdraws
        FROM fresh GROUP BY payment_id, line_no
    )
    UPDATE payment_lines l
    SET refunded_fen = l.refunded_fen + s.amount_fen, withdrawn = l.withdrawn OR s.withdraws
    FROM sums s WHERE l.payment_id = s.payment_id AND l.line_no = s.line_no
    RETURNING l.payment_id, l.line_no
""")
_OPEN = statement(f"""
    SELECT r.refund_id, r.payment_id, r.line_no, r.amount_fen, r.state, p.payout_id, p.state AS payout_state,
           r.county, r.coverage_year, r.division_code, r.person_id
    FROM {_LINES} JOIN refunds r USING (payment_id, line_no) LEFT JOIN payouts p USING (refund_id)
    WHERE r.state IN {listed(CLAIMS_MONEY)} ORDER BY r.refund_id
""")


async def add(conn: AsyncConnection, returns: Sequence[LineReturn]) -> None:
    """Note returns; one that is on record changes nothing."""
    await execute(conn, _ADD, rows=returns)


async def count(conn: AsyncConnection, lines: Sequence[LineKey]) -> list[LineKey]:
    """Count what was not counted yet in the money of these lines; give the lines that changed."""
    return await fetch_as(conn, LineKey, _COUNT, lines=[line._asdict() for line in lines])


async def open_refunds(conn: AsyncConnection, lines: Sequence[LineKey]) -> list[OpenRefund]:
    """The cases that claim money of these lines, with their payouts."""
    return await fetch_as(conn, OpenRefund, _OPEN, lines=[line._asdict() for line in lines])
