"""SQL of deposit slips: those of the banks' lists beside those that were recorded here."""

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import fetch_as, statement
from services.collection.settlements.rules import SlipDifference

# A bank's list names a slip by its number, or by the bank's own.
_DIFFER = statement("""
    WITH lists AS MATERIALIZED (
        SELECT file_id, county, division_code, channel AS account, business_on FROM channel_files
        WHERE state = 'current' AND kind = 'deposit_table'
    ), theirs AS MATERIALIZED (
        SELECT l.*, r.line, r.order_no, r.transaction_no, r.amount_fen
        FROM lists l JOIN channel_file_rows r USING (file_id) WHERE r.state = 'done'
    ), numbers AS MATERIALIZED (
        SELECT county, order_no AS slip_no FROM theirs WHERE order_no IS NOT NULL
        UNION SELECT county, transaction_no FROM theirs
    )
    SELECT CASE WHEN d.deposit_id IS NULL THEN 'they_only' ELSE 'amount' END AS kind,
           t.county, coalesce(d.division_code, t.division_code) AS division_code, d.coverage_year, t.account,
           t.business_on, coalesce(t.order_no, t.transaction_no) AS slip_no, t.file_id, t.line,
           t.amount_fen AS theirs_fen, d.deposit_id, d.amount_fen AS ours_fen
    FROM theirs t LEFT JOIN cash_deposits d
         ON d.county = t.county AND d.state = 'made' AND d.slip_no IN (t.order_no, t.transaction_no)
    WHERE d.deposit_id IS NULL OR d.amount_fen <> t.amount_fen
    UNION ALL
    SELECT 'we_only', d.county, d.division_code, d.coverage_year, min(l.account), min(l.business_on),
           d.slip_no, min(l.file_id), NULL, NULL, d.deposit_id, d.amount_fen
    FROM cash_deposits d JOIN lists l
         ON l.county = d.county AND l.account = coalesce(d.account, l.account)
            AND l.business_on = CAST(d.deposited_at AT TIME ZONE 'Asia/Shanghai' AS date)
    WHERE d.state = 'made'
      AND NOT EXISTS (SELECT FROM numbers n WHERE n.county = d.county AND n.slip_no = d.slip_no)
    GROUP BY d.deposit_id
    ORDER BY county, slip_no
""")


async def slips_that_differ(conn: AsyncConnection) -> list[SlipDifference]:
    """How lists of banks and deposits on record differ, of days of which a list is there."""
    return await fetch_as(conn, SlipDifference, _DIFFER)
