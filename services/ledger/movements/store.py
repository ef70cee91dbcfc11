"""SQL of movements."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ledger.postings.rules import Place

_COLUMNS = """
    id, county, coverage_year, kind, channel, amount_fen, business_at, reference, reverses_id, request,
    recorded_by, recorded_at
"""
_BY_REFERENCE = text(f"SELECT {_COLUMNS} FROM movements WHERE county = :county AND reference = :reference")
_BY_ID = text(f"SELECT {_COLUMNS} FROM movements WHERE id = :id")
_REVERSAL = text("SELECT 1 FROM movements WHERE reverses_id = :id")
_ADD = text(f"""
    INSERT INTO movements
        (county, coverage_year, kind, channel, amount_fen, business_at, reference, reverses_id, request,
         recorded_by, recorded_at)
    VALUES
        (:county, :coverage_year, :kind, :channel, :amount_fen, :business_at, :reference, :reverses_id,
         :request, :recorded_by, :recorded_at)
    ON CONFLICT (county, reference) DO NOTHING
    RETURNING {_COLUMNS}
""")
_LIST = text(f"""
    SELECT {_COLUMNS} FROM movements
    WHERE county = :county AND coverage_year = :year AND id > :after ORDER BY id LIMIT :limit
""")


async def by_reference(conn: AsyncConnection, county: str, reference: str) -> RowMapping | None:
    """Give the movement that has this reference in this county, whatever its year."""
    found = await conn.execute(_BY_REFERENCE, {"county": county, "reference": reference})
    return found.mappings().first()


async def by_id(conn: AsyncConnection, movement_id: int) -> RowMapping | None:
    """Give one movement."""
    return (await conn.execute(_BY_ID, {"id": movement_id})).mappings().first()


async def is_reversed(conn: AsyncConnection, movement_id: int) -> bool:
    """Whether a movement was reversed already."""
    return (await conn.execute(_REVERSAL, {"id": movement_id})).first() is not None


async def add(conn: AsyncConnection, values: Mapping[str, Any]) -> RowMapping | None:
    """Write a movement; None when its reference was taken meanwhile."""
    return (await conn.execute(_ADD, values)).mappings().first()


async def page(conn: AsyncConnection, place: Place, after: int, limit: int) -> list[RowMapping]:
    """List movements of a county and year, oldest first, beginning after an id."""
    rows = await conn.execute(
        _LIST, {"county": place.county, "year": place.coverage_year, "after": after, "limit": limit}
    )
    return list(rows.mappings())
