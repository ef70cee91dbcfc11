"""SQL of the journal: entries of a month by number, and their lines.

The numbers of a closed month are kept; before, they are those that it would get now.
"""

from collections.abc import AsyncIterator
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import execute, fetch_as, fetch_value, statement, stream_as
from services.ledger.journal.rules import Posted

_NUMBERED = """
    SELECT dense_rank() OVER (ORDER BY fact_id)::integer AS entry_no, coverage_year, fact_id
    FROM (SELECT DISTINCT coverage_year, fact_id FROM postings
          WHERE county = :county AND accounting_month = :month) AS booked
"""
_NUMBER = statement(f"""
    INSERT INTO journal_entries (county, month, entry_no, coverage_year, fact_id)
    SELECT :county, CAST(:month AS date), entry_no, coverage_year, fact_id FROM ({_NUMBERED}) AS numbered
    ORDER BY entry_no, coverage_year
""")
_COUNT = statement(f"SELECT max(entry_no) FROM ({_NUMBERED}) AS numbered")
_ENTRIES = f"""
    SELECT entry_no, coverage_year, fact_id FROM journal_entries WHERE county = :county AND month = :month
    UNION ALL
    SELECT entry_no, coverage_year, fact_id FROM ({_NUMBERED}) AS numbered
    WHERE NOT EXISTS (SELECT FROM journal_entries WHERE county = :county AND month = :month)
"""
_POSTED = f"""
    SELECT e.entry_no, p.coverage_year, p.fact_id, p.leg_no, p.kind, p.reversal, p.source, p.destination,
           p.amount_fen, p.business_at, p.person_id, p.division_code, p.channel, p.payer,
           coalesce(f.data::json ->> 'voucher_no', f.data::json ->> 'slip_no', f.data::json ->> 'reference')
               AS paper_no
    FROM ({_ENTRIES}) AS e
    JOIN postings p ON p.county = :county AND p.coverage_year = e.coverage_year AND p.fact_id = e.fact_id
                   AND p.accounting_month = :month
    LEFT JOIN facts f ON f.id = p.fact_id
"""
_ORDER = "ORDER BY e.entry_no, p.coverage_year, p.leg_no"
_ALL = statement(f"{_POSTED} {_ORDER}")
_PAGE = statement(f"{_POSTED} WHERE e.entry_no BETWEEN :first_no AND :last_no {_ORDER}")


async def number(conn: AsyncConnection, county: str, month: date) -> None:
    """Give every entry of a locked month its number for good, from 1 and without gaps."""
    await execute(conn, _NUMBER, county=county, month=month)


async def count(conn: AsyncConnection, county: str, month: date) -> int:
    """How many entries a month has."""
    return await fetch_value(conn, int, _COUNT, county=county, month=month) or 0


async def page(conn: AsyncConnection, county: str, month: date, first_no: int, last_no: int) -> list[Posted]:
    """The postings of the entries between two numbers, both included."""
    return await fetch_as(conn, Posted, _PAGE, county=county, month=month, first_no=first_no, last_no=last_no)


def every(conn: AsyncConnection, county: str, month: date) -> AsyncIterator[Posted]:
    """The postings of all entries of a month, by number, as they are read."""
    return stream_as(conn, Posted, _ALL, county=county, month=month)
