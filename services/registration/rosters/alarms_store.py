"""SQL of which rosters have arrived."""

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import fetch_values, statement

_ARRIVED = statement(
    "SELECT DISTINCT status FROM rosters WHERE county = :county AND coverage_year = :coverage_year"
)


async def arrived(conn: AsyncConnection, county: str, coverage_year: int) -> set[str]:
    """The statuses of which a roster has come for a season."""
    return set(await fetch_values(conn, str, _ARRIVED, county=county, coverage_year=coverage_year))
