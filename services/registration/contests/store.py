"""SQL of contested enrollments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, any_of, execute, fetch_one_as, fetch_values, statement
from services.registration.tables import enrollments

_CONTESTS = Records(enrollments, "id", "contest_no", "contested", "upheld")
_NOTE = statement(f"""
    UPDATE enrollments e SET {_CONTESTS.changes("contest_no", "contested", "upheld")}
    FROM {_CONTESTS} WHERE e.id = rows.id
""")
_LOCK = statement("""
    SELECT id, person_id, county, coverage_year, household_id, tier, division_code, state, contest_no,
           contested, upheld, revision, benefit_from, benefit_to
    FROM enrollments WHERE id = :id FOR UPDATE
""")
_WITHDRAW = statement("""
    UPDATE enrollments
    SET state = 'withdrawn', withdrawn_at = :at, withdrawn_for = CAST(:causes AS text[]),
        was_complete_at = completed_at, withdrawn_revision = revision,
        known_at = greatest(known_at, registered_at, :at),
        benefit_from = CASE WHEN benefit_from < :ends_on THEN benefit_from END,
        benefit_to = CASE WHEN benefit_from < :ends_on THEN least(benefit_to, :ends_on - 1) END
    WHERE id = :id
""")
_WITHDRAW_HELP = statement("""
    UPDATE enrollments
    SET withdrawn_for = CAST(:causes AS text[]), was_complete_at = completed_at, withdrawn_revision = revision
    WHERE id = :id
""")
_REOPEN = statement("""
    UPDATE enrollments
    SET state = 'assessed', withdrawn_at = NULL, final_assessment_id = NULL, benefit_from = NULL,
        benefit_to = NULL, known_at = greatest(known_at, registered_at, CAST(:at AS timestamptz))
    WHERE id = :id
""")
_FORGET_WITHDRAWN = statement(f"""
    UPDATE enrollments SET withdrawn_for = NULL, withdrawn_revision = NULL
    WHERE id {any_of(enrollments.c.id, "ids")}
""")
_UNDO_GRANTS = statement("""
    UPDATE completions SET undone_at = :at
    WHERE enrollment_id = :id AND kind = 'grant' AND undone_at IS NULL
""")
_FORGET = statement(f"""
    UPDATE enrollments SET contest_no = contest_no + 1, contested = NULL, upheld = NULL
    WHERE id {any_of(enrollments.c.id, "ids")} AND (contested IS NOT NULL OR upheld IS NOT NULL)
    RETURNING id
""")


@dataclass(frozen=True, slots=True)
class ContestRow:
    """The doubt in one enrollment, to be written."""

    id: int
    contest_no: int
    contested: Sequence[str] | None
    upheld: Sequence[str] | None


@dataclass(frozen=True, slots=True)
class Contested:
    """An enrollment that an officer decides about."""

    id: int
    person_id: int
    county: str
    coverage_year: int
    household_id: int
    tier: int | None
    division_code: str
    state: str
    contest_no: int
    contested: Sequence[str] | None
    upheld: Sequence[str] | None
    revision: int
    benefit_from: date | None
    benefit_to: date | None


async def note(conn: AsyncConnection, rows: Sequence[ContestRow]) -> None:
    """Write where the doubt in enrollments stands."""
    await execute(conn, _NOTE, rows=rows)


async def lock(conn: AsyncConnection, enrollment_id: int) -> Contested | None:
    """An enrollment, held until the transaction ends."""
    return await fetch_one_as(conn, Contested, _LOCK, id=enrollment_id)


async def withdraw(
    conn: AsyncConnection, enrollment_id: int, *, ends_on: date, causes: Sequence[str], at: datetime
) -> None:
    """End the cover on a day: days before it stay covered."""
    await execute(conn, _WITHDRAW, id=enrollment_id, ends_on=ends_on, causes=list(causes), at=at)


async def withdraw_help(conn: AsyncConnection, enrollment_id: int, causes: Sequence[str]) -> None:
    """Note why help was withdrawn."""
    await execute(conn, _WITHDRAW_HELP, id=enrollment_id, causes=list(causes))


async def reopen(conn: AsyncConnection, enrollment_id: int, at: datetime) -> None:
    """Open what was withdrawn; what still completes it is to be counted anew."""
    await execute(conn, _REOPEN, id=enrollment_id, at=at)


async def forget_withdrawn(conn: AsyncConnection, ids: Sequence[int]) -> None:
    """Nothing of these enrollments stands withdrawn any more, or nothing of it is to come back."""
    await execute(conn, _FORGET_WITHDRAWN, ids=list(ids))


async def undo_grants(conn: AsyncConnection, enrollment_id: int, at: datetime) -> None:
    """Grants do not complete the enrollment any more; the service that made them takes them back."""
    await execute(conn, _UNDO_GRANTS, id=enrollment_id, at=at)


async def forget(conn: AsyncConnection, ids: Sequence[int]) -> list[int]:
    """Drop all doubts in enrollments that are not complete any more; give those that had some."""
    return await fetch_values(conn, int, _FORGET, ids=list(ids))
