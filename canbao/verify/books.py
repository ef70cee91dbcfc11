"""Checks of numbered paper: whose it was when it was used, and whether the books add up."""

from dataclasses import dataclass

from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from libs.common.db.rows import statement


@dataclass(slots=True)
class _Number:
    voucher_no: str
    receipt_id: int


@dataclass(slots=True)
class _Holder:
    county: str
    voucher: str
    division_code: str
    collector_id: int | None
    by_moves: int
    by_stretches: int


@dataclass(slots=True)
class _Twice:
    county: str
    series: str
    first_serial: int
    last_serial: int


@dataclass(slots=True)
class _Writeoff:
    writeoff_id: int
    said: int
    used: int


#: Since a county keeps books, a number that counts was its collector's at the instant on the paper; what a
#: case let pass is told there.
_NUMBERS = statement("""
    WITH kept AS (
        SELECT county, voucher, min(entered_at) AS since FROM voucher_moves GROUP BY county, voucher
    )
    SELECT v.voucher_no, r.receipt_id
    FROM kept JOIN paper_vouchers v USING (county, voucher) JOIN cash_receipts r USING (receipt_id)
    WHERE r.state = 'passed' AND r.held_for IS NULL AND r.entered_at >= kept.since AND NOT EXISTS (
        SELECT 1 FROM voucher_stretches s
        WHERE s.county = v.county AND s.voucher = v.voucher AND s.series = v.series
          AND v.serial BETWEEN s.first_serial AND s.last_serial AND s.state = 'held'
          AND s.collector_id = r.collector_id AND s.from_at <= r.paid_at
          AND (s.until_at IS NULL OR s.until_at > r.paid_at)
    )
    ORDER BY r.receipt_id, v.voucher_no
""")
_HOLDERS = statement("""
    SELECT county, voucher, division_code, collector_id, sum(moved)::bigint AS by_moves,
           sum(there)::bigint AS by_stretches
    FROM (
        SELECT county, voucher, to_division_code AS division_code, to_collector_id AS collector_id,
               last_serial - first_serial + 1 AS moved, 0 AS there
        FROM voucher_moves WHERE to_state = 'held'
        UNION ALL
        SELECT county, voucher, from_division_code, from_collector_id, first_serial - last_serial - 1, 0
        FROM voucher_moves WHERE from_state = 'held'
        UNION ALL
        SELECT county, voucher, division_code, collector_id, 0, last_serial - first_serial + 1
        FROM voucher_stretches WHERE state = 'held' AND until_at IS NULL
    ) AS book
    GROUP BY county, voucher, division_code, collector_id HAVING sum(moved) <> sum(there)
    ORDER BY county, voucher, division_code, collector_id
""")
_TWICE = statement("""
    SELECT county, series, first_serial, last_serial FROM (
        SELECT county, voucher, series, first_serial, last_serial,
               lag(last_serial) OVER (PARTITION BY county, voucher, series ORDER BY first_serial) AS past
        FROM voucher_stretches WHERE until_at IS NULL
    ) AS now WHERE past >= first_serial
    ORDER BY county, series, first_serial
""")
_WRITEOFFS = statement("""
    SELECT w.writeoff_id, (w.used + w.void)::bigint AS said,
           (SELECT coalesce(sum(CASE WHEN m.from_state = 'held' THEN (
                SELECT count(*) FROM paper_vouchers v
                WHERE v.county = m.county AND v.voucher = m.voucher AND v.series = m.series
                  AND v.serial BETWEEN m.first_serial AND m.last_serial
            ) ELSE m.last_serial - m.first_serial + 1 END), 0)::bigint
            FROM voucher_moves m WHERE m.writeoff_id = w.writeoff_id) AS used
    FROM voucher_writeoffs w ORDER BY w.writeoff_id
""")
_COUNT = statement("SELECT (SELECT count(*) FROM paper_vouchers) + (SELECT count(*) FROM voucher_moves)")


async def add_up(sources: Sources, found: Findings) -> None:
    """Used paper was its collector's, no number is in two places, what is written off was used or void."""
    found.compared = await sources.number("collection", _COUNT)
    async for number in sources.stream("collection", _Number, _NUMBERS):
        which = f"voucher {number.voucher_no}"
        found.differs(which, f"stands on receipt {number.receipt_id}, whose collector did not hold it then")
    async for holder in sources.stream("collection", _Holder, _HOLDERS):
        who = f"collector {holder.collector_id}" if holder.collector_id else f"office {holder.division_code}"
        found.differs(
            f"{holder.voucher} of {who}",
            f"is {holder.by_moves} numbers by what happened, {holder.by_stretches} by who holds them",
        )
    async for one in sources.stream("collection", _Twice, _TWICE):
        found.differs(f"numbers {one.series}", f"from {one.first_serial} have two holders in {one.county}")
    async for done in sources.stream("collection", _Writeoff, _WRITEOFFS):
        if done.said != done.used:
            found.differs(
                f"write-off {done.writeoff_id}", f"is of {done.said} numbers, {done.used} were used or void"
            )
