"""SQL of due positions: one row per enrollment, locked while facts change it."""

from collections.abc import Collection, Mapping

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ledger.dues.rules import DuePosition
from services.ledger.postings.rules import Place

_ASKED = """
    unnest(CAST(:counties AS text[]), CAST(:years AS integer[]), CAST(:ids AS bigint[]))
      AS asked(county, coverage_year, enrollment_id)
"""
# Missing rows are created first and then all rows are locked, both in the order of the key. Whoever waits in
# the first step holds only rows that it created itself, and nobody waits for those in the second step: so
# batches that overlap wait for each other, and never in a circle.
_CREATE = text(f"""
    INSERT INTO due_positions (county, coverage_year, enrollment_id)
    SELECT county, coverage_year, enrollment_id FROM {_ASKED} ORDER BY 1, 2, 3
    ON CONFLICT DO NOTHING
""")
_LOCK = text(f"""
    SELECT p.county, p.coverage_year, p.enrollment_id,
           p.revision, p.due_fen, p.assessed_at, p.cancelled_at, p.paid_lines, p.paid_fen
    FROM {_ASKED} JOIN due_positions p USING (county, coverage_year, enrollment_id)
    ORDER BY p.county, p.coverage_year, p.enrollment_id
    FOR UPDATE OF p
""")
_CHANGE = text("""
    UPDATE due_positions p
    SET revision = now.revision, due_fen = now.due_fen, assessed_at = now.assessed_at,
        cancelled_at = now.cancelled_at, paid_lines = now.paid_lines, paid_fen = now.paid_fen
    FROM unnest(CAST(:counties AS text[]), CAST(:years AS integer[]), CAST(:ids AS bigint[]),
                CAST(:revisions AS integer[]), CAST(:dues AS bigint[]), CAST(:assessed AS timestamptz[]),
                CAST(:cancelled AS timestamptz[]), CAST(:lines AS integer[]), CAST(:paid AS bigint[]))
      AS now(county, coverage_year, enrollment_id,
             revision, due_fen, assessed_at, cancelled_at, paid_lines, paid_fen)
    WHERE (p.county, p.coverage_year, p.enrollment_id) = (now.county, now.coverage_year, now.enrollment_id)
""")


async def lock_positions(
    conn: AsyncConnection, keys: Collection[tuple[Place, int]]
) -> dict[tuple[Place, int], DuePosition]:
    """Lock the positions of these enrollments until the transaction ends, and give them."""
    asked = _keys(keys)
    await conn.execute(_CREATE, asked)
    rows = await conn.execute(_LOCK, asked)
    return {(Place(row[0], row[1]), row[2]): DuePosition(*row[3:]) for row in rows}


async def change_positions(conn: AsyncConnection, positions: Mapping[tuple[Place, int], DuePosition]) -> None:
    """Write positions that are locked."""
    values = positions.values()
    await conn.execute(
        _CHANGE,
        {
            **_keys(positions),
            "revisions": [position.revision for position in values],
            "dues": [position.due_fen for position in values],
            "assessed": [position.assessed_at for position in values],
            "cancelled": [position.cancelled_at for position in values],
            "lines": [position.paid_lines for position in values],
            "paid": [position.paid_fen for position in values],
        },
    )


def _keys(keys: Collection[tuple[Place, int]]) -> dict[str, list]:
    return {
        "counties": [place.county for place, _ in keys],
        "years": [place.coverage_year for place, _ in keys],
        "ids": [enrollment_id for _, enrollment_id in keys],
    }
