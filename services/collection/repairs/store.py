"""SQL of repaired years, and of the contributions that they are beside."""

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, fetch_as, statement
from services.collection.matching.rules import PersonYear
from services.collection.repairs.rules import RepairStanding
from services.collection.tables import payment_lines

_ASKED = Records(payment_lines, "person_id", "coverage_year", alias="asked")
_CONTRIBUTION = "l.add_on IS NULL AND l.part_of IS NULL AND l.repaired_year IS NULL"
#: Also what the placing of orders asks.
REPAIRS = f"""
    SELECT l.person_id, l.coverage_year, min(l.paid_at) FILTER (WHERE {_CONTRIBUTION}) AS paid_at,
           min(l.tier) FILTER (WHERE {_CONTRIBUTION}) AS tier,
           coalesce(array_agg(l.repaired_year ORDER BY l.repaired_year)
                    FILTER (WHERE l.repaired_year IS NOT NULL), '{{}}') AS repaired_years,
           max(l.paid_at) FILTER (WHERE l.repaired_year IS NOT NULL) AS repaired_at
    FROM {_ASKED}
    JOIN payment_lines l ON l.person_id = asked.person_id AND l.coverage_year = asked.coverage_year
     AND l.state = 'applied'
    GROUP BY 1, 2
"""
_REPAIRS = statement(REPAIRS)


async def standing(conn: AsyncConnection, people: Collection[PersonYear]) -> list[RepairStanding]:
    """How these persons' years stand."""
    if not people:
        return []
    return await fetch_as(conn, RepairStanding, _REPAIRS, asked=sorted(set(people)))
