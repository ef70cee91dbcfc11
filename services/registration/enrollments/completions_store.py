"""SQL of what completes enrollments, many at once: payments and grants, each perhaps undone again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, any_of, execute, fetch_as, fetch_values, statement
from services.registration.enrollments.rules import COMPLETE
from services.registration.tables import completions as completions_table
from services.registration.tables import enrollments

_OF_DEAD = statement(f"""
    SELECT e.id FROM enrollments e WHERE e.id {any_of(enrollments.c.id, "ids")} AND EXISTS (
        SELECT FROM life_events l
        WHERE l.person_id = e.person_id AND l.kind = 'died' AND l.withdrawn_at IS NULL
    ) ORDER BY e.id
""")
_COMPLETION = Records(
    completions_table,
    "kind",
    "reference",
    "county",
    "coverage_year",
    "enrollment_id",
    "assessment_id",
    "amount_fen",
    "window",
    "completed_at",
)
# What a line completed before two records were merged may be told after what it completes since.
_COMPLETED = statement(f"""
    INSERT INTO completions ({_COMPLETION.names}) SELECT {_COMPLETION.names} FROM {_COMPLETION}
    ORDER BY kind, reference
    ON CONFLICT (kind, reference) DO UPDATE
    SET {_COMPLETION.taken_over("enrollment_id", "assessment_id", "amount_fen", "window", "completed_at")}
    WHERE NOT EXISTS (SELECT FROM enrollments m
                      WHERE m.id = excluded.enrollment_id AND m.merged_into IS NOT NULL)
""")

_UNDOING = Records(completions_table, "kind", "reference", "county", "coverage_year", "undone_at")
_UNDONE = statement(f"""
    INSERT INTO completions ({_UNDOING.names}) SELECT {_UNDOING.names} FROM {_UNDOING}
    ORDER BY kind, reference
    ON CONFLICT (kind, reference) DO UPDATE SET {_UNDOING.taken_over("undone_at")}
    RETURNING kind, reference, enrollment_id
""")

_CHOSEN = Records(completions_table, "kind", "reference", "enrollment_id", tier=enrollments.c.tier)
_CHOOSE = statement(f"""
    UPDATE enrollments e SET tier = rows.tier, tier_of_payment = true
    FROM {_CHOSEN}
    JOIN completions c ON c.kind = rows.kind AND c.reference = rows.reference AND c.undone_at IS NULL
    WHERE e.id = rows.enrollment_id AND e.tier IS NULL
""")

_FORGOTTEN = statement(f"""
    DELETE FROM completions
    WHERE kind IN ('payment', 'part') AND reference {any_of(completions_table.c.reference, "lines")}
      AND enrollment_id IS NOT NULL
    RETURNING kind, reference, enrollment_id
""")

_LOCK = statement(
    f"SELECT id FROM enrollments WHERE id {any_of(enrollments.c.id, 'ids')} ORDER BY id FOR UPDATE"
)

_OPEN_AGAIN = "d.completed_at IS NULL AND d.state <> 'withdrawn'"
# The decision is that of `rules.state_after`; a test holds both together. Worked out from all completions
# each time, so that the order in which facts arrive does not matter. An enrollment that ended because two
# records were one person stays so: its money goes to the one that stands, or back.
_TOLD = Records(enrollments, "id", "known_at")
_RECOUNT = statement(f"""
    WITH standing AS (
        SELECT e.id, e.state AS state_before, e.completed_at AS completed_before,
               e.paid_fen AS paid_before, e.tier AS tier_before, e.refunded AS refunded_before,
               max(rows.known_at) AS known_at,
               EXISTS (SELECT FROM completions u WHERE u.enrollment_id = e.id AND u.kind = 'payment'
                       AND u.completed_at IS NOT NULL AND u.undone_at IS NOT NULL) AS refunded,
               (array_agg(c.completed_at ORDER BY c.completed_at, c.reference)
                    FILTER (WHERE c.kind = 'payment'))[1] AS paid_at,
               (array_agg(c.amount_fen ORDER BY c.completed_at, c.reference)
                    FILTER (WHERE c.kind = 'payment'))[1]
                   + coalesce(sum(c.amount_fen) FILTER (WHERE c.kind = 'part' AND NOT EXISTS (
                         SELECT FROM completions u WHERE u.kind = 'payment' AND u.reference = c.reference
                         AND u.undone_at IS NOT NULL)), 0)::bigint AS paid_fen,
               min(c.completed_at) FILTER (WHERE c.kind = 'grant') AS granted_at,
               (array_agg(c.assessment_id ORDER BY c.kind = 'grant', c.completed_at, c.reference)
                    FILTER (WHERE c.kind <> 'part'))[1] AS assessment_id
        FROM {_TOLD} JOIN enrollments e ON e.id = rows.id
        LEFT JOIN completions c
               ON c.enrollment_id = e.id AND c.completed_at IS NOT NULL AND c.undone_at IS NULL
        GROUP BY e.id
    ), decided AS (
        SELECT id, state_before, completed_before, paid_before, paid_fen, assessment_id, known_at, refunded,
               refunded_before,
               CASE WHEN state_before = 'withdrawn' THEN 'withdrawn'
                    WHEN paid_at IS NOT NULL THEN 'paid'
                    WHEN state_before = 'cancelled' THEN 'cancelled'
                    WHEN granted_at IS NOT NULL THEN 'exempt'
                    WHEN state_before IN {COMPLETE} THEN 'assessed'
                    ELSE state_before END AS state,
               coalesce(paid_at, CASE WHEN state_before <> 'cancelled' THEN granted_at END) AS completed_at,
               tier_before
        FROM standing
    )
    UPDATE enrollments e
    SET state = d.state, completed_at = d.completed_at, paid_fen = d.paid_fen, refunded = d.refunded,
        known_at = greatest(e.known_at, e.registered_at, d.known_at),
        completion_assessment_id = d.assessment_id,
        final_assessment_id = CASE WHEN d.state = 'withdrawn' THEN e.final_assessment_id END,
        tier = CASE WHEN NOT (e.tier_of_payment AND {_OPEN_AGAIN}) THEN e.tier END,
        tier_of_payment = e.tier_of_payment AND NOT ({_OPEN_AGAIN}),
        benefit_from = CASE WHEN d.state = 'withdrawn' THEN e.benefit_from END,
        benefit_to = CASE WHEN d.state = 'withdrawn' THEN e.benefit_to END,
        cancelled_at = CASE WHEN d.state = 'cancelled' THEN e.cancelled_at END,
        cancel_reason = CASE WHEN d.state = 'cancelled' THEN e.cancel_reason END,
        cancel_note = CASE WHEN d.state = 'cancelled' THEN e.cancel_note END
    FROM decided d
    WHERE e.id = d.id AND e.merged_into IS NULL
      AND (d.state, d.completed_at, d.paid_fen, d.refunded)
          IS DISTINCT FROM (d.state_before, d.completed_before, d.paid_before, d.refunded_before)
    RETURNING e.id, e.state, e.completed_at, e.household_id, d.tier_before AS tier
""")


@dataclass(frozen=True, slots=True)
class Completion:
    """A payment line or a grant that completes an enrollment."""

    kind: str
    reference: str
    county: str
    coverage_year: int
    enrollment_id: int
    assessment_id: int
    amount_fen: int
    window: str | None
    completed_at: datetime
    #: The tier that was paid: where only an amount named it, it goes with that, and comes with the next.
    tier: int | None = None


@dataclass(frozen=True, slots=True)
class Undoing:
    """A payment line that was refunded, or a grant that was revoked."""

    kind: str
    reference: str
    county: str
    coverage_year: int
    undone_at: datetime


@dataclass(frozen=True, slots=True)
class Touched:
    """An enrollment that a line or a grant no longer completes."""

    kind: str
    reference: str
    enrollment_id: int


@dataclass(frozen=True, slots=True)
class Recounted:
    """An enrollment whose state or completion changed; `tier` is what it was before."""

    id: int
    state: str
    completed_at: datetime | None
    household_id: int
    tier: int | None


async def complete(conn: AsyncConnection, completions: Sequence[Completion]) -> None:
    """Note what completes enrollments."""
    await execute(conn, _COMPLETED, rows=completions)


async def choose_tiers(conn: AsyncConnection, completions: Sequence[Completion]) -> None:
    """Note the tiers of money that is still here, where none is chosen."""
    await execute(conn, _CHOOSE, rows=[one for one in completions if one.tier is not None])


async def forget_payments(conn: AsyncConnection, lines: Sequence[str]) -> list[Touched]:
    """Take away what lines completed that went back into suspense; give the enrollments touched."""
    return await fetch_as(conn, Touched, _FORGOTTEN, lines=lines)


async def undo(conn: AsyncConnection, undoings: Sequence[Undoing]) -> list[Touched]:
    """Note what no longer completes enrollments; give the enrollments known to be touched."""
    found = await fetch_as(conn, Touched, _UNDONE, rows=undoings)
    return [one for one in found if one.enrollment_id]


async def lock(conn: AsyncConnection, ids: Sequence[int]) -> None:
    """Lock enrollments in the order of their ids."""
    await execute(conn, _LOCK, ids=list(ids))


async def recount(conn: AsyncConnection, told_at: Mapping[int, datetime]) -> list[Recounted]:
    """Work out state and completion anew; give the enrollments for which that changed something.

    `told_at` says of each since when what changed is known.
    """
    rows = [{"id": enrollment_id, "known_at": at} for enrollment_id, at in sorted(told_at.items())]
    return await fetch_as(conn, Recounted, _RECOUNT, rows=rows)


async def of_dead(conn: AsyncConnection, ids: Sequence[int]) -> list[int]:
    """Which of these enrollments are of somebody who died."""
    return await fetch_values(conn, int, _OF_DEAD, ids=list(ids))
