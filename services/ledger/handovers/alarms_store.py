"""SQL of which books have anything to hand over, and what of it is sealed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import fetch_as, fetch_value, statement


@dataclass(frozen=True, slots=True)
class Sealed:
    """A handover that is sealed."""

    county: str
    coverage_year: int
    deadline_id: str


@dataclass(frozen=True, slots=True)
class Books:
    """A county and year in which money has moved."""

    county: str
    coverage_year: int


# The first posting of each book is found by the index; the journal is never read through.
_BOOKS = statement("""
    SELECT a.county, a.coverage_year FROM (
        SELECT * FROM json_to_recordset(CAST(:seasons AS json)) AS s(county text, coverage_year integer)
    ) AS a
    WHERE EXISTS (SELECT FROM postings p WHERE p.county = a.county AND p.coverage_year = a.coverage_year)
""")
_SEALED = statement("SELECT county, coverage_year, deadline_id FROM handovers")
_NEWEST = statement("SELECT max(business_at) FROM postings")


async def books(conn: AsyncConnection, seasons: list[dict[str, object]]) -> list[Books]:
    """Those of these seasons in which money has moved."""
    return await fetch_as(conn, Books, _BOOKS, seasons=seasons)


async def sealed(conn: AsyncConnection) -> list[Sealed]:
    """Every handover that is sealed."""
    return await fetch_as(conn, Sealed, _SEALED)


async def newest(conn: AsyncConnection) -> datetime | None:
    """The newest instant that the journal tells of."""
    return await fetch_value(conn, datetime, _NEWEST)
