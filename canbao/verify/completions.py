"""Checks that whoever is complete is so by a payment or a grant that stands, the same in every service."""

from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from canbao.verify.together import side_by_side
from libs.common.db.rows import statement


@dataclass(slots=True)
class _Unfounded:
    """An enrollment whose state is not what its payments and grants come to."""

    enrollment_id: int
    state: str
    completed_at: datetime | None
    paid_fen: int | None
    payments: int
    grants: int
    first_at: datetime | None
    standing_fen: int


@dataclass(slots=True)
class _Completed:
    """A payment line that makes an enrollment complete, as one service has it."""

    payment_id: int
    line_no: int
    enrollment_id: int


# Of several payments that count the earliest completes; the parts of a due that several paid go with it.
_UNFOUNDED = statement("""
    WITH standing AS (
        SELECT s.*, u.reference IS NULL AS counts FROM completions s
        LEFT JOIN (SELECT reference FROM completions WHERE kind = 'payment' AND undone_at IS NOT NULL) AS u
               ON u.reference = s.reference
        WHERE s.enrollment_id IS NOT NULL AND s.completed_at IS NOT NULL AND s.undone_at IS NULL
    ), counted AS (
        SELECT enrollment_id,
               count(*) FILTER (WHERE kind = 'payment') AS payments,
               count(*) FILTER (WHERE kind = 'grant') AS grants,
               min(completed_at) FILTER (WHERE kind = 'payment') AS paid_at,
               min(completed_at) FILTER (WHERE kind = 'grant') AS granted_at,
               coalesce((array_agg(amount_fen ORDER BY completed_at, reference)
                            FILTER (WHERE kind = 'payment'))[1], 0)
                   + coalesce(sum(amount_fen) FILTER (WHERE kind = 'part' AND counts), 0)::bigint AS fen
        FROM standing GROUP BY enrollment_id
    )
    SELECT e.id AS enrollment_id, e.state, e.completed_at, e.paid_fen, coalesce(c.payments, 0) AS payments,
           coalesce(c.grants, 0) AS grants, coalesce(c.paid_at, c.granted_at) AS first_at,
           coalesce(c.fen, 0) AS standing_fen
    FROM enrollments e LEFT JOIN counted c ON c.enrollment_id = e.id
    WHERE e.state <> 'withdrawn' AND NOT coalesce(CASE e.state
        WHEN 'paid' THEN e.completed_at = c.paid_at AND e.paid_fen = c.fen
        WHEN 'exempt' THEN c.paid_at IS NULL AND e.completed_at = c.granted_at
        WHEN 'cancelled' THEN c.paid_at IS NULL
        ELSE c.paid_at IS NULL AND c.granted_at IS NULL AND e.completed_at IS NULL END, false)
    ORDER BY e.id
""")
_COMPLETE = statement("SELECT count(*) FROM enrollments WHERE state IN ('paid', 'exempt')")
_COMPLETIONS = statement("""
    SELECT split_part(reference, '/', 1)::bigint AS payment_id,
           split_part(reference, '/', 2)::integer AS line_no, enrollment_id
    FROM completions WHERE kind = 'payment' AND completed_at IS NOT NULL AND undone_at IS NULL ORDER BY 1, 2
""")
_APPLIED = statement("""
    SELECT payment_id, line_no, enrollment_id FROM payment_lines
    WHERE state = 'applied' AND add_on IS NULL AND part_of IS NULL AND repaired_year IS NULL ORDER BY 1, 2
""")


async def stand(sources: Sources, found: Findings) -> None:
    """Every complete enrollment follows from its payments and grants, which collection applied as well."""
    found.compared = await sources.number("registration", _COMPLETE)
    async for row in sources.stream("registration", _Unfounded, _UNFOUNDED):
        found.differs(
            f"enrollment {row.enrollment_id}",
            f"is {row.state} since {row.completed_at} by {row.paid_fen} fen, but {row.payments} payments and "
            f"{row.grants} grants stand, since {row.first_at} over {row.standing_fen} fen",
        )
    completions = sources.stream("registration", _Completed, _COMPLETIONS)
    applied = sources.stream("collection", _Completed, _APPLIED)
    async for key, mine, theirs in side_by_side(completions, applied, attrgetter("payment_id", "line_no")):
        completes = mine.enrollment_id if mine else None
        pays = theirs.enrollment_id if theirs else None
        if completes != pays:
            wrong = f"completes enrollment {completes}, but collection applied it to {pays}"
            found.differs(f"payment {key[0]} line {key[1]}", wrong)
