"""SQL of orders for somebody that were refused."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import fetch_as, statement
from services.collection.persons.rules import Asked


@dataclass(frozen=True, slots=True)
class RefusalOfPerson:
    """An order that was refused; `about_person`: the person stood in its way, not another one in it."""

    refusal_id: int
    county: str
    coverage_year: int
    channel: str
    refused_at: datetime
    refused_by: str
    refusal: str
    about_person: bool


_REFUSED = statement("""
    SELECT refusal_id, county, coverage_year, channel, refused_at, refused_by, refusal, about_person
    FROM refused_orders
    WHERE person_id = :person_id AND refusal_id < :before
      AND (CAST(:coverage_year AS integer) IS NULL OR coverage_year = :coverage_year)
      AND (CAST(:division AS text) = '' OR division_code BETWEEN :lowest AND :highest)
    ORDER BY refusal_id DESC LIMIT :limit
""")


async def refused_to(conn: AsyncConnection, asked: Asked, before: int, limit: int) -> list[RefusalOfPerson]:
    """The refusals before one, the newest first."""
    return await fetch_as(conn, RefusalOfPerson, _REFUSED, **asked.members, before=before, limit=limit)
