"""SQL of enrollments: finding one, cancelling it, and completing many by payments and grants."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.outbox import Draft

_COLUMNS = """id, county, coverage_year, person_id, household_id, division_code, state, tier, add_ons,
    renewal, registered_at, revision, assessment_id, final_assessment_id, completed_at, paid_fen,
    benefit_from, benefit_to, cancelled_at, cancel_reason"""

_ONE = text(f"SELECT {_COLUMNS} FROM enrollments WHERE id = :id")
_OF_YEAR = text(f"""
    SELECT {_COLUMNS} FROM enrollments
    WHERE person_id = :person_id AND coverage_year = :year AND county = :county
""")
_OF_PERSON = text(f"SELECT {_COLUMNS} FROM enrollments WHERE person_id = :id ORDER BY coverage_year DESC, id")
_LOCK_ONE = text(f"SELECT {_COLUMNS} FROM enrollments WHERE id = :id FOR UPDATE")

_CANCEL = text("""
    UPDATE enrollments SET state = 'cancelled', cancelled_at = :at, cancel_reason = :reason WHERE id = :id
""")

_COMPLETED = text("""
    INSERT INTO completions AS c
        (kind, reference, county, coverage_year, enrollment_id, amount_fen, "window", completed_at)
    SELECT kind, reference, county, coverage_year, enrollment_id, amount_fen, pay_window, completed_at
    FROM unnest(CAST(:kinds AS text[]), CAST(:references AS text[]), CAST(:counties AS text[]),
                CAST(:years AS int[]), CAST(:enrollments AS bigint[]), CAST(:amounts AS bigint[]),
                CAST(:windows AS text[]), CAST(:instants AS timestamptz[]))
         AS n(kind, reference, county, coverage_year, enrollment_id, amount_fen, pay_window, completed_at)
    ORDER BY kind, reference
    ON CONFLICT (kind, reference) DO UPDATE
    SET enrollment_id = excluded.enrollment_id, amount_fen = excluded.amount_fen,
        "window" = excluded."window", completed_at = excluded.completed_at
""")

_UNDONE = text("""
    INSERT INTO completions AS c (kind, reference, county, coverage_year, undone_at)
    SELECT kind, reference, county, coverage_year, undone_at
    FROM unnest(CAST(:kinds AS text[]), CAST(:references AS text[]), CAST(:counties AS text[]),
                CAST(:years AS int[]), CAST(:instants AS timestamptz[]))
         AS n(kind, reference, county, coverage_year, undone_at)
    ORDER BY kind, reference
    ON CONFLICT (kind, reference) DO UPDATE SET undone_at = excluded.undone_at
    RETURNING enrollment_id
""")

_LOCK = text("SELECT id FROM enrollments WHERE id = ANY(CAST(:ids AS bigint[])) ORDER BY id FOR UPDATE")

# A payment counts whatever else was said, because money has come in; a grant does not undo a cancellation.
# Worked out from all completions each time, so that the order in which facts arrive does not matter.
_RECOUNT = text("""
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
        WHERE e.id = ANY(CAST(:ids AS bigint[]))
        GROUP BY e.id
    ), decided AS (
        SELECT id, state_before, completed_before, paid_fen,
               CASE WHEN paid_at IS NOT NULL THEN 'paid'
                    WHEN state_before = 'cancelled' THEN 'cancelled'
                    WHEN granted_at IS NOT NULL THEN 'exempt'
                    WHEN state_before IN ('paid', 'exempt') THEN 'assessed'
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

_SAME_HOUSEHOLD = text("""
    SELECT id FROM enrollments
    WHERE household_id = ANY(CAST(:households AS bigint[])) AND state IN ('registered', 'assessed')
      AND NOT id = ANY(CAST(:except AS bigint[]))
    ORDER BY id
""")


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


async def one(conn: AsyncConnection, enrollment_id: int) -> Row | None:
    """One enrollment."""
    return (await conn.execute(_ONE, {"id": enrollment_id})).one_or_none()


async def of_year(conn: AsyncConnection, person_id: int, county: str, year: int) -> Row | None:
    """The enrollment of a person for a year."""
    found = await conn.execute(_OF_YEAR, {"person_id": person_id, "county": county, "year": year})
    return found.one_or_none()


async def of_person(conn: AsyncConnection, person_id: int) -> Sequence[Row]:
    """All enrollments of a person, newest year first."""
    return (await conn.execute(_OF_PERSON, {"id": person_id})).all()


async def lock_one(conn: AsyncConnection, enrollment_id: int) -> Row | None:
    """One enrollment, locked to the end of the transaction."""
    return (await conn.execute(_LOCK_ONE, {"id": enrollment_id})).one_or_none()


async def cancel(conn: AsyncConnection, enrollment_id: int, reason: str, at: datetime) -> None:
    """Note the cancellation; publish it with `publish`."""
    await conn.execute(_CANCEL, {"id": enrollment_id, "reason": reason, "at": at})


async def publish(conn: AsyncConnection, drafts: Sequence[Draft]) -> None:
    """Append facts to the outbox."""
    await outbox.append(conn, drafts)


async def complete(conn: AsyncConnection, completions: Sequence[Completion]) -> None:
    """Note what completes enrollments."""
    await conn.execute(
        _COMPLETED,
        {
            "kinds": [c.kind for c in completions],
            "references": [c.reference for c in completions],
            "counties": [c.county for c in completions],
            "years": [c.coverage_year for c in completions],
            "enrollments": [c.enrollment_id for c in completions],
            "amounts": [c.amount_fen for c in completions],
            "windows": [c.window for c in completions],
            "instants": [c.completed_at for c in completions],
        },
    )


async def undo(conn: AsyncConnection, undoings: Sequence[Undoing]) -> list[int]:
    """Note what no longer completes enrollments; give the enrollments known to be touched."""
    found = await conn.execute(
        _UNDONE,
        {
            "kinds": [u.kind for u in undoings],
            "references": [u.reference for u in undoings],
            "counties": [u.county for u in undoings],
            "years": [u.coverage_year for u in undoings],
            "instants": [u.undone_at for u in undoings],
        },
    )
    return [enrollment_id for enrollment_id in found.scalars() if enrollment_id is not None]


async def lock(conn: AsyncConnection, ids: Sequence[int]) -> None:
    """Lock enrollments in the order of their ids."""
    await conn.execute(_LOCK, {"ids": list(ids)})


async def recount(conn: AsyncConnection, ids: Sequence[int]) -> Sequence[Any]:
    """Work out state and completion anew; give the enrollments for which that changed something."""
    return (await conn.execute(_RECOUNT, {"ids": list(ids)})).all()


async def same_household(
    conn: AsyncConnection, households: Sequence[int], besides: Sequence[int]
) -> list[int]:
    """Open enrollments of these households, without those given."""
    found = await conn.execute(_SAME_HOUSEHOLD, {"households": list(households), "except": list(besides)})
    return list(found.scalars())
