"""SQL of the monthly account of paper: what each holder had, got, used and gave, and with which numbers."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import fetch_as, statement
from services.collection.books.rules import Numbers
from services.collection.books.store import Paper


@dataclass(frozen=True, slots=True)
class Account:
    """The paper of one holder in a month. `void` and `lost` are less what was taken back or found."""

    division_code: str
    collector_id: int | None
    title: str | None
    opening: int
    received: int
    used: int
    void: int
    lost: int
    returned: int
    given: int
    closing: int


@dataclass(frozen=True, slots=True)
class Part(Numbers):
    """Numbers of one holder: what became of them in the month, or `closing`."""

    division_code: str
    collector_id: int | None
    what: str


#: Numbers that count as used, with the stretch in which their collector held them then.
USED = """
    used AS (
        SELECT s.stretch_id, s.division_code, s.collector_id, v.series, v.serial, r.paid_at AS at
        FROM paper_vouchers v JOIN cash_receipts r USING (receipt_id)
        JOIN voucher_stretches s ON s.county = v.county AND s.voucher = v.voucher AND s.series = v.series
         AND v.serial BETWEEN s.first_serial AND s.last_serial AND s.state = 'held'
         AND s.collector_id = r.collector_id AND s.from_at <= r.paid_at
         AND (s.until_at IS NULL OR s.until_at > r.paid_at)
        WHERE v.county = :county AND v.voucher = :voucher AND r.state = 'passed' AND r.paid_at < :ends
          AND s.division_code LIKE CAST(:division AS text) || '%'
    )
"""
_MOVES = """
    moved AS (
        SELECT to_division_code AS division_code, to_collector_id AS collector_id, series, first_serial,
               last_serial, kind, at, 1 AS sign
        FROM voucher_moves
        WHERE county = :county AND voucher = :voucher AND at < :ends AND to_state = 'held'
          AND to_division_code LIKE CAST(:division AS text) || '%'
        UNION ALL
        SELECT from_division_code, from_collector_id, series, first_serial, last_serial, kind, at, -1
        FROM voucher_moves
        WHERE county = :county AND voucher = :voucher AND at < :ends AND from_state = 'held'
          AND kind <> 'written_off' AND from_division_code LIKE CAST(:division AS text) || '%'
    )
"""
_ACCOUNTS = statement(f"""
    WITH {USED}, {_MOVES}, flow AS (
        SELECT division_code, collector_id, kind, at, sign, last_serial - first_serial + 1 AS pieces
        FROM moved
        UNION ALL
        SELECT division_code, collector_id, 'used', at, -1, 1 FROM used
    ), summed AS (
        SELECT division_code, collector_id,
               coalesce(sum(sign * pieces) FILTER (WHERE at < :begins), 0)::bigint AS opening,
               coalesce(sum(pieces) FILTER (WHERE sign = 1 AND kind NOT IN ('found', 'restored')
                                            AND at >= :begins), 0)::bigint AS received,
               coalesce(sum(pieces) FILTER (WHERE kind = 'used' AND at >= :begins), 0)::bigint AS used,
               coalesce(sum(-sign * pieces) FILTER (WHERE kind IN ('void', 'restored') AND at >= :begins), 0
               )::bigint AS void,
               coalesce(sum(-sign * pieces) FILTER (WHERE kind IN ('lost', 'found') AND at >= :begins), 0
               )::bigint AS lost,
               coalesce(sum(pieces) FILTER (WHERE sign = -1 AND kind = 'returned' AND at >= :begins), 0
               )::bigint AS returned,
               coalesce(sum(pieces) FILTER (WHERE sign = -1 AND kind = 'handed_on' AND at >= :begins), 0
               )::bigint AS given,
               sum(sign * pieces)::bigint AS closing
        FROM flow GROUP BY division_code, collector_id
    )
    SELECT m.division_code, m.collector_id, c.title, m.opening, m.received, m.used, m.void, m.lost,
           m.returned, m.given, m.closing
    FROM summed m LEFT JOIN collectors c ON c.collector_id = m.collector_id
    ORDER BY m.division_code, m.collector_id NULLS FIRST
""")
_PARTS = statement(f"""
    WITH {USED}, {_MOVES}, islands AS (
        SELECT division_code, collector_id, series, serial,
               serial - row_number() OVER (PARTITION BY collector_id, series ORDER BY serial) AS island
        FROM used WHERE at >= :begins
    ), there AS (
        SELECT * FROM voucher_stretches
        WHERE county = :county AND voucher = :voucher AND state = 'held' AND from_at < :ends
          AND (until_at IS NULL OR until_at >= :ends)
          AND division_code LIKE CAST(:division AS text) || '%'
    ), point AS (
        SELECT there.stretch_id, used.serial FROM there JOIN used USING (series, collector_id)
        WHERE used.serial BETWEEN there.first_serial AND there.last_serial
        UNION ALL
        SELECT stretch_id, edge.serial FROM there
        CROSS JOIN LATERAL (VALUES (first_serial - 1), (last_serial + 1)) AS edge(serial)
    ), jump AS (
        SELECT stretch_id, lag(serial) OVER (PARTITION BY stretch_id ORDER BY serial) AS past, serial
        FROM point
    )
    SELECT division_code, collector_id, series, first_serial, last_serial,
           CASE WHEN sign = 1 AND kind NOT IN ('found', 'restored') THEN 'received' ELSE kind END AS what
    FROM moved WHERE at >= :begins
    UNION ALL
    SELECT division_code, collector_id, series, min(serial), max(serial), 'used'
    FROM islands GROUP BY division_code, collector_id, series, island
    UNION ALL
    SELECT t.division_code, t.collector_id, t.series, j.past + 1, j.serial - 1, 'closing'
    FROM jump j JOIN there t USING (stretch_id) WHERE j.serial - j.past > 1
    ORDER BY 6, 3, 4
""")


@dataclass(frozen=True, slots=True)
class Period:
    """From an instant until another, which is not in it."""

    begins: datetime
    ends: datetime


async def accounts(conn: AsyncConnection, paper: Paper, division: str, period: Period) -> list[Account]:
    """The account of each holder of a division."""
    return await fetch_as(conn, Account, _ACCOUNTS, **_of(paper, division, period))


async def parts(conn: AsyncConnection, paper: Paper, division: str, period: Period) -> list[Part]:
    """The numbers behind the accounts."""
    return await fetch_as(conn, Part, _PARTS, **_of(paper, division, period))


def _of(paper: Paper, division: str, period: Period) -> dict[str, object]:
    return {
        "county": paper.county,
        "voucher": paper.voucher,
        "division": division,
        "begins": period.begins,
        "ends": period.ends,
    }
