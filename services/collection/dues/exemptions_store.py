"""SQL of help that covers a whole contribution: while it stands, nothing is owed."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, any_of, execute, fetch_as, statement
from services.collection.dues.rules import ExemptBefore
from services.collection.tables import dues, exemptions


@dataclass(frozen=True, slots=True)
class ToldOf:
    """An enrollment that another service tells of, perhaps before any assessment of it arrived."""

    enrollment_id: int
    person_id: int
    county: str
    coverage_year: int
    division_code: str


@dataclass(frozen=True, slots=True)
class Exemption:
    """A grant that completes an enrollment."""

    grant_id: int
    enrollment_id: int
    assessment_id: int
    granted_at: datetime


@dataclass(frozen=True, slots=True)
class EndedGrant:
    """A grant that was revoked; whether it had completed an enrollment is not said."""

    grant_id: int
    enrollment_id: int
    revoked_at: datetime


_TOLD = Records(dues, *ToldOf.__dataclass_fields__)
_KNOW = statement(f"""
    INSERT INTO dues ({_TOLD.names}, revision, schedule)
    SELECT DISTINCT ON (enrollment_id) {_TOLD.names}, 0, '[]'::jsonb FROM {_TOLD} ORDER BY enrollment_id
    ON CONFLICT DO NOTHING
""")
_GRANTED = Records(exemptions, *Exemption.__dataclass_fields__)
_GRANT = statement(f"""
    INSERT INTO exemptions ({_GRANTED.names})
    SELECT {_GRANTED.names} FROM {_GRANTED} ORDER BY grant_id
    ON CONFLICT (grant_id) DO UPDATE SET {_GRANTED.taken_over("granted_at", "assessment_id")}
""")
_ENDED = Records(exemptions, *EndedGrant.__dataclass_fields__)
_END = statement(f"""
    INSERT INTO exemptions ({_ENDED.names}) SELECT {_ENDED.names} FROM {_ENDED} ORDER BY grant_id
    ON CONFLICT (grant_id) DO UPDATE SET {_ENDED.taken_over("revoked_at")}
""")
_ENDED_BEFORE = statement(f"""
    SELECT enrollment_id, assessment_id, revoked_at AS until FROM exemptions
    WHERE enrollment_id {any_of(exemptions.c.enrollment_id, "ids")} AND assessment_id IS NOT NULL
      AND granted_at IS NOT NULL AND revoked_at IS NOT NULL
""")
_REFRESH = statement(f"""
    UPDATE dues d SET (exempt_at, exempt_assessment_id) = (
        SELECT e.granted_at, e.assessment_id FROM exemptions e
        WHERE e.enrollment_id = d.enrollment_id AND e.granted_at IS NOT NULL AND e.revoked_at IS NULL
        ORDER BY e.granted_at, e.grant_id LIMIT 1)
    WHERE d.enrollment_id {any_of(dues.c.enrollment_id, "ids")}
""")


@dataclass(frozen=True, slots=True)
class _Ended:
    enrollment_id: int
    assessment_id: int
    until: datetime


async def ended(conn: AsyncConnection, enrollment_ids: Sequence[int]) -> dict[int, list[ExemptBefore]]:
    """The exemptions of these enrollments that ended."""
    found: dict[int, list[ExemptBefore]] = defaultdict(list)
    if enrollment_ids:
        for one in await fetch_as(conn, _Ended, _ENDED_BEFORE, ids=list(enrollment_ids)):
            found[one.enrollment_id].append(ExemptBefore(one.assessment_id, one.until))
    return found


async def know(conn: AsyncConnection, told: Sequence[ToldOf]) -> None:
    """Make sure that there is a due of each enrollment; without an assessment it has revision 0."""
    await execute(conn, _KNOW, rows=told)


async def write(conn: AsyncConnection, granted: Sequence[Exemption], ended: Sequence[EndedGrant]) -> None:
    """Write grants that complete enrollments, and their ends, in whatever order they come."""
    await execute(conn, _GRANT, rows=granted)
    await execute(conn, _END, rows=ended)


async def refresh(conn: AsyncConnection, enrollment_ids: Sequence[int]) -> None:
    """Say of these dues anew whether they are exempt."""
    if enrollment_ids:
        await execute(conn, _REFRESH, ids=list(enrollment_ids))
