"""SQL of the list of imports, oldest or newest first."""

from dataclasses import asdict, dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import fetch_as, statement
from services.registration import tables
from services.registration.imports.store import COLUMNS, Import

_PAGE = f"""
    SELECT {COLUMNS} FROM imports
    WHERE division LIKE :division || '%' AND {{0}}
      AND (CAST(:state AS text) IS NULL OR state = :state)
      AND (CAST(:county AS text) IS NULL OR county = :county)
      AND (CAST(:coverage_year AS integer) IS NULL OR coverage_year = :coverage_year)
    ORDER BY {{1}} LIMIT :limit
"""
_OLDEST_FIRST = statement(_PAGE.format("id > :after", "id"), tables.imports.c.file_name)
_NEWEST_FIRST = statement(
    _PAGE.format("(CAST(:after AS bigint) = 0 OR id < :after)", "id DESC"), tables.imports.c.file_name
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which imports a list shows: those of a division, and what is narrowed down."""

    division: str
    state: str | None = None
    county: str | None = None
    coverage_year: int | None = None


async def page(
    conn: AsyncConnection, wanted: Wanted, after: int, limit: int, *, newest_first: bool = False
) -> list[Import]:
    """Imports in the order of their ids, or the other way round, behind the one that is `after`."""
    sql = _NEWEST_FIRST if newest_first else _OLDEST_FIRST
    return await fetch_as(conn, Import, sql, **asdict(wanted), after=after, limit=limit)
