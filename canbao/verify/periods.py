"""Checks of accounting months: closed ones are as frozen, journals without gaps, all is where it may be."""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from sqlalchemy.ext.asyncio import AsyncConnection

from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from libs.common.db.rows import statement
from services.ledger.handovers.rules import digest
from services.ledger.periods import store
from services.ledger.periods.closing import frozen
from services.ledger.periods.rules import Month, State, next_month
from services.ledger.periods.store import ClosingRow


@dataclass(slots=True)
class _County:
    county: str


@dataclass(slots=True)
class _Astray:
    """A posting, or a movement, of another month than it may be in."""

    which: str
    month: date


@dataclass(slots=True)
class _Entries:
    """Of a month's journal: the highest number, how many numbers, and what is numbered wrongly or not."""

    highest: int
    numbers: int
    wrong: int


_COUNTIES = statement("SELECT DISTINCT county FROM periods ORDER BY county")
_ASTRAY = statement("""
    SELECT 'posting of fact ' || fact_id AS which, accounting_month AS month FROM postings
    WHERE accounting_month < date_trunc('month', business_at AT TIME ZONE 'Asia/Shanghai')
       OR (accounting_month > date_trunc('month', business_at AT TIME ZONE 'Asia/Shanghai')
           AND NOT EXISTS (SELECT FROM periods p WHERE p.county = postings.county
                           AND p.month = accounting_month - interval '1 month'))
    UNION ALL
    SELECT 'movement ' || id, accounting_month FROM movements
    WHERE accounting_month < date_trunc('month', business_at AT TIME ZONE 'Asia/Shanghai')
""")
_ENTRIES = statement("""
    SELECT coalesce(max(entry_no), 0) AS highest, count(DISTINCT entry_no)::integer AS numbers,
           (count(*) FILTER (WHERE booked.fact_id IS NULL OR e.fact_id IS NULL))::integer AS wrong
    FROM (SELECT * FROM journal_entries WHERE county = :county AND month = :month) AS e
    FULL JOIN (SELECT DISTINCT coverage_year, fact_id FROM postings
               WHERE county = :county AND accounting_month = :month) AS booked USING (coverage_year, fact_id)
""")


async def are_as_frozen(sources: Sources, found: Findings) -> None:
    """Compute closed months again, and look for what lies in a month in which it may not."""
    conn = sources.connections["ledger"]
    async for astray in sources.stream("ledger", _Astray, _ASTRAY):
        where = f"{astray.month:%Y-%m}, which is not its month nor the first open"
        found.differs(astray.which, f"is booked in {where}")
    for county in [one.county for one in await sources.rows("ledger", _County, _COUNTIES)]:
        months, closings = await store.known(conn, county), await store.closings(conn, county)
        found.compared += len(months)
        _check_order(county, months, closings, found)
        previous = None
        for row in closings:
            await _check_closing(conn, row, previous, found)
            await _check_entries(sources, row, found)
            previous = row.sha256


def _check_order(county: str, months: list[Month], closings: list[ClosingRow], found: Findings) -> None:
    order = (State.CLOSED, State.LOCKED, State.OPEN)
    for before, after in pairwise(months):
        if after.month != next_month(before.month) or order.index(before.state) > order.index(after.state):
            found.differs(f"{county} {after.month:%Y-%m}", "is out of order, or a month before it is missing")
    if {one.month for one in months if one.state == State.CLOSED} != {row.month for row in closings}:
        found.differs(county, "has closed months without frozen totals, or totals of months not closed")


async def _check_closing(
    conn: AsyncConnection, row: ClosingRow, previous: str | None, found: Findings
) -> None:
    which = f"{row.county} {row.month:%Y-%m}"
    again = await frozen(conn, row.county, row.month)
    if row.previous_sha256 != previous:
        found.differs(which, "does not follow the month before it")
    if digest(row.document) != row.sha256:
        found.differs(which, "its totals do not have the hash that was frozen")
    if again.document != row.document:
        found.differs(which, f"added up again it has the hash {again.sha256}, frozen was {row.sha256}")


async def _check_entries(sources: Sources, row: ClosingRow, found: Findings) -> None:
    (entries,) = await sources.rows("ledger", _Entries, _ENTRIES, county=row.county, month=row.month)
    if entries.highest != entries.numbers or entries.wrong:
        found.differs(
            f"journal of {row.county} {row.month:%Y-%m}",
            f"has {entries.numbers} numbers up to {entries.highest}, and {entries.wrong} entries that are "
            "not booked, or booked without a number",
        )
