"""SQL of the five matches: what collectors took on a day, line by line, with its paper and its slips."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import any_of, fetch_as, statement
from services.collection.matches.rules import Line, Number, Slip
from services.collection.tables import cash_deposits, cash_receipts


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose day; collectors after one, so many."""

    division: str
    collector_id: int | None
    begins: datetime
    ends: datetime
    after: int
    limit: int


_LINES = statement("""
    WITH taker AS (
        SELECT DISTINCT collector_id FROM cash_receipts
        WHERE paid_at >= :begins AND paid_at < :ends AND state <> 'refused' AND collector_id > :after
          AND division_code LIKE CAST(:division AS text) || '%'
          AND (CAST(:collector_id AS bigint) IS NULL OR collector_id = :collector_id)
        ORDER BY collector_id LIMIT :limit
    )
    SELECT r.collector_id, r.receipt_id, r.county, r.coverage_year, c.channel, c.division_code AS area,
           r.people, r.instrument, r.state, r.amount_fen, r.returned_fen, r.deposit_id, l.line_no,
           l.amount_fen AS line_fen, l.state AS line_state, l.reason, d.division_code AS person_division,
           CASE WHEN l.repaired_year IS NULL THEN l.line_no
                ELSE min(l.line_no) OVER (
                    PARTITION BY l.payment_id, coalesce(l.identity_digest, CAST(l.person_id AS text))
                ) END AS part_no
    FROM taker JOIN cash_receipts r USING (collector_id) JOIN collectors c USING (collector_id)
    LEFT JOIN payment_lines l ON l.payment_id = r.payment_id
    LEFT JOIN dues d ON d.enrollment_id = l.enrollment_id
    WHERE r.paid_at >= :begins AND r.paid_at < :ends AND r.state <> 'refused'
    ORDER BY r.collector_id, r.receipt_id, l.line_no
""")
_NUMBERS = statement(f"""
    SELECT v.receipt_id, v.line_no, v.voucher_no,
           EXISTS (
               SELECT 1 FROM voucher_stretches s
               WHERE s.county = v.county AND s.voucher = v.voucher AND s.series = v.series
                 AND v.serial BETWEEN s.first_serial AND s.last_serial AND s.state = 'held'
                 AND s.collector_id = r.collector_id AND s.from_at <= r.paid_at
                 AND (s.until_at IS NULL OR s.until_at > r.paid_at)
           ) OR NOT EXISTS (
               SELECT 1 FROM voucher_moves m WHERE m.county = v.county AND m.voucher = v.voucher
           ) AS own
    FROM paper_vouchers v JOIN cash_receipts r USING (receipt_id)
    WHERE v.receipt_id {any_of(cash_receipts.c.receipt_id, "ids")} ORDER BY v.receipt_id, v.line_no
""")
_SLIPS = statement(f"""
    SELECT deposit_id, amount_fen, covered_fen, made_good_fen FROM cash_deposits
    WHERE deposit_id {any_of(cash_deposits.c.deposit_id, "ids")} AND state = 'made' ORDER BY deposit_id
""")


async def lines(conn: AsyncConnection, wanted: Wanted) -> list[Line]:
    """What collectors took on a day, a row for each person, and for each year that is repaired."""
    asked = {name: getattr(wanted, name) for name in Wanted.__dataclass_fields__}
    return await fetch_as(conn, Line, _LINES, **asked)


async def numbers(conn: AsyncConnection, receipt_ids: Sequence[int]) -> list[Number]:
    """The paper on receipts."""
    return await fetch_as(conn, Number, _NUMBERS, ids=list(receipt_ids))


async def slips(conn: AsyncConnection, deposit_ids: Sequence[int]) -> list[Slip]:
    """Deposits."""
    return await fetch_as(conn, Slip, _SLIPS, ids=list(deposit_ids))
