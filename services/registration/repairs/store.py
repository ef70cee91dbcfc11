"""SQL of repaired years."""

from collections.abc import Collection, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, any_of, execute, fetch_as, fetch_values, statement
from services.registration.repairs.rules import Repaired, RepairRow
from services.registration.tables import repairs

_ROW = Records(repairs, *RepairRow.__dataclass_fields__)
_LATER = "GREATEST(known.{0}, excluded.{0})"
# A line that was taken back may repair the year of another enrollment since: the last word counts.
_KEEP = statement(f"""
    INSERT INTO repairs AS known ({_ROW.names}) SELECT {_ROW.names} FROM {_ROW}
    ORDER BY payment_id, line_no, told_at NULLS FIRST
    ON CONFLICT (payment_id, line_no) DO UPDATE
    SET enrollment_id = CASE WHEN excluded.told_at >= coalesce(known.told_at, excluded.told_at)
                             THEN excluded.enrollment_id ELSE known.enrollment_id END,
        amount_fen = coalesce(excluded.amount_fen, known.amount_fen),
        paid_at = coalesce(excluded.paid_at, known.paid_at),
        told_at = {_LATER.format("told_at")}, gone_at = {_LATER.format("gone_at")}
""")
_LINES = Records(repairs, "payment_id", "line_no", alias="asked")
_CONCERNED = statement(f"""
    SELECT DISTINCT r.enrollment_id FROM {_LINES}
    JOIN repairs r ON r.payment_id = asked.payment_id AND r.line_no = asked.line_no
    JOIN enrollments e ON e.id = r.enrollment_id AND e.completed_at IS NOT NULL ORDER BY 1
""")
_OF_ENROLLMENTS = statement(f"""
    SELECT enrollment_id, repaired_year, paid_at, gone_at IS NULL OR told_at > gone_at AS counts
    FROM repairs WHERE enrollment_id {any_of(repairs.c.enrollment_id, "ids")}
    ORDER BY enrollment_id, paid_at, payment_id, line_no
""")


async def keep(conn: AsyncConnection, rows: Sequence[RepairRow]) -> list[int]:
    """Keep what is told of repaired years; give the complete enrollments that it is about.

    Of one line that it repairs a year is one row, and that its money went another.
    """
    for part in ([one for one in rows if one.gone_at is None], [one for one in rows if one.gone_at]):
        if part:
            await execute(conn, _KEEP, rows=part)
    lines = [{"payment_id": one.payment_id, "line_no": one.line_no} for one in rows]
    return await fetch_values(conn, int, _CONCERNED, asked=lines) if lines else []


async def of_enrollments(conn: AsyncConnection, ids: Collection[int]) -> dict[int, list[Repaired]]:
    """What was ever paid for lapsed years of these enrollments, the oldest payment first."""
    found: dict[int, list[Repaired]] = {}
    for one in await fetch_as(conn, Repaired, _OF_ENROLLMENTS, ids=sorted(ids)) if ids else ():
        found.setdefault(one.enrollment_id, []).append(one)
    return found
