"""SQL of when channels told of a payment last."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import fetch_as, statement


@dataclass(frozen=True, slots=True)
class LastWord:
    """When a channel told of a payment for a season last."""

    channel: str
    last_at: datetime


_LAST = statement("""
    SELECT channel, max(received_at) AS last_at FROM payments
    WHERE county = :county AND coverage_year = :coverage_year GROUP BY channel ORDER BY channel
""")


async def last_words(conn: AsyncConnection, county: str, coverage_year: int) -> list[LastWord]:
    """Every channel that told of a payment for a season, with when it did so last."""
    return await fetch_as(conn, LastWord, _LAST, county=county, coverage_year=coverage_year)
