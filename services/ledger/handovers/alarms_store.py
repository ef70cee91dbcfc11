"""SQL of which handovers are sealed, and what time it is in a season that is replayed."""

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


_SEALED = statement("SELECT county, coverage_year, deadline_id FROM handovers")
# Reads the journal through; asked only where the clock is that of a replay.
_NEWEST = statement("SELECT max(business_at) FROM postings")


async def sealed(conn: AsyncConnection) -> list[Sealed]:
    """Every handover that is sealed."""
    return await fetch_as(conn, Sealed, _SEALED)


async def newest(conn: AsyncConnection) -> datetime | None:
    """The newest instant that the journal tells of."""
    return await fetch_value(conn, datetime, _NEWEST)
