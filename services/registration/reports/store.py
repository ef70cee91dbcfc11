"""SQL of reports."""

from collections.abc import Sequence

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

# The newest assessment after payment says what a late status brings; earlier ones are history.
_LATE = text("""
    SELECT DISTINCT ON (a.enrollment_id)
           a.enrollment_id, a.person_id, e.division_code, e.completed_at, e.paid_fen, a.assessed_at, a.id,
           a.question, a.late_subsidies, x.answer, p.name, f.question AS question_at_payment
    FROM assessments a
    JOIN enrollments e ON e.id = a.enrollment_id
    JOIN persons p ON p.id = a.person_id
    LEFT JOIN assessments f ON f.id = e.final_assessment_id
    JOIN explanations x ON x.sha = a.explanation_sha
    WHERE a.county = :county AND a.coverage_year = :year AND a.kind = 'after_payment' AND e.state = 'paid'
      AND e.division_code BETWEEN :low AND :high AND a.enrollment_id > :after
    ORDER BY a.enrollment_id, a.revision DESC
    LIMIT :limit
""")

_COUNTS = text("""
    SELECT left(division_code, 9) || '000' AS township, state, count(*) AS people
    FROM enrollments
    WHERE county = :county AND coverage_year = :year AND division_code BETWEEN :low AND :high
    GROUP BY township, state
""")


async def enrollment_counts(
    conn: AsyncConnection, county: str, year: int, division: tuple[str, str]
) -> list[tuple[str, str, int]]:
    """Give (township, state, people)."""
    low, high = division
    rows = await conn.execute(_COUNTS, {"county": county, "year": year, "low": low, "high": high})
    return [(row.township, row.state, row.people) for row in rows]


async def late_entitlements(
    conn: AsyncConnection, county: str, year: int, division: tuple[str, str], after: int, limit: int
) -> Sequence[Row]:
    """Paid enrollments whose people were entitled later, in the order of their ids."""
    low, high = division
    values = {"county": county, "year": year, "low": low, "high": high, "after": after, "limit": limit}
    return (await conn.execute(_LATE, values)).all()
