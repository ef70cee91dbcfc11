"""SQL of balances: always added up from the postings, never kept."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import fetch_as, statement
from services.ledger.postings.rules import Season

_BALANCES = statement("""
    SELECT account, sum(change_fen)::bigint AS balance_fen
    FROM (SELECT source, destination, sum(amount_fen) AS moved_fen FROM postings
          WHERE county = :county AND coverage_year = :coverage_year
          GROUP BY source, destination) AS moved,
         LATERAL (VALUES (source, -moved_fen), (destination, moved_fen)) AS side(account, change_fen)
    GROUP BY account ORDER BY account
""")
_SEASONS = statement("""
    WITH RECURSIVE book AS (
        (SELECT county, coverage_year FROM postings ORDER BY county, coverage_year LIMIT 1)
        UNION ALL
        SELECT next.county, next.coverage_year
        FROM book, LATERAL (SELECT p.county, p.coverage_year FROM postings p
                            WHERE (p.county, p.coverage_year) > (book.county, book.coverage_year)
                            ORDER BY p.county, p.coverage_year LIMIT 1) AS next
    )
    SELECT county, coverage_year FROM book
""")


@dataclass(frozen=True, slots=True)
class _Balance:
    account: str
    balance_fen: int


async def balances(conn: AsyncConnection, season: Season) -> dict[str, int]:
    """Add up the balance in fen of every account of these books; over all of them they are zero."""
    rows = await fetch_as(conn, _Balance, _BALANCES, **season._asdict())
    return {row.account: row.balance_fen for row in rows}


async def seasons(conn: AsyncConnection) -> list[Season]:
    """List the counties and years that have postings, without reading the postings."""
    return await fetch_as(conn, Season, _SEASONS)
