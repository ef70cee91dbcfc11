"""SQL of balances: always added up from the postings, never kept."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ledger.postings.rules import Place

_BALANCES = text("""
    SELECT account, sum(change_fen)::bigint AS balance_fen
    FROM (SELECT source, destination, sum(amount_fen) AS moved_fen FROM postings
          WHERE county = :county AND coverage_year = :year
          GROUP BY source, destination) AS moved,
         LATERAL (VALUES (source, -moved_fen), (destination, moved_fen)) AS side(account, change_fen)
    GROUP BY account ORDER BY account
""")
_PLACES = text("""
    WITH RECURSIVE book AS (
        (SELECT county, coverage_year FROM postings ORDER BY 1, 2 LIMIT 1)
        UNION ALL
        SELECT next.county, next.coverage_year
        FROM book, LATERAL (SELECT p.county, p.coverage_year FROM postings p
                            WHERE (p.county, p.coverage_year) > (book.county, book.coverage_year)
                            ORDER BY 1, 2 LIMIT 1) AS next
    )
    SELECT county, coverage_year FROM book
""")


async def balances(conn: AsyncConnection, place: Place) -> dict[str, int]:
    """Add up the balance in fen of every account in the books of `place`; over all of them they are zero."""
    rows = await conn.execute(_BALANCES, {"county": place.county, "year": place.coverage_year})
    return {row.account: row.balance_fen for row in rows}


async def places(conn: AsyncConnection) -> list[Place]:
    """List the counties and years that have postings, without reading the postings."""
    return [Place(*row) for row in await conn.execute(_PLACES)]
