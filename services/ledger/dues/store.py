"""SQL of due positions: one row per enrollment, locked while facts change it."""

from collections.abc import Collection, Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, execute, fetch, statement
from services.ledger.dues.rules import DuePosition
from services.ledger.postings.rules import Season
from services.ledger.tables import due_positions

_KEY = ("county", "coverage_year", "enrollment_id")
_ASKED = Records(due_positions, *_KEY, alias="asked")
_NOW = Records(due_positions, alias="now")
_STATE = tuple(name for name in _NOW.columns if name not in _KEY)
_ORDER = "p.county, p.coverage_year, p.enrollment_id"

# Missing rows are created first and then all rows are locked, both in the order of the key. Whoever waits in
# the first step holds only rows that it created itself, and nobody waits for those in the second step: so
# batches that overlap wait for each other, and never in a circle.
_CREATE = statement(f"""
    INSERT INTO due_positions ({_ASKED.names})
    SELECT {_ASKED.names} FROM {_ASKED} ORDER BY {_ASKED.names}
    ON CONFLICT DO NOTHING
""")
_LOCK = statement(f"""
    SELECT p.* FROM {_ASKED} JOIN due_positions p USING ({_ASKED.names})
    ORDER BY {_ORDER}
    FOR UPDATE OF p
""")
_CHANGE = statement(f"""
    UPDATE due_positions p SET {_NOW.changes(*_STATE)} FROM {_NOW}
    WHERE ({_ORDER}) = (now.county, now.coverage_year, now.enrollment_id)
""")


async def lock_positions(
    conn: AsyncConnection, keys: Collection[tuple[Season, int]]
) -> dict[tuple[Season, int], DuePosition]:
    """Lock the positions of these enrollments until the transaction ends, and give them."""
    asked = [_key(season, enrollment_id) for season, enrollment_id in keys]
    await execute(conn, _CREATE, asked=asked)
    rows = await fetch(conn, _LOCK, asked=asked)
    return {
        (Season(row["county"], row["coverage_year"]), row["enrollment_id"]): DuePosition(
            **{name: row[name] for name in _STATE}
        )
        for row in rows
    }


async def change_positions(
    conn: AsyncConnection, positions: Mapping[tuple[Season, int], DuePosition]
) -> None:
    """Write positions that are locked."""
    now = [
        _key(season, enrollment_id) | position._asdict()
        for (season, enrollment_id), position in positions.items()
    ]
    await execute(conn, _CHANGE, now=now)


def _key(season: Season, enrollment_id: int) -> dict[str, object]:
    return {**season._asdict(), "enrollment_id": enrollment_id}
