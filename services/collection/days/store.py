"""SQL of days of channels: what files and our own payments say of each, what is asked, who closed it."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.kinds import CaseState
from libs.common.db.rows import Records, any_of, execute, fetch_as, fetch_values, statement
from services.collection.cases.channel_days import CHANNEL_FILE_MISSING, OF_DAYS
from services.collection.days.rules import Asked, Move, Settled
from services.collection.differences.rules import COMPARED
from services.collection.differences.store import ours_of
from services.collection.files.rules import FileKind
from services.collection.tables import cases, channel_day_moves, channel_files


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which days to look at; None is all."""

    county: str
    channel: str | None
    since: date
    until: date


@dataclass(frozen=True, slots=True)
class DayFile:
    """A file of a day that counts, with its sums."""

    division_code: str
    channel: str
    business_on: date
    file_id: int
    kind: FileKind
    version: int
    in_count: int
    in_fen: int
    out_count: int
    out_fen: int
    fee_fen: int
    difference_count: int | None
    came_at: datetime
    came_by: str


@dataclass(frozen=True, slots=True)
class OwnDay:
    """What we have of a day of a channel that gives files."""

    division_code: str
    channel: str
    business_on: date
    payments: int
    paid_fen: int
    refunds: int
    refunded_fen: int


@dataclass(frozen=True, slots=True)
class NotClosed:
    """A day that nobody closed: its file is there, or missing."""

    county: str
    division_code: str
    channel: str
    business_on: date


_KIND = any_of(channel_files.c.kind, "kinds")
_CHANNEL = "(CAST(:channel AS text) IS NULL OR channel = :channel)"
_FILES = statement(f"""
    SELECT division_code, channel, business_on, file_id, kind, version, in_count, in_fen, out_count, out_fen,
           fee_fen, difference_count,
           first.uploaded_at AS came_at, first.uploaded_by AS came_by
    FROM channel_files f CROSS JOIN LATERAL (
        SELECT o.uploaded_at, o.uploaded_by FROM channel_files o
        WHERE o.county = f.county AND o.channel = f.channel AND o.kind = f.kind
          AND o.business_on = f.business_on AND o.version IS NOT NULL
        ORDER BY o.uploaded_at, o.file_id LIMIT 1) first
    WHERE state = 'current' AND county = :county AND {_CHANNEL} AND kind {_KIND}
      AND business_on BETWEEN :since AND :until
    ORDER BY business_on, channel, file_id
""")
# Money of no known county is of all that share the channel, as it is where both sides are compared; of
# UnionPay a day begins at eleven in the evening. A payment that failed afterwards is none.
_OURS = statement(f"""
    WITH accounts AS MATERIALIZED (
        SELECT channel, max(division_code) AS division_code,
               CASE WHEN bool_or(kind = 'unionpay_zm') THEN interval '1 hour' ELSE interval '0' END AS ahead
        FROM channel_files
        WHERE state = 'current' AND county = :county AND {_CHANNEL} AND kind {_KIND} GROUP BY channel
    ), spans AS MATERIALIZED (
        SELECT *, (CAST(:since AS timestamp) - ahead) AT TIME ZONE 'Asia/Shanghai' AS begins,
               (CAST(CAST(:until AS date) + 1 AS timestamp) - ahead) AT TIME ZONE 'Asia/Shanghai' AS ends
        FROM accounts
    ), moved AS (
        SELECT s.channel, s.division_code, p.paid_at AS at, s.ahead, 1 AS payments, p.amount_fen AS paid_fen,
               0 AS refunds, CAST(0 AS bigint) AS refunded_fen
        FROM spans s JOIN payments p ON p.channel = s.channel AND p.paid_at >= s.begins AND p.paid_at < s.ends
        WHERE {ours_of("p")} AND NOT EXISTS (
            SELECT FROM returns x WHERE x.transaction_no = p.transaction_no AND x.channel = p.channel
              AND x.kind = 'failed' AND x.state = 'booked')
        UNION ALL
        SELECT s.channel, s.division_code, r.returned_at, s.ahead, 0, 0, 1,
               coalesce(r.amount_fen, p.amount_fen)
        FROM spans s JOIN returns r ON r.channel = s.channel AND r.returned_at >= s.begins
             AND r.returned_at < s.ends
        JOIN payments p ON p.id = r.payment_id
        WHERE r.status = 'done' AND r.state <> 'ignored' AND r.kind <> 'failed' AND {ours_of("p")}
    )
    SELECT division_code, channel, CAST((at AT TIME ZONE 'Asia/Shanghai') + ahead AS date) AS business_on,
           CAST(sum(payments) AS bigint) AS payments, CAST(sum(paid_fen) AS bigint) AS paid_fen,
           CAST(sum(refunds) AS bigint) AS refunds, CAST(sum(refunded_fen) AS bigint) AS refunded_fen
    FROM moved GROUP BY 1, 2, 3 ORDER BY 3, 2
""")
_OF_DAYS = f"""
    county = :county AND kind {any_of(cases.c.kind, "asked")}
    AND evidence ->> 'business_on' BETWEEN :first AND :last
    AND (CAST(:channel AS text) IS NULL OR evidence ->> 'channel' = :channel)
"""
_DAY = "evidence ->> 'channel' AS channel, CAST(evidence ->> 'business_on' AS date) AS business_on"
_ASKED = statement(f"""
    SELECT case_id, kind, {_DAY}, opened_at, amount_fen FROM cases
    WHERE state = '{CaseState.OPEN}' AND {_OF_DAYS} ORDER BY opened_at, case_id
""")
_SETTLED = statement(f"""
    SELECT kind, {_DAY}, count(*) FILTER (WHERE state = '{CaseState.DECIDED}') AS decided,
           count(*) FILTER (WHERE state = '{CaseState.CLOSED}') AS gone
    FROM cases WHERE state <> '{CaseState.OPEN}' AND {_OF_DAYS} GROUP BY 1, 2, 3
""")
_NEW = Records(channel_day_moves, *Move.__dataclass_fields__)
_MOVE = statement(f"INSERT INTO channel_day_moves ({_NEW.names}) SELECT {_NEW.names} FROM {_NEW}")
_MOVES = statement(f"""
    SELECT {_NEW.names} FROM channel_day_moves
    WHERE county = :county AND {_CHANNEL} AND business_on BETWEEN :since AND :until ORDER BY move_id
""")
# What is asked about money of a day may come of a statement of its account, weeks later.
_CLOSED_AND_ASKED = statement(f"""
    SELECT DISTINCT CAST(c.evidence ->> 'business_on' AS date) AS business_on FROM cases c
    WHERE c.state = '{CaseState.OPEN}' AND c.county = :county AND c.kind {any_of(cases.c.kind, "asked")}
      AND c.evidence ->> 'channel' = :channel
      AND (SELECT m.move FROM channel_day_moves m
           WHERE m.county = :county AND m.channel = :channel
             AND m.business_on = CAST(c.evidence ->> 'business_on' AS date)
           ORDER BY m.move_id DESC LIMIT 1) = 'closed'
""")
_NOT_CLOSED = statement(f"""
    SELECT DISTINCT f.county, f.division_code, f.channel, f.business_on FROM channel_files f
    WHERE f.state = 'current' AND f.county {any_of(channel_files.c.county, "counties")} AND f.kind {_KIND}
      AND f.business_on >= :since
      AND (SELECT m.move FROM channel_day_moves m
           WHERE m.county = f.county AND m.channel = f.channel AND m.business_on = f.business_on
           ORDER BY m.move_id DESC LIMIT 1) IS DISTINCT FROM 'closed'
    UNION
    SELECT c.county, c.division_code, c.evidence ->> 'channel', CAST(c.evidence ->> 'business_on' AS date)
    FROM cases c
    WHERE c.state = '{CaseState.OPEN}' AND c.kind = '{CHANNEL_FILE_MISSING.code}'
      AND c.county {any_of(cases.c.county, "counties")} AND c.evidence ->> 'business_on' >= :since_day
    ORDER BY county, channel, business_on
""")


async def files(conn: AsyncConnection, wanted: Wanted) -> list[DayFile]:
    """The files of these days that count."""
    return await fetch_as(conn, DayFile, _FILES, kinds=list(COMPARED), **asdict(wanted))


async def ours(conn: AsyncConnection, wanted: Wanted) -> list[OwnDay]:
    """What we have of days of channels that give files."""
    return await fetch_as(conn, OwnDay, _OURS, kinds=list(COMPARED), **asdict(wanted))


async def asked(conn: AsyncConnection, wanted: Wanted) -> list[Asked]:
    """Cases about these days that wait to be decided, the oldest first."""
    return await fetch_as(conn, Asked, _ASKED, **_about(wanted))


async def settled(conn: AsyncConnection, wanted: Wanted) -> list[Settled]:
    """How many cases about these days are not open any more, by kind and how they ended."""
    return await fetch_as(conn, Settled, _SETTLED, **_about(wanted))


def _about(wanted: Wanted) -> dict[str, object]:
    return {
        "county": wanted.county,
        "channel": wanted.channel,
        "asked": sorted(OF_DAYS),
        "first": wanted.since.isoformat(),
        "last": wanted.until.isoformat(),
    }


async def moves(conn: AsyncConnection, wanted: Wanted) -> list[Move]:
    """Who closed these days, and what opened them again, in its order."""
    return await fetch_as(conn, Move, _MOVES, **asdict(wanted))


async def move(conn: AsyncConnection, made: Sequence[Move]) -> None:
    """Keep that days were closed, or opened again."""
    if made:
        await execute(conn, _MOVE, rows=list(made))


async def closed_and_asked(conn: AsyncConnection, county: str, channel: str) -> list[date]:
    """Closed days about which something is asked now."""
    asked = {"county": county, "channel": channel, "asked": sorted(OF_DAYS)}
    return await fetch_values(conn, date, _CLOSED_AND_ASKED, **asked)


async def not_closed(conn: AsyncConnection, counties: Collection[str], since: date) -> list[NotClosed]:
    """Days from one on that nobody closed, of each channel in their order: of which a file is there, or of
    which an alert says that it is missing.
    """
    asked = {"counties": list(counties), "kinds": list(COMPARED), "since": since}
    asked["since_day"] = since.isoformat()
    return await fetch_as(conn, NotClosed, _NOT_CLOSED, **asked)
