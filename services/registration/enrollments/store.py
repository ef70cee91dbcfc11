"""SQL of enrollments: finding one, changing those that exist, and completing many by payments and grants."""

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
    fetch_values,
    statement,
)
from services.registration.enrollments.rules import COMPLETE, OPEN
from services.registration.tables import completions as completions_table
from services.registration.tables import enrollments, households

_COLUMNS = """id, county, coverage_year, person_id, household_id, division_code, state, tier, add_ons,
    renewal, registered_at, revision, assessment_id, final_assessment_id, completed_at, paid_fen,
    benefit_from, benefit_to, cancelled_at, cancel_reason"""

_ONE = statement(f"SELECT {_COLUMNS} FROM enrollments WHERE id = :id")
_OF_YEAR = statement(f"""
    SELECT {_COLUMNS} FROM enrollments
    WHERE person_id = :person_id AND coverage_year = :coverage_year AND county = :county
""")
_OF_PERSON = statement(
    f"SELECT {_COLUMNS} FROM enrollments WHERE person_id = :id ORDER BY coverage_year DESC, id"
)
_LOCK_ONE = statement(f"SELECT {_COLUMNS} FROM enrollments WHERE id = :id FOR UPDATE")

_CANCEL = statement("""
    UPDATE enrollments SET state = 'cancelled', cancelled_at = :at, cancel_reason = :reason WHERE id = :id
""")

_CHANGED = Records(
    enrollments, "id", "tier", "add_ons", "state", "registered_at", "household_id", "division_code"
)
_UPDATE = statement(f"""
    UPDATE enrollments e
    SET {_CHANGED.changes("tier", "add_ons", "household_id", "division_code")},
        state = coalesce(rows.state, e.state), registered_at = coalesce(rows.registered_at, e.registered_at),
        cancelled_at = NULL, cancel_reason = NULL
    FROM {_CHANGED} WHERE e.id = rows.id
""")

# What is owed may hang on any fact and on the guardian; who is complete keeps the assessment of that instant.
_MOVE = statement(f"""
    WITH moved AS (
        UPDATE enrollments e SET division_code = h.division_code
        FROM households h
        WHERE h.id = e.household_id AND h.id {any_of(households.c.id, "households")}
          AND e.division_code <> h.division_code AND e.state IN {OPEN}
    )
    SELECT id FROM enrollments
    WHERE state IN {OPEN}
      AND (household_id {any_of(enrollments.c.household_id, "households")}
           OR county = :county AND person_id {any_of(enrollments.c.person_id, "people")})
""")

_COMPLETION = Records(
    completions_table,
    "kind",
    "reference",
    "county",
    "coverage_year",
    "enrollment_id",
    "amount_fen",
    "window",
    "completed_at",
)
_COMPLETED = statement(f"""
    INSERT INTO completions ({_COMPLETION.names}) SELECT {_COMPLETION.names} FROM {_COMPLETION}
    ORDER BY kind, reference
    ON CONFLICT (kind, reference) DO UPDATE
    SET {_COMPLETION.taken_over("enrollment_id", "amount_fen", "window", "completed_at")}
""")

_UNDOING = Records(completions_table, "kind", "reference", "county", "coverage_year", "undone_at")
_UNDONE = statement(f"""
    INSERT INTO completions ({_UNDOING.names}) SELECT {_UNDOING.names} FROM {_UNDOING}
    ORDER BY kind, reference
    ON CONFLICT (kind, reference) DO UPDATE SET {_UNDOING.taken_over("undone_at")}
    RETURNING enrollment_id
""")

_LOCK = statement(
    f"SELECT id FROM enrollments WHERE id {any_of(enrollments.c.id, 'ids')} ORDER BY id FOR UPDATE"
)

# The decision is that of `rules.state_after`; a test holds both together. Worked out from all completions
# each time, so that the order in which facts arrive does not matter.
_RECOUNT = statement(f"""
    WITH standing AS (
        SELECT e.id, e.state AS state_before, e.completed_at AS completed_before,
               (array_agg(c.completed_at ORDER BY c.completed_at, c.reference)
                    FILTER (WHERE c.kind = 'payment'))[1] AS paid_at,
               (array_agg(c.amount_fen ORDER BY c.completed_at, c.reference)
                    FILTER (WHERE c.kind = 'payment'))[1] AS paid_fen,
               min(c.completed_at) FILTER (WHERE c.kind = 'grant') AS granted_at
        FROM enrollments e
        LEFT JOIN completions c
               ON c.enrollment_id = e.id AND c.completed_at IS NOT NULL AND c.undone_at IS NULL
        WHERE e.id {any_of(enrollments.c.id, "ids")}
        GROUP BY e.id
    ), decided AS (
        SELECT id, state_before, completed_before, paid_fen,
               CASE WHEN paid_at IS NOT NULL THEN 'paid'
                    WHEN state_before = 'cancelled' THEN 'cancelled'
                    WHEN granted_at IS NOT NULL THEN 'exempt'
                    WHEN state_before IN {COMPLETE} THEN 'assessed'
                    ELSE state_before END AS state,
               coalesce(paid_at, CASE WHEN state_before <> 'cancelled' THEN granted_at END) AS completed_at
        FROM standing
    )
    UPDATE enrollments e
    SET state = d.state, completed_at = d.completed_at, paid_fen = d.paid_fen,
        final_assessment_id = NULL, benefit_from = NULL, benefit_to = NULL,
        cancelled_at = CASE WHEN d.state = 'cancelled' THEN e.cancelled_at END,
        cancel_reason = CASE WHEN d.state = 'cancelled' THEN e.cancel_reason END
    FROM decided d
    WHERE e.id = d.id
      AND (d.state, d.completed_at) IS DISTINCT FROM (d.state_before, d.completed_before)
    RETURNING e.id, e.state, e.completed_at, e.household_id, e.tier
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
    cancel_reason: str | None


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


@dataclass(frozen=True, slots=True)
class Completion:
    """A payment line or a grant that completes an enrollment."""

    kind: str
    reference: str
    county: str
    coverage_year: int
    enrollment_id: int
    amount_fen: int
    window: str | None
    completed_at: datetime


@dataclass(frozen=True, slots=True)
class Undoing:
    """A payment line that was refunded, or a grant that was revoked."""

    kind: str
    reference: str
    county: str
    coverage_year: int
    undone_at: datetime


@dataclass(frozen=True, slots=True)
class Recounted:
    """An enrollment whose state or completion changed."""

    id: int
    state: str
    completed_at: datetime | None
    household_id: int
    tier: int | None


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
    """All enrollments of a person, newest year first."""
    return await fetch_as(conn, Enrollment, _OF_PERSON, id=person_id)


async def lock_one(conn: AsyncConnection, enrollment_id: int) -> Enrollment | None:
    """One enrollment, locked to the end of the transaction."""
    return await fetch_one_as(conn, Enrollment, _LOCK_ONE, id=enrollment_id)


async def cancel(conn: AsyncConnection, enrollment_id: int, reason: str, at: datetime) -> None:
    """Note the cancellation."""
    await execute(conn, _CANCEL, id=enrollment_id, reason=reason, at=at)


async def update(conn: AsyncConnection, changed: Sequence[Changed]) -> None:
    """Write tier and add-ons of enrollments that exist, and open again those that were cancelled."""
    await execute(conn, _UPDATE, rows=sorted(changed, key=lambda enrollment: enrollment.id))


async def move_with_households(
    conn: AsyncConnection, county: str, people: Sequence[int], households: Sequence[int]
) -> list[int]:
    """Move open enrollments with their household, and give all open ones that a correction touches."""
    return await fetch_values(
        conn, int, _MOVE, county=county, people=list(people), households=list(households)
    )


async def complete(conn: AsyncConnection, completions: Sequence[Completion]) -> None:
    """Note what completes enrollments."""
    await execute(conn, _COMPLETED, rows=completions)


async def undo(conn: AsyncConnection, undoings: Sequence[Undoing]) -> list[int]:
    """Note what no longer completes enrollments; give the enrollments known to be touched."""
    found = await fetch_values(conn, int, _UNDONE, rows=undoings)
    return [enrollment_id for enrollment_id in found if enrollment_id]


async def lock(conn: AsyncConnection, ids: Sequence[int]) -> None:
    """Lock enrollments in the order of their ids."""
    await execute(conn, _LOCK, ids=list(ids))


async def recount(conn: AsyncConnection, ids: Sequence[int]) -> list[Recounted]:
    """Work out state and completion anew; give the enrollments for which that changed something."""
    return await fetch_as(conn, Recounted, _RECOUNT, ids=list(ids))


async def same_household(
    conn: AsyncConnection, households: Sequence[int], besides: Sequence[int]
) -> list[int]:
    """Open enrollments of these households, without those given."""
    return await fetch_values(conn, int, _SAME_HOUSEHOLD, households=list(households), besides=list(besides))
