"""SQL of the sums of days of channels: which days were compared since, and what is there of each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, any_of, execute, fetch_as, statement
from services.collection.daytotals.rules import LookedAt, Sums
from services.collection.files.rules import FileKind
from services.collection.tables import channel_day_totals, channel_files, payments

#: Days that are added up with one statement.
AT_ONCE = 500

# UnionPay's day begins an hour before midnight: its file tells of the day before, too.
_COMPARED = statement(f"""
    WITH compared AS (
        SELECT county, channel, day, max(compared_at) AS compared_at
        FROM channel_files, LATERAL (
            SELECT business_on AS day UNION ALL SELECT business_on - 1 WHERE kind = 'unionpay_zm'
        ) AS days
        WHERE state = 'current' AND compared_at IS NOT NULL AND kind {any_of(channel_files.c.kind, "kinds")}
        GROUP BY county, channel, day
    )
    SELECT c.county, c.channel, c.day AS business_on, c.compared_at, t.revision, t.taken_fen, t.payments,
           t.returned_fen, t.returns
    FROM compared c
    LEFT JOIN channel_day_totals t ON (t.county, t.channel, t.business_on) = (c.county, c.channel, c.day)
    WHERE t.compared_at IS NULL OR t.compared_at < c.compared_at
    ORDER BY c.county, c.channel, c.day LIMIT {AT_ONCE}
""")
_DAYS = Records(
    channel_day_totals,
    *("county", "channel", "business_on"),
    alias="days",
    since=payments.c.paid_at,
    until=payments.c.paid_at,
)
# Money of no known year lies in books of no county, and what an employees' fund owes is no channel's. A
# return without a sum was of all that was left: what went back of its lines, less what else went back.
_SUMS = statement(f"""
    WITH days AS MATERIALIZED (SELECT * FROM {_DAYS}), took AS (
        SELECT d.county, d.channel, d.business_on, sum(l.amount_fen)::bigint AS fen,
               count(DISTINCT p.id) AS payments
        FROM days d
        JOIN payments p ON p.channel = d.channel AND p.paid_at >= d.since AND p.paid_at < d.until
        JOIN payment_lines l ON l.payment_id = p.id
        WHERE p.employee_fund IS NULL AND l.county = d.county AND l.coverage_year IS NOT NULL
        GROUP BY 1, 2, 3
    ), back AS (
        SELECT d.county, d.channel, d.business_on, of.counties, coalesce(r.amount_fen, (
                   of.refunded_fen
                   - (SELECT coalesce(sum(o.amount_fen), 0) FROM returns o
                      WHERE o.payment_id = p.id AND o.state = 'booked')
                   - (SELECT coalesce(sum(c.amount_fen - c.excess_fen), 0) FROM refunds c
                      WHERE c.payment_id = p.id AND c.outcome = 'paid'))) AS fen
        FROM days d
        JOIN returns r ON r.channel = d.channel AND r.returned_at >= d.since AND r.returned_at < d.until
        JOIN payments p ON p.id = r.payment_id, LATERAL (
            SELECT count(DISTINCT (l.county, l.coverage_year IS NULL)) AS counties,
                   bool_or(l.county = d.county AND l.coverage_year IS NOT NULL) AS here,
                   sum(l.refunded_fen) AS refunded_fen
            FROM payment_lines l WHERE l.payment_id = p.id
        ) AS of
        WHERE r.state = 'booked' AND of.here AND p.employee_fund IS NULL
    ), gave AS (
        SELECT county, channel, business_on, count(*) AS returns,
               CASE WHEN max(counties) = 1 THEN sum(fen)::bigint END AS fen
        FROM back GROUP BY 1, 2, 3
    )
    SELECT county, channel, business_on, coalesce(took.fen, 0) AS taken_fen,
           coalesce(took.payments, 0) AS payments,
           CASE WHEN gave.returns IS NULL THEN 0 ELSE gave.fen END AS returned_fen,
           coalesce(gave.returns, 0) AS returns
    FROM days LEFT JOIN took USING (county, channel, business_on)
    LEFT JOIN gave USING (county, channel, business_on)
    ORDER BY county, channel, business_on
""")
_KEPT = Records(channel_day_totals)
_KEEP = statement(f"""
    INSERT INTO channel_day_totals ({_KEPT.names}) SELECT {_KEPT.names} FROM {_KEPT}
    ON CONFLICT (county, channel, business_on) DO UPDATE SET {
    _KEPT.taken_over(
        "revision", "taken_fen", "payments", "returned_fen", "returns", "compared_at", "totalled_at"
    )
}
""")


@dataclass(frozen=True, slots=True)
class DayWindow:
    """A day, from its first instant until the first of the next one."""

    county: str
    channel: str
    business_on: date
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Total:
    """What was told of a day, and by which comparison."""

    county: str
    channel: str
    business_on: date
    revision: int
    taken_fen: int
    payments: int
    returned_fen: int | None
    returns: int
    compared_at: datetime
    totalled_at: datetime


async def compared(conn: AsyncConnection, kinds: Collection[FileKind]) -> list[LookedAt]:
    """Days that were compared since they were added up, the first ones."""
    return await fetch_as(conn, LookedAt, _COMPARED, kinds=list(kinds))


async def sums(conn: AsyncConnection, days: Sequence[DayWindow]) -> list[Sums]:
    """What the channels of these days took and gave back."""
    return await fetch_as(conn, Sums, _SUMS, days=days)


async def keep(conn: AsyncConnection, totals: Sequence[Total]) -> None:
    """Keep what is told of days, and what was looked at again."""
    await execute(conn, _KEEP, rows=totals)
