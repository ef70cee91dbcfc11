"""SQL of reading postings."""

from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ledger.postings.rules import Place

_PAGE = """
    SELECT p.fact_id, p.leg_no, p.kind, p.reversal, p.source, p.destination, p.amount_fen, p.business_at,
           p.person_id, p.division_code, p.channel, p.payer
    FROM postings p
    WHERE p.county = :county AND p.coverage_year = :year
      AND (p.fact_id, p.leg_no) > (:fact_id, :leg_no) {filters}
    ORDER BY p.fact_id, p.leg_no LIMIT :limit
"""
_FILTERS = {
    "account": "(p.source = :account OR p.destination = :account)",
    "kind": "p.kind = :kind",
    "person_id": "p.person_id = :person_id",
    "division": "starts_with(p.division_code, :division)",
}


async def page(
    conn: AsyncConnection, place: Place, after: tuple[int, int], limit: int, **filters: Any
) -> list[RowMapping]:
    """List postings as they took effect; the filters are account, kind, person_id and division."""
    given = {name: value for name, value in filters.items() if value not in (None, "")}
    statement = _PAGE.format(filters="".join(f" AND {_FILTERS[name]}" for name in given))
    rows = await conn.execute(
        text(statement),
        {
            "county": place.county,
            "year": place.coverage_year,
            "fact_id": after[0],
            "leg_no": after[1],
            "limit": limit,
            **given,
        },
    )
    return list(rows.mappings())
