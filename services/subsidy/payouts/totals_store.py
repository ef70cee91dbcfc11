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


@dataclass(frozen=True, slots=True)
class BankSum:
    """What of a batch one bank was sent, and how it answered; `sent`: it has not."""

    bank: str
    batch_id: int
    kind: str
    outcome: str
    count: int
    amount_fen: int


_BY_BANK = statement("""
    SELECT a.bank, a.batch_id, p.kind, coalesce(a.outcome, 'sent') AS outcome, count(*)::integer AS count,
           sum(a.amount_fen)::bigint AS amount_fen
    FROM attempts a JOIN payouts p USING (payout_id)
    WHERE p.county = :county AND p.coverage_year = :coverage_year
      AND a.outcome IS DISTINCT FROM 'refused'
      AND (CAST(:division AS text) = '' OR p.division_code BETWEEN :lowest AND :highest)
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
""")


async def by_bank(
    conn: AsyncConnection, county: str, coverage_year: int, division: str, division_range: tuple[str, str]
) -> list[BankSum]:
    """What banks were sent within a division, by batch and answer; a batch that was refused never left."""
    lowest, highest = division_range
    season = {"county": county, "coverage_year": coverage_year}
    place = {"division": division, "lowest": lowest, "highest": highest}
    return await fetch_as(conn, BankSum, _BY_BANK, **season, **place)


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
