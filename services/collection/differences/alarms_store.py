"""SQL of days on which a channel took money and of which its file is not there."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.kinds import CaseState
from libs.common.db.rows import Records, any_of, execute, fetch_as, statement
from services.collection.files.rules import FileKind
from services.collection.tables import cases, channel_files


@dataclass(frozen=True, slots=True)
class Came:
    """A file that an alert waited for: when its first version came, and who sent it."""

    case_id: int
    county: str
    business_on: date
    came_at: datetime
    came_by: str


@dataclass(frozen=True, slots=True)
class Late:
    """What is known of a file that an alert waited for, by the names of its evidence."""

    case_id: int
    evidence: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class DayWithoutFile:
    """A day of a channel in a county, and what it told of that day."""

    county: str
    division_code: str
    channel: str
    business_on: date
    payments: int
    amount_fen: int


_KIND = any_of(channel_files.c.kind, "kinds")
# UnionPay's day begins at eleven in the evening.
_MISSING = statement(f"""
    WITH sent AS MATERIALIZED (
        SELECT county, channel, max(division_code) AS division_code, min(business_on) AS first_on,
               CASE WHEN bool_or(kind = 'unionpay_zm') THEN interval '1 hour' ELSE interval '0' END AS ahead
        FROM channel_files WHERE state = 'current' AND kind {_KIND} GROUP BY county, channel
    )
    SELECT s.county, s.division_code, s.channel, d.business_on, d.payments, d.amount_fen
    FROM sent s CROSS JOIN LATERAL (
        SELECT CAST((p.paid_at AT TIME ZONE 'Asia/Shanghai') + s.ahead AS date) AS business_on,
               count(*) AS payments, CAST(sum(p.amount_fen) AS bigint) AS amount_fen
        FROM payments p
        WHERE p.channel = s.channel AND p.county = s.county
          AND p.paid_at >= (CAST(greatest(s.first_on, CAST(:since AS date)) AS timestamp) - s.ahead)
                           AT TIME ZONE 'Asia/Shanghai'
          AND p.paid_at < (CAST(CAST(:until AS date) + 1 AS timestamp) - s.ahead) AT TIME ZONE 'Asia/Shanghai'
        GROUP BY 1
    ) d
    WHERE NOT EXISTS (
        SELECT FROM channel_files f
        WHERE f.state = 'current' AND f.county = s.county AND f.channel = s.channel AND f.kind {_KIND}
          AND f.business_on = d.business_on)
    ORDER BY s.county, s.channel, d.business_on
""")


_CAME = statement(f"""
    SELECT c.case_id, c.county, f.business_on, min(f.uploaded_at) AS came_at,
           (array_agg(f.uploaded_by ORDER BY f.uploaded_at, f.file_id))[1] AS came_by
    FROM cases c JOIN channel_files f
         ON f.county = c.county AND f.channel = c.evidence ->> 'channel' AND f.version IS NOT NULL
            AND f.business_on = CAST(c.evidence ->> 'business_on' AS date) AND f.kind {_KIND}
    WHERE c.state = '{CaseState.OPEN}' AND c.kind = :code GROUP BY c.case_id, f.business_on
""")
_LATE = Records(cases, "case_id", "evidence")
_NOTE = statement(f"""
    UPDATE cases SET evidence = cases.evidence || rows.evidence FROM {_LATE}
    WHERE cases.case_id = rows.case_id
""")


async def came(conn: AsyncConnection, kinds: Collection[FileKind], code: str) -> list[Came]:
    """Files that have come and that open alerts of a kind waited for."""
    return await fetch_as(conn, Came, _CAME, kinds=list(kinds), code=code)


async def note_late(conn: AsyncConnection, late: Collection[Late]) -> None:
    """Keep with alerts what is known of the files that they waited for."""
    await execute(conn, _NOTE, rows=list(late))


async def days_without_file(
    conn: AsyncConnection, kinds: Collection[FileKind], since: date, until: date
) -> list[DayWithoutFile]:
    """Days of channels that give files, from the first of them on, of which none counts."""
    return await fetch_as(conn, DayWithoutFile, _MISSING, kinds=list(kinds), since=since, until=until)
