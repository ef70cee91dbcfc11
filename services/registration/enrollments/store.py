"""SQL of enrollments: finding one, and changing those that exist."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import (
    Records,
    any_of,
    execute,
    fetch_as,
    fetch_one_as,
    fetch_value,
    fetch_values,
    statement,
    value_of,
)
from services.registration.enrollments.rules import ACTIVE, ENDED, OPEN, CancelReason
from services.registration.tables import enrollments, households

_COLUMNS = """id, county, coverage_year, person_id, household_id, division_code, state, tier, add_ons,
    renewal, registered_at, revision, assessment_id, final_assessment_id, completed_at, paid_fen,
    benefit_from, benefit_to, cancelled_at, cancel_reason, cancel_note, contested, withdrawn_at,
    merged_into"""

_NOTE = enrollments.c.cancel_note
_ONE = statement(f"SELECT {_COLUMNS} FROM enrollments WHERE id = :id", _NOTE)
_OF_YEAR = statement(
    f"""
    SELECT {_COLUMNS} FROM enrollments
    WHERE person_id = :person_id AND coverage_year = :coverage_year AND county = :county
""",
    _NOTE,
)
_OF_PERSON = statement(
    f"""
    SELECT {_COLUMNS} FROM enrollments
    WHERE person_id = :id OR person_id IN (SELECT id FROM persons WHERE merged_into = :id)
    ORDER BY coverage_year DESC, merged_into NULLS FIRST, id
""",
    _NOTE,
)
_LOCK_ONE = statement(f"SELECT {_COLUMNS} FROM enrollments WHERE id = :id FOR UPDATE", _NOTE)

_CANCEL = statement(f"""
    UPDATE enrollments
    SET state = 'cancelled', cancelled_at = :at, cancel_reason = :reason,
        cancel_note = {value_of(_NOTE, "note")}, revision = revision + 1,
        known_at = greatest(known_at, registered_at, :at)
    WHERE id = :id RETURNING revision
""")

_REOPEN = statement("""
    UPDATE enrollments
    SET state = 'assessed', cancelled_at = NULL, cancel_reason = NULL,
        known_at = greatest(known_at, registered_at, :at)
    WHERE person_id = :person_id AND state = 'cancelled' AND cancel_reason = :reason
""")

# A cover that an officer ended comes back by a decision while its money is here.
_REOPENS = f"""e.state IN {ENDED} AND rows.state IS NOT NULL
    AND NOT (e.state = 'withdrawn' AND e.paid_fen IS NOT NULL)"""
_CHANGED = Records(
    enrollments, "id", "tier", "add_ons", "state", "registered_at", "household_id", "division_code"
)
# Only what had ended is opened again: money may have come since the row was looked at.
_UPDATE = statement(f"""
    UPDATE enrollments e
    SET {_CHANGED.changes("tier", "add_ons", "household_id", "division_code")},
        tier_of_payment = e.tier_of_payment AND rows.tier IS NOT DISTINCT FROM e.tier,
        state = CASE WHEN {_REOPENS} THEN rows.state ELSE e.state END,
        known_at = CASE WHEN ({_REOPENS}) OR e.division_code <> rows.division_code
                        THEN greatest(e.known_at, e.registered_at, CAST(:at AS timestamptz))
                        ELSE e.known_at END,
        registered_at = CASE WHEN {_REOPENS} THEN rows.registered_at ELSE e.registered_at END,
        cancelled_at = CASE WHEN NOT ({_REOPENS}) THEN e.cancelled_at END,
        cancel_reason = CASE WHEN NOT ({_REOPENS}) THEN e.cancel_reason END,
        cancel_note = CASE WHEN NOT ({_REOPENS}) THEN e.cancel_note END,
        withdrawn_at = CASE WHEN NOT ({_REOPENS}) THEN e.withdrawn_at END,
        withdrawn_for = CASE WHEN NOT ({_REOPENS}) THEN e.withdrawn_for END
    FROM {_CHANGED} WHERE e.id = rows.id
""")

# What is owed may hang on any fact and on the guardian; who is complete keeps the assessment of that instant.
_MOVE = statement(f"""
    WITH moved AS (
        UPDATE enrollments e
        SET division_code = h.division_code,
            known_at = greatest(e.known_at, e.registered_at, CAST(:at AS timestamptz))
        FROM households h
        WHERE h.id = e.household_id AND h.id {any_of(households.c.id, "households")}
          AND e.division_code <> h.division_code AND e.state IN {OPEN}
    )
    SELECT id FROM enrollments
    WHERE state IN {OPEN} AND household_id {any_of(enrollments.c.household_id, "households")}
       OR state IN {ACTIVE} AND county = :county AND person_id {any_of(enrollments.c.person_id, "people")}
""")

_SAME_HOUSEHOLD = statement(f"""
    SELECT id FROM enrollments
    WHERE household_id {any_of(enrollments.c.household_id, "households")} AND state IN {OPEN}
      AND NOT id {any_of(enrollments.c.id, "besides")}
    ORDER BY id
""")


@dataclass(frozen=True, slots=True)
class Enrollment:
    """An enrollment on record."""

    id: int
    county: str
    coverage_year: int
    person_id: int
    household_id: int
    division_code: str
    state: str
    tier: int | None
    add_ons: list[str]
    renewal: bool
    registered_at: datetime
    revision: int
    assessment_id: int | None
    final_assessment_id: int | None
    completed_at: datetime | None
    paid_fen: int | None
    benefit_from: date | None
    benefit_to: date | None
    cancelled_at: datetime | None
    cancel_reason: CancelReason | None
    cancel_note: str | None
    contested: list[str] | None
    withdrawn_at: datetime | None
    merged_into: int | None


@dataclass(frozen=True, slots=True)
class Changed:
    """An enrollment with its tier and add-ons; `state` and `registered_at` of None stay."""

    id: int
    tier: int | None
    add_ons: tuple[str, ...]
    state: str | None
    registered_at: datetime | None
    household_id: int
    division_code: str


async def one(conn: AsyncConnection, enrollment_id: int) -> Enrollment | None:
    """One enrollment."""
    return await fetch_one_as(conn, Enrollment, _ONE, id=enrollment_id)


async def of_year(
    conn: AsyncConnection, person_id: int, county: str, coverage_year: int
) -> Enrollment | None:
    """The enrollment of a person for a year."""
    return await fetch_one_as(
        conn, Enrollment, _OF_YEAR, person_id=person_id, county=county, coverage_year=coverage_year
    )


async def of_person(conn: AsyncConnection, person_id: int) -> list[Enrollment]:
    """All enrollments of a person, those of merged records too, newest year first."""
    return await fetch_as(conn, Enrollment, _OF_PERSON, id=person_id)


async def lock_one(conn: AsyncConnection, enrollment_id: int) -> Enrollment | None:
    """One enrollment, locked to the end of the transaction."""
    return await fetch_one_as(conn, Enrollment, _LOCK_ONE, id=enrollment_id)


async def cancel(
    conn: AsyncConnection, enrollment_id: int, reason: CancelReason, note: str | None, at: datetime
) -> int:
    """Note the cancellation; give its revision, which lies between those of assessments."""
    revision = await fetch_value(conn, int, _CANCEL, id=enrollment_id, reason=reason, note=note, at=at)
    assert revision is not None, "enrollments are never deleted"
    return revision


async def reopen_cancelled(conn: AsyncConnection, person_id: int, reason: CancelReason, at: datetime) -> None:
    """Open again what was cancelled for this reason only."""
    await execute(conn, _REOPEN, person_id=person_id, reason=reason, at=at)


async def update(conn: AsyncConnection, changed: Sequence[Changed], at: datetime) -> None:
    """Write tier and add-ons of enrollments that exist, and open again those that were cancelled."""
    await execute(conn, _UPDATE, rows=sorted(changed, key=lambda enrollment: enrollment.id), at=at)


async def move_with_households(
    conn: AsyncConnection, county: str, people: Sequence[int], households: Sequence[int], at: datetime
) -> list[int]:
    """Move open enrollments with their household, and give all open ones that a correction touches."""
    return await fetch_values(
        conn, int, _MOVE, county=county, people=list(people), households=list(households), at=at
    )


async def same_household(
    conn: AsyncConnection, households: Sequence[int], besides: Sequence[int]
) -> list[int]:
    """Open enrollments of these households, without those given."""
    return await fetch_values(conn, int, _SAME_HOUSEHOLD, households=list(households), besides=list(besides))
