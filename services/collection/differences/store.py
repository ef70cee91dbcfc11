"""SQL of days of channels: which have to be compared, and what differs between file and own payments."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.kinds import CaseState
from libs.common.db.rows import any_of, execute, fetch_as, fetch_one_as, statement
from services.collection.differences.rules import Day, Difference
from services.collection.files.rules import FileKind
from services.collection.tables import cases, channel_files

#: A day with more is none that was compared with its own channel; the first are shown.
_MOST = 50_000


@dataclass(frozen=True, slots=True)
class DayFile:
    """A file of a day that counts, and what it was compared with last."""

    file_id: int
    kind: FileKind
    compared_with: str | None
    difference_count: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A case about a difference that is open, or was decided."""

    kind: str
    subject: str
    state: str
    evidence: dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Own:
    """How much of ours belongs to a day; the last of ours at all, and of files of this day or beside it."""

    payment_count: int
    return_count: int
    newest_id: int
    newest_file_id: int


_KIND = any_of(channel_files.c.kind, "kinds")
_DAYS = statement(f"""
    SELECT DISTINCT county, division_code, channel, business_on FROM channel_files
    WHERE state = 'current' AND kind {_KIND} ORDER BY business_on, county, channel
""")
_FILES = statement(f"""
    SELECT file_id, kind, compared_with, difference_count FROM channel_files
    WHERE state = 'current' AND county = :county AND channel = :channel AND kind {_KIND}
      AND business_on = :business_on
    ORDER BY file_id
""")
_OURS = "channel = :channel AND paid_at >= :since AND paid_at < :until"
_BACK = "channel = :channel AND status = 'done' AND state <> 'ignored'"
_COUNT = statement(f"""
    SELECT (SELECT count(*) FROM payments WHERE {_OURS}) AS payment_count,
           (SELECT count(*) FROM returns
            WHERE channel = :channel AND returned_at >= :since AND returned_at < :until) AS return_count,
           greatest((SELECT max(id) FROM payments), (SELECT max(notification_id) FROM returns), 0)
           AS newest_id,
           (SELECT max(file_id) FROM channel_files
            WHERE state = 'current' AND county = :county AND channel = :channel AND kind {_KIND}
              AND business_on BETWEEN CAST(:business_on AS date) - 1 AND CAST(:business_on AS date) + 1
           ) AS newest_file_id
""")
# What a channel calls paid may stand in the file of the day before or behind; of a payment that failed
# afterwards no file has to tell.
_PAYMENTS = statement(f"""
    WITH theirs AS MATERIALIZED (
        SELECT transaction_no, min(line) AS line, count(*) AS times, min(amount_fen) AS fen
        FROM channel_file_rows WHERE file_id = :file_id AND entry = 'payment' GROUP BY 1
    ), failed AS MATERIALIZED (
        SELECT DISTINCT transaction_no FROM returns WHERE {_BACK} AND kind = 'failed'
    ), missed AS MATERIALIZED (
        SELECT o.id, o.transaction_no, o.coverage_year, o.amount_fen
        FROM payments o LEFT JOIN theirs t USING (transaction_no) LEFT JOIN failed x USING (transaction_no)
        WHERE {_OURS} AND (o.county IS NULL OR o.county = :county)
          AND t.line IS NULL AND x.transaction_no IS NULL
    ), elsewhere AS MATERIALIZED (
        SELECT DISTINCT r.transaction_no FROM channel_file_rows r
        JOIN channel_files f USING (file_id) JOIN missed m USING (transaction_no)
        WHERE f.state = 'current' AND f.county = :county AND f.channel = :channel AND f.kind {_KIND}
          AND f.business_on BETWEEN CAST(:business_on AS date) - 1 AND CAST(:business_on AS date) + 1
          AND r.entry = 'payment'
    )
    SELECT CASE WHEN p.id IS NULL THEN 'they_only' WHEN t.times > 1 THEN 'twice'
                WHEN p.amount_fen <> t.fen THEN 'amount' ELSE 'state' END AS kind,
           'payment' AS entry, t.transaction_no, t.line, t.fen AS theirs_fen, p.id AS payment_id,
           p.coverage_year, p.amount_fen AS ours_fen
    FROM theirs t LEFT JOIN payments p ON p.transaction_no = t.transaction_no AND p.channel = :channel
    LEFT JOIN failed x ON x.transaction_no = t.transaction_no
    WHERE p.id IS NULL OR t.times > 1 OR p.amount_fen <> t.fen OR x.transaction_no IS NOT NULL
    UNION ALL
    SELECT 'we_only', 'payment', m.transaction_no, NULL, NULL, m.id, m.coverage_year, m.amount_fen
    FROM missed m LEFT JOIN elsewhere e USING (transaction_no) WHERE e.transaction_no IS NULL
    ORDER BY transaction_no LIMIT {_MOST}
""")
# What went back is compared by transaction, over all days: channels number and split it differently.
_REFUNDS = statement(f"""
    WITH here AS MATERIALIZED (
        SELECT transaction_no, min(line) AS line FROM channel_file_rows
        WHERE file_id = :file_id AND entry = 'refund' GROUP BY 1
    ), asked AS MATERIALIZED (
        SELECT transaction_no FROM here
        UNION
        SELECT r.transaction_no FROM returns r LEFT JOIN payments p ON p.id = r.payment_id
        WHERE r.channel = :channel AND r.status = 'done' AND r.state <> 'ignored' AND r.kind <> 'failed'
          AND r.returned_at >= :since AND r.returned_at < :until AND (p.county IS NULL OR p.county = :county)
    ), theirs AS MATERIALIZED (
        SELECT transaction_no, sum(amount_fen) FILTER (WHERE state = 'done') AS fen,
               bool_or(state <> 'done') AS unfinished
        FROM (
            SELECT DISTINCT r.transaction_no, coalesce(r.return_no, r.file_id || '/' || r.line) AS return_no,
                   r.amount_fen, r.state
            FROM channel_file_rows r JOIN asked USING (transaction_no) JOIN channel_files f USING (file_id)
            WHERE r.entry = 'refund' AND f.state = 'current' AND f.county = :county
              AND f.channel = :channel AND f.kind {_KIND}
        ) AS said GROUP BY 1
    ), ours AS MATERIALIZED (
        SELECT r.transaction_no, min(r.payment_id) AS payment_id,
               sum(coalesce(r.amount_fen, p.amount_fen)) FILTER (WHERE r.status = 'done') AS fen
        FROM returns r JOIN asked USING (transaction_no) LEFT JOIN payments p ON p.id = r.payment_id
        WHERE r.channel = :channel AND r.state <> 'ignored' AND r.kind <> 'failed' GROUP BY 1
    )
    SELECT CASE WHEN t.transaction_no IS NULL THEN 'we_only' WHEN o.transaction_no IS NULL THEN 'they_only'
                WHEN t.fen IS NULL OR o.fen IS NULL THEN 'state' ELSE 'amount' END AS kind,
           'refund' AS entry, a.transaction_no, h.line, t.fen::bigint AS theirs_fen, o.payment_id,
           p.coverage_year, o.fen::bigint AS ours_fen
    FROM asked a LEFT JOIN here h USING (transaction_no) LEFT JOIN theirs t USING (transaction_no)
    LEFT JOIN ours o USING (transaction_no) LEFT JOIN payments p ON p.id = o.payment_id
    WHERE coalesce(t.fen, 0) <> coalesce(o.fen, 0)
    ORDER BY a.transaction_no LIMIT {_MOST}
""")
_STANDING = statement(f"""
    SELECT DISTINCT ON (kind, subject) kind, subject, state, evidence FROM cases
    WHERE kind {any_of(cases.c.kind, "kinds")} AND starts_with(subject, :about)
      AND state IN ('{CaseState.OPEN}', '{CaseState.DECIDED}')
    ORDER BY kind, subject, case_id DESC
""")
_COMPARED = statement("""
    UPDATE channel_files
    SET compared_at = :compared_at, compared_with = :compared_with, difference_count = :difference_count
    WHERE file_id = ANY(CAST(:file_ids AS bigint[])) AND state = 'current'
""")


async def days(conn: AsyncConnection, kinds: Collection[FileKind]) -> list[Day]:
    """Every day of a channel of which a file counts."""
    return await fetch_as(conn, Day, _DAYS, kinds=list(kinds))


async def files_of(conn: AsyncConnection, day: Day, kinds: Collection[FileKind]) -> list[DayFile]:
    """The files of a day that count."""
    asked = {"county": day.county, "channel": day.channel, "business_on": day.business_on}
    return await fetch_as(conn, DayFile, _FILES, kinds=list(kinds), **asked)


async def own(
    conn: AsyncConnection, day: Day, kinds: Collection[FileKind], window: tuple[datetime, datetime]
) -> Own:
    """How much of ours belongs to a day, and what came last."""
    place = {"county": day.county, "channel": day.channel, "business_on": day.business_on}
    since, until = window
    found = await fetch_one_as(conn, Own, _COUNT, kinds=list(kinds), since=since, until=until, **place)
    assert found is not None, "counts are always there"
    return found


async def payments_that_differ(
    conn: AsyncConnection,
    day: Day,
    file_id: int,
    kinds: Collection[FileKind],
    window: tuple[datetime, datetime],
) -> list[Difference]:
    """How payments of a file and our own differ."""
    return await fetch_as(conn, Difference, _PAYMENTS, **_asked(day, file_id, kinds, window))


async def refunds_that_differ(
    conn: AsyncConnection,
    day: Day,
    file_id: int,
    kinds: Collection[FileKind],
    window: tuple[datetime, datetime],
) -> list[Difference]:
    """How what went back by a file and by our own notifications differs."""
    asked = _asked(day, file_id, kinds, window)
    del asked["business_on"]
    return await fetch_as(conn, Difference, _REFUNDS, **asked)


def _asked(
    day: Day, file_id: int, kinds: Collection[FileKind], window: tuple[datetime, datetime]
) -> dict[str, object]:
    place: dict[str, object] = {
        "county": day.county,
        "channel": day.channel,
        "business_on": day.business_on,
    }
    return place | {"file_id": file_id, "kinds": list(kinds), "since": window[0], "until": window[1]}


async def standing(conn: AsyncConnection, kinds: Collection[str], about: str) -> list[Standing]:
    """Cases about differences of a day that are open or were decided, the newest of each."""
    return await fetch_as(conn, Standing, _STANDING, kinds=sorted(kinds), about=about)


async def note_compared(
    conn: AsyncConnection, file_ids: Sequence[int], now: datetime, compared_with: str, differ: int
) -> None:
    """Note with what files of a day were compared, and how many differences there are."""
    await execute(
        conn,
        _COMPARED,
        file_ids=list(file_ids),
        compared_at=now,
        compared_with=compared_with,
        difference_count=differ,
    )
