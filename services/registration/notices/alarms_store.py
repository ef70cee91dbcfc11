"""SQL of which notices are worked by: an installation may hold others, too."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, fetch_as, statement
from services.registration.tables import enrollments

_SEASON = Records(enrollments, "county", "coverage_year")
# Asked for the first of an order, the index answers. Asked whether there is one, the planner expects to meet
# it soon wherever it begins, and reads all enrollments to learn that there is none.
_IN_USE = statement(f"""
    SELECT rows.county, rows.coverage_year FROM {_SEASON}
    WHERE (rows.county, rows.coverage_year) = (
              SELECT e.county, e.coverage_year FROM enrollments e
              WHERE (e.county, e.coverage_year) >= (rows.county, rows.coverage_year)
              ORDER BY e.county, e.coverage_year LIMIT 1)
       OR EXISTS (SELECT FROM survey_bases b
                  WHERE b.county = rows.county AND b.coverage_year = rows.coverage_year)
""")


@dataclass(frozen=True, slots=True)
class _Season:
    county: str
    coverage_year: int


async def in_use(conn: AsyncConnection, seasons: Collection[tuple[str, int]]) -> set[tuple[str, int]]:
    """Those of these seasons in which somebody is registered or surveyed."""
    asked = [_Season(county, year) for county, year in seasons]
    return {(one.county, one.coverage_year) for one in await fetch_as(conn, _Season, _IN_USE, rows=asked)}
