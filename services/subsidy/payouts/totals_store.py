"""SQL of how far the payouts of a county and year are."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import fetch_as, statement


@dataclass(frozen=True, slots=True)
class Sum:
    """Payouts of a township that stand alike."""

    division_prefix: str | None
    kind: str
    state: str
    reason: str | None
    line: str | None
    applied: bool
    funded: bool
    count: int
    amount_fen: int


_SUMS = statement("""
    SELECT left(p.division_code, 9) AS division_prefix, p.kind, p.state,
           CASE WHEN p.reason = 'holder_differs' THEN p.reason END AS reason, l.state AS line,
           l.application_id IS NOT NULL AS applied, l.funded_at IS NOT NULL AS funded,
           count(*)::integer AS count, sum(p.amount_fen)::bigint AS amount_fen
    FROM payouts p LEFT JOIN verification_lines l ON l.grant_id = p.grant_id
    WHERE p.county = :county AND p.coverage_year = :coverage_year
      AND (CAST(:division AS text) = '' OR p.division_code BETWEEN :lowest AND :highest)
    GROUP BY 1, 2, 3, 4, 5, 6, 7
    ORDER BY 1, 2, 3
""")


async def sums(
    conn: AsyncConnection, county: str, coverage_year: int, division: str, division_range: tuple[str, str]
) -> list[Sum]:
    """Payouts within a division, counted by township and by how they stand."""
    lowest, highest = division_range
    return await fetch_as(
        conn,
        Sum,
        _SUMS,
        county=county,
        coverage_year=coverage_year,
        division=division,
        lowest=lowest,
        highest=highest,
    )
