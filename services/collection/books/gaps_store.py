"""SQL of skipped numbers: below the highest one used of a collector's book, and neither used nor declared."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import fetch_as, fetch_values, statement
from services.collection.books.rules import Numbers
from services.collection.cases.rules import VOUCHER_GAP


@dataclass(frozen=True, slots=True)
class Gap(Numbers):
    """Skipped numbers of one collector."""

    county: str
    voucher: str
    division_code: str
    collector_id: int

    @property
    def subject(self) -> str:
        """What its case is about."""
        return f"vouchers/{self.county}/{self.voucher}/{self}"


#: Numbers of collectors' books that receipts bear, whether they count yet or not; written-off ones, too:
#: what was skipped below them is skipped.
_POINTS = """
    used AS (
        SELECT s.stretch_id, s.book_id, v.serial
        FROM voucher_stretches s JOIN paper_vouchers v USING (county, voucher, series)
        JOIN cash_receipts r ON r.receipt_id = v.receipt_id
        WHERE s.until_at IS NULL AND s.collector_id IS NOT NULL AND s.state IN ('held', 'written_off')
          AND v.serial BETWEEN s.first_serial AND s.last_serial AND r.state <> 'refused'
          AND s.division_code LIKE CAST(:division AS text) || '%'
          AND (CAST(:before AS timestamptz) IS NULL OR r.paid_at < :before)
    ), top AS (
        SELECT book_id, max(serial) AS highest FROM used GROUP BY book_id
    ), point AS (
        SELECT stretch_id, serial FROM used
        UNION ALL
        SELECT s.stretch_id, edge.serial FROM voucher_stretches s JOIN top USING (book_id)
        CROSS JOIN LATERAL (
            VALUES (s.first_serial - 1), (least(s.last_serial, top.highest) + 1)
        ) AS edge(serial)
        WHERE s.until_at IS NULL AND s.state = 'held' AND s.first_serial < top.highest
    ), jump AS (
        SELECT stretch_id, lag(serial) OVER (PARTITION BY stretch_id ORDER BY serial) AS before, serial
        FROM point
    )
"""
_GAPS = statement(f"""
    WITH {_POINTS}
    SELECT s.series, j.before + 1 AS first_serial, j.serial - 1 AS last_serial, s.county, s.voucher,
           s.division_code, s.collector_id
    FROM jump j JOIN voucher_stretches s USING (stretch_id)
    WHERE j.serial - j.before > 1 AND s.state = 'held'
    ORDER BY s.county, s.voucher, s.series, j.before
""")
_CASES = statement("SELECT subject FROM cases WHERE state = :state AND kind = :case_kind")


async def gaps(conn: AsyncConnection, division: str = "", before: datetime | None = None) -> list[Gap]:
    """Every skipped range of a division; with `before` by what was used until then."""
    return await fetch_as(conn, Gap, _GAPS, division=division, before=before)


async def told(conn: AsyncConnection, state: str) -> list[str]:
    """The subjects of cases about gaps that are open, or that were decided."""
    return await fetch_values(conn, str, _CASES, state=state, case_kind=VOUCHER_GAP.code)
