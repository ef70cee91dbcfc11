"""SQL of days of channels: what of ours belongs to each, and what differs between files and own payments.

A statement takes as many days of an account as there are.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, any_of, execute, fetch_as, fetch_value, statement
from services.collection.differences.rules import PAYMENTS, Account, Compared, Day, DayFile, Difference
from services.collection.files.rules import FileKind
from services.collection.tables import channel_files, payments

#: A day with more is none that was compared with its own channel; the first are shown.
MOST = 50_000


@dataclass(frozen=True, slots=True)
class _Known:
    business_on: date
    known: str


_KIND = any_of(channel_files.c.kind, "kinds")
_ACCOUNTS = statement(f"""
    SELECT DISTINCT county, channel FROM channel_files
    WHERE state = 'current' AND kind {_KIND} ORDER BY county, channel
""")
_FILES = statement(f"""
    SELECT county, division_code, channel, business_on, file_id, kind, row_count, named_count, compared_with,
           difference_count
    FROM channel_files
    WHERE state = 'current' AND county = :county AND channel = :channel AND kind {_KIND}
    ORDER BY business_on, file_id
""")
DAYS = Records(
    channel_files,
    *("business_on", "file_id"),
    alias="days",
    since=payments.c.paid_at,
    until=payments.c.paid_at,
    named=channel_files.c.named_count,
)
_BACK = "r.channel = :channel AND r.status = 'done' AND r.state <> 'ignored'"
_CURRENT = f"f.state = 'current' AND f.channel = :channel AND f.kind {_KIND}"
_BESIDE = f"{_CURRENT} AND f.business_on BETWEEN d.business_on - 1 AND d.business_on + 1"
#: What stands in a file of so many days later is late, and no more missing.
_LATEST = 31


def ours_of(payment: str) -> str:
    """Money of no known county is of all that share the channel, until a line of it was applied elsewhere."""
    return f"""
        ({payment}.county = :county OR {payment}.county IS NULL AND NOT EXISTS (
            SELECT FROM payment_lines l WHERE l.payment_id = {payment}.id AND l.county <> :county))
    """


def _year(payment: str) -> str:
    return f"""
        coalesce({payment}.coverage_year,
                 (SELECT min(l.coverage_year) FROM payment_lines l WHERE l.payment_id = {payment}.id))
    """


# All that a comparison of payments rests on, beside the file of the day itself; whose lines are, where the
# file says whose they should be.
_KNOWN = statement(f"""
    WITH failed AS MATERIALIZED (
        SELECT p.paid_at FROM returns r JOIN payments p USING (transaction_no, channel)
        WHERE {_BACK} AND r.kind = 'failed'
    )
    SELECT d.business_on, concat_ws(' ', own.payments, own.placed,
        (SELECT count(*) FROM failed WHERE paid_at >= d.since - interval '1 day'
             AND paid_at < d.until + interval '1 day'),
        (SELECT string_agg(CAST(f.file_id AS text), ',' ORDER BY f.file_id) FROM channel_files f
         WHERE {_BESIDE}),
        CASE WHEN d.named > 0 THEN (
            SELECT concat_ws('/', count(*), max(l.told_at))
            FROM payments o JOIN payment_lines l ON l.payment_id = o.id
            WHERE o.channel = :channel AND o.paid_at >= d.since - interval '1 day'
                  AND o.paid_at < d.until + interval '1 day') END) AS known
    FROM (SELECT * FROM {DAYS}) d CROSS JOIN LATERAL (
        SELECT count(*) AS payments,
               coalesce(sum(CASE WHEN o.county IS NULL THEN (
                   SELECT count(l.county) FROM payment_lines l WHERE l.payment_id = o.id) END), 0) AS placed
        FROM payments o WHERE o.channel = :channel AND o.paid_at >= d.since AND o.paid_at < d.until
             AND (o.county IS NULL OR o.county = :county)
    ) own
""")
_TAKEN = statement(f"""
    SELECT concat_ws('/', (SELECT count(*) FROM payments WHERE channel = :channel),
                     (SELECT max(f.file_id) FROM channel_files f WHERE {_CURRENT}))
""")
# What a channel calls paid may stand in the file of the day before or behind, or of another county that
# shares the channel; in the file of a later day it is late, or there twice. Of a payment that failed
# afterwards no file has to tell.
_PAYMENTS = statement(f"""
    WITH days AS MATERIALIZED (
        SELECT * FROM {DAYS}
    ), theirs AS MATERIALIZED (
        SELECT d.business_on, d.file_id, r.transaction_no, min(r.line) AS line, count(*) AS times,
               min(r.amount_fen) AS fen, min(d.since) AS since
        FROM days d JOIN channel_file_rows r USING (file_id) WHERE r.entry = 'payment' GROUP BY 1, 2, 3
    ), before AS MATERIALIZED (
        SELECT d.business_on, f.file_id FROM days d JOIN channel_files f ON {_BESIDE}
        WHERE f.county = :county AND f.business_on < d.business_on
    ), again AS MATERIALIZED (
        SELECT DISTINCT t.business_on, t.transaction_no FROM before b JOIN channel_file_rows r USING (file_id)
        JOIN theirs t ON t.transaction_no = r.transaction_no AND t.business_on = b.business_on
        WHERE r.entry = 'payment'
    ), failed AS MATERIALIZED (
        SELECT DISTINCT r.transaction_no FROM returns r WHERE {_BACK} AND r.kind = 'failed'
    ), missed AS MATERIALIZED (
        SELECT d.business_on, d.file_id, o.id, o.transaction_no, {_year("o")} AS coverage_year, o.amount_fen
        FROM days d
        JOIN payments o ON o.channel = :channel AND o.paid_at >= d.since AND o.paid_at < d.until
        LEFT JOIN theirs t ON t.transaction_no = o.transaction_no AND t.business_on = d.business_on
        LEFT JOIN failed x ON x.transaction_no = o.transaction_no
        WHERE t.line IS NULL AND x.transaction_no IS NULL AND {ours_of("o")}
    ), beside AS MATERIALIZED (
        SELECT d.business_on, f.file_id FROM (SELECT DISTINCT business_on FROM missed) d
        JOIN channel_files f ON {_CURRENT}
             AND f.business_on BETWEEN d.business_on - 1 AND d.business_on + {_LATEST}
    ), elsewhere AS MATERIALIZED (
        SELECT DISTINCT m.id FROM beside b JOIN channel_file_rows r USING (file_id)
        JOIN missed m ON m.transaction_no = r.transaction_no AND m.business_on = b.business_on
        WHERE r.entry = 'payment'
    ), differ AS MATERIALIZED (
        SELECT t.business_on, t.file_id,
               CASE WHEN p.id IS NULL THEN 'they_only'
                    WHEN t.times > 1 OR a.business_on IS NOT NULL THEN 'twice'
                    WHEN p.amount_fen <> t.fen THEN 'amount'
                    WHEN x.transaction_no IS NOT NULL THEN 'state' ELSE 'late' END AS kind,
               'payment' AS entry, t.transaction_no, t.line, t.fen AS theirs_fen, p.id AS payment_id,
               {_year("p")} AS coverage_year, p.amount_fen AS ours_fen
        FROM theirs t LEFT JOIN payments p ON p.transaction_no = t.transaction_no AND p.channel = :channel
        LEFT JOIN failed x ON x.transaction_no = t.transaction_no
        LEFT JOIN again a ON a.transaction_no = t.transaction_no AND a.business_on = t.business_on
        WHERE p.id IS NULL OR t.times > 1 OR p.amount_fen <> t.fen OR x.transaction_no IS NOT NULL
              OR a.business_on IS NOT NULL OR p.paid_at < t.since - interval '1 day'
        UNION ALL
        SELECT m.business_on, m.file_id, 'we_only', 'payment', m.transaction_no, NULL, NULL, m.id,
               m.coverage_year, m.amount_fen
        FROM missed m LEFT JOIN elsewhere e USING (id) WHERE e.id IS NULL
    ), own AS MATERIALIZED (
        SELECT DISTINCT x.business_on, x.transaction_no
        FROM differ x JOIN payments p ON p.id = x.payment_id
        JOIN channel_files f ON {_CURRENT} AND f.county = :county AND f.business_on < x.business_on
             AND f.business_on BETWEEN CAST(p.paid_at AT TIME ZONE 'Asia/Shanghai' AS date) - 1
                                   AND CAST(p.paid_at AT TIME ZONE 'Asia/Shanghai' AS date) + 1
        JOIN channel_file_rows r ON r.file_id = f.file_id AND r.transaction_no = x.transaction_no
        WHERE x.kind = 'late' AND r.entry = 'payment'
    ), numbered AS (
        SELECT *, row_number() OVER (PARTITION BY business_on ORDER BY transaction_no) AS no FROM differ
    )
    SELECT business_on, file_id, CASE WHEN own.transaction_no IS NULL THEN kind ELSE 'twice' END AS kind,
           entry, transaction_no, line, theirs_fen, payment_id, coverage_year, ours_fen
    FROM numbered LEFT JOIN own USING (business_on, transaction_no)
    WHERE no <= {MOST} ORDER BY business_on, transaction_no
""")
# What went back is compared by transaction, over all days: channels number and split it differently. A
# difference is of the last day of which a file tells of the transaction, else of the day of our last word.
# Ours of a day that has no file yet waits for it, unless the file beside it may have meant it.
_REFUNDS = statement(f"""
    WITH days AS MATERIALIZED (
        SELECT * FROM {DAYS}
    ), said AS MATERIALIZED (
        SELECT d.business_on, d.file_id, d.until, r.line, r.transaction_no, r.return_no, r.amount_fen, r.state
        FROM days d JOIN channel_file_rows r USING (file_id) WHERE r.entry = 'refund'
    ), here AS MATERIALIZED (
        SELECT DISTINCT ON (transaction_no) transaction_no, business_on, file_id, line, until
        FROM said ORDER BY transaction_no, business_on DESC, line
    ), theirs AS MATERIALIZED (
        SELECT transaction_no, sum(fen) FILTER (WHERE done) AS fen,
               coalesce(sum(fen) FILTER (WHERE pending AND NOT done), 0) AS coming, bool_or(twice) AS twice
        FROM (
            SELECT transaction_no, coalesce(return_no, file_id || '/' || line) AS number,
                   max(amount_fen) AS fen, bool_or(state = 'done') AS done,
                   bool_or(state = 'pending') AS pending, count(*) > count(DISTINCT file_id) AS twice
            FROM said GROUP BY 1, 2
        ) AS numbers GROUP BY 1
    ), ours AS MATERIALIZED (
        SELECT r.transaction_no, min(r.payment_id) AS payment_id, max(d.business_on) AS business_on,
               sum(coalesce(r.amount_fen, p.amount_fen)) FILTER (WHERE r.status = 'done') AS fen
        FROM returns r LEFT JOIN payments p ON p.id = r.payment_id
        LEFT JOIN here h ON h.transaction_no = r.transaction_no
        LEFT JOIN days d ON r.returned_at >= d.since AND r.returned_at < d.until
        WHERE r.channel = :channel AND r.state <> 'ignored' AND r.kind <> 'failed'
          AND (h.transaction_no IS NOT NULL OR {ours_of("p")} AND NOT EXISTS (
               SELECT FROM channel_file_rows x JOIN channel_files f USING (file_id)
               WHERE x.entry = 'refund' AND x.transaction_no = r.transaction_no AND f.state = 'current'
                 AND f.channel = :channel AND f.county <> :county))
          AND (d.file_id IS NOT NULL OR r.returned_at < h.until + interval '1 hour'
               OR EXISTS (SELECT FROM said s
                          WHERE s.transaction_no = r.transaction_no AND s.return_no = r.return_no))
        GROUP BY 1
    )
    SELECT d.business_on, d.file_id,
           CASE WHEN t.transaction_no IS NULL THEN 'we_only' WHEN o.transaction_no IS NULL THEN 'they_only'
                WHEN t.fen IS NULL OR o.fen IS NULL THEN 'state'
                WHEN o.fen BETWEEN t.fen AND t.fen + t.coming THEN 'twice' ELSE 'amount' END AS kind,
           'refund' AS entry, coalesce(t.transaction_no, o.transaction_no) AS transaction_no, h.line,
           CAST(t.fen AS bigint) AS theirs_fen, o.payment_id, {_year("p")} AS coverage_year,
           CAST(o.fen AS bigint) AS ours_fen
    FROM theirs t FULL JOIN ours o ON o.transaction_no = t.transaction_no
    LEFT JOIN here h ON h.transaction_no = t.transaction_no
    JOIN days d ON d.business_on = coalesce(h.business_on, o.business_on)
    LEFT JOIN payments p ON p.id = o.payment_id
    WHERE t.twice OR coalesce(o.fen, 0) < coalesce(t.fen, 0)
          OR coalesce(o.fen, 0) > coalesce(t.fen, 0) + coalesce(t.coming, 0)
    ORDER BY 1, transaction_no LIMIT {MOST}
""")
_NOTED = Records(channel_files, "file_id", "compared_with", "difference_count")
_COMPARED = statement(f"""
    UPDATE channel_files f
    SET compared_at = :compared_at, {_NOTED.changes("compared_with", "difference_count")}
    FROM {_NOTED} WHERE f.file_id = rows.file_id AND f.state = 'current'
""")


async def accounts(conn: AsyncConnection, kinds: Collection[FileKind]) -> list[Account]:
    """Every channel of a county of which a file counts."""
    return await fetch_as(conn, Account, _ACCOUNTS, kinds=list(kinds))


async def files_of(conn: AsyncConnection, account: Account, kinds: Collection[FileKind]) -> list[DayFile]:
    """The files of an account that count, day by day."""
    return await fetch_as(conn, DayFile, _FILES, kinds=list(kinds), **asdict(account))


async def known(conn: AsyncConnection, account: Account, days: Sequence[Day]) -> Mapping[date, str]:
    """On what a comparison of the payments of each day rests now; what does not change needs none."""
    rows = [row_of(day, day.file_ids[0]) for day in days]
    asked = {"kinds": list(PAYMENTS), **asdict(account)}
    found = await fetch_as(conn, _Known, _KNOWN, days=rows, **asked)
    return {one.business_on: one.known for one in found}


async def taken(conn: AsyncConnection, channel: str) -> str:
    """How much a channel ever told of: payments, and the newest of its files."""
    return await fetch_value(conn, str, _TAKEN, channel=channel, kinds=list(PAYMENTS)) or ""


async def payments_that_differ(
    conn: AsyncConnection, account: Account, days: Sequence[Day]
) -> list[Difference]:
    """How payments of the files of these days and our own differ."""
    rows = [row_of(day, day.paid_file_id) for day in days if day.paid_file_id is not None]
    asked = {"kinds": list(PAYMENTS), **asdict(account)}
    return await fetch_as(conn, Difference, _PAYMENTS, days=rows, **asked)


async def refunds_that_differ(
    conn: AsyncConnection, account: Account, days: Sequence[Day]
) -> list[Difference]:
    """How what went back by all files and by our own notifications differs; `days` are all of the account."""
    rows = [row_of(day, day.back_file_id) for day in days if day.back_file_id is not None]
    return await fetch_as(conn, Difference, _REFUNDS, days=rows, **asdict(account))


def row_of(day: Day, file_id: int | None) -> dict[str, date | datetime | int | None]:
    """A day as statements take it, with the file of it that they ask about."""
    return {
        "business_on": day.business_on,
        "file_id": file_id,
        "since": day.since,
        "until": day.until,
        "named": day.named_count,
    }


async def note_compared(conn: AsyncConnection, files: Sequence[Compared], now: datetime) -> None:
    """Note with what files were compared, and how many differences there are."""
    await execute(conn, _COMPARED, rows=files, compared_at=now)
