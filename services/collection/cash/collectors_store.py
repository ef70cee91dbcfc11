"""SQL of collectors: the places where money is taken by hand, and what each has in hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import (
    Records,
    any_of,
    fetch_as,
    fetch_one_as,
    fetch_value,
    statement,
)
from services.collection.tables import (
    collectors,
)


@dataclass(frozen=True, slots=True)
class NewCollector:
    """A place where money is taken by hand."""

    county: str
    division_code: str
    channel: str
    title: str
    registered_by: str
    registered_at: datetime


@dataclass(frozen=True, slots=True)
class Collector(NewCollector):
    """One that is on record."""

    collector_id: int


@dataclass(frozen=True, slots=True)
class CountyOf:
    """Where a collector is."""

    collector_id: int
    county: str


@dataclass(frozen=True, slots=True)
class InHand:
    """Money of one collector and year that is in hand, by the day on which it is due."""

    collector_id: int
    coverage_year: int
    due_on: date | None
    held: bool
    receipts: int
    amount_fen: int
    oldest_paid_at: datetime
    year_unknown: int | None


_NEW = Records(collectors, *NewCollector.__dataclass_fields__)
_REGISTER = statement(f"""
    INSERT INTO collectors ({_NEW.names}) SELECT {_NEW.names} FROM {_NEW}
    ON CONFLICT (county, division_code, channel, title) DO NOTHING RETURNING collector_id
""")
_COLLECTOR = ", ".join(collectors.c.keys())
_ONE = statement(f"SELECT {_COLLECTOR} FROM collectors WHERE collector_id = :collector_id")
_LOCK = statement(f"SELECT {_COLLECTOR} FROM collectors WHERE collector_id = :collector_id FOR UPDATE")
_ALL = statement(f"""
    SELECT {_COLLECTOR} FROM collectors
    WHERE collector_id > :after AND division_code LIKE CAST(:division AS text) || '%'
      AND (CAST(:county AS text) IS NULL OR county = :county)
    ORDER BY collector_id LIMIT :limit
""")
_COUNTIES = statement(f"""
    SELECT collector_id, county FROM collectors WHERE collector_id {any_of(collectors.c.collector_id, "ids")}
""")
_HAND = """
    deposit_id IS NULL AND instrument IN ('cash', 'cheque') AND state <> 'refused'
    AND returned_fen < amount_fen AND division_code LIKE CAST(:division AS text) || '%'
    AND (CAST(:collector_id AS bigint) IS NULL OR collector_id = :collector_id)
"""
#: All of the year's money of whoever has some that is over its day, not that money alone.
_IN_HAND = statement(f"""
    SELECT r.collector_id, r.coverage_year, r.due_on, r.state = 'held' AS held, count(*)::integer AS receipts,
           sum(r.amount_fen - r.returned_fen)::bigint AS amount_fen, min(r.paid_at) AS oldest_paid_at,
           max(r.due_year_unknown) AS year_unknown
    FROM cash_receipts r
    WHERE {_HAND} AND (CAST(:overdue_on AS date) IS NULL OR (collector_id, coverage_year) IN (
        SELECT collector_id, coverage_year FROM cash_receipts WHERE {_HAND} AND due_on < :overdue_on
    ))
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
""")


async def register(conn: AsyncConnection, new: NewCollector) -> int | None:
    """Write a collector; None when there is one of this place and title."""
    return await fetch_value(conn, int, _REGISTER, rows=[new])


async def collector(conn: AsyncConnection, collector_id: int, *, lock: bool = False) -> Collector | None:
    """Look a collector up; with `lock` nobody else counts its money meanwhile."""
    return await fetch_one_as(conn, Collector, _LOCK if lock else _ONE, collector_id=collector_id)


async def counties(conn: AsyncConnection, collector_ids: Sequence[int]) -> dict[int, str]:
    """The county of each collector."""
    rows = await fetch_as(conn, CountyOf, _COUNTIES, ids=list(collector_ids))
    return {one.collector_id: one.county for one in rows}


async def page_of_collectors(
    conn: AsyncConnection, division: str, county: str | None, after: int, limit: int
) -> list[Collector]:
    """Collectors of a division in the order in which they were registered."""
    return await fetch_as(conn, Collector, _ALL, division=division, county=county, after=after, limit=limit)


async def in_hand(
    conn: AsyncConnection,
    division: str,
    collector_id: int | None = None,
    overdue_on: date | None = None,
) -> list[InHand]:
    """What is in hand by collector, year and day on which it is due; of whom any is overdue on a day."""
    asked = {"division": division, "collector_id": collector_id, "overdue_on": overdue_on}
    return await fetch_as(conn, InHand, _IN_HAND, **asked)
