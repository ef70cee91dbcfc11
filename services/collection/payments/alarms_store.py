"""SQL of when channels told of a payment last."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, fetch_as, statement
from services.collection.tables import payments


@dataclass(frozen=True, slots=True)
class LastWord:
    """When a channel told of a payment for a season last."""

    county: str
    coverage_year: int
    channel: str
    last_at: datetime


_SEASONS = Records(payments, "county", "coverage_year", alias="seasons")
_LAST = statement(f"""
    SELECT county, coverage_year, channel, max(received_at) AS last_at
    FROM {_SEASONS} JOIN payments USING (county, coverage_year) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
""")


async def last_words(conn: AsyncConnection, seasons: Collection[tuple[str, int]]) -> list[LastWord]:
    """Every channel that told of a payment for these seasons, with when it did so last."""
    asked = [{"county": county, "coverage_year": year} for county, year in seasons]
    return await fetch_as(conn, LastWord, _LAST, seasons=asked)
