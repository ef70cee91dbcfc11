"""SQL of reports."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import fetch_as, statement
from services.registration.assessments.subject import Asked, Line
from services.registration.tables import persons

# The newest assessment after payment says what a late status brings; earlier ones are history.
_LATE = statement(
    """
    SELECT DISTINCT ON (a.enrollment_id)
           a.enrollment_id, a.person_id, e.division_code, e.completed_at, e.paid_fen, a.assessed_at,
           a.question, a.late_subsidies, x.answer -> 'summary' AS summary, p.name,
           f.question AS question_at_payment
    FROM assessments a
    JOIN enrollments e ON e.id = a.enrollment_id
    JOIN persons p ON p.id = a.person_id
    LEFT JOIN assessments f ON f.id = e.final_assessment_id
    JOIN explanations x ON x.sha = a.explanation_sha
    WHERE a.county = :county AND a.coverage_year = :coverage_year AND a.kind = 'after_payment'
      AND e.state = 'paid'
      AND e.division_code BETWEEN :low AND :high AND a.enrollment_id > :after
    ORDER BY a.enrollment_id, a.revision DESC
    LIMIT :limit
""",
    persons.c.name,
)

_COUNTS = statement("""
    SELECT rpad(left(division_code, CAST(:digits AS integer)), 12, '0') AS unit, state, count(*) AS people
    FROM enrollments
    WHERE county = :county AND coverage_year = :coverage_year AND division_code BETWEEN :low AND :high
    GROUP BY unit, state
""")


class Summary(TypedDict):
    """One sentence in each language."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Count:
    """How many people of a township or village are in a state."""

    unit: str
    state: str
    people: int


@dataclass(frozen=True, slots=True)
class Late:
    """A person who had paid, and the newest assessment after payment."""

    enrollment_id: int
    person_id: int
    division_code: str
    completed_at: datetime
    paid_fen: int | None
    assessed_at: datetime
    question: Asked
    late_subsidies: list[Line] | None
    summary: Summary
    name: str
    question_at_payment: Asked | None


async def enrollment_counts(
    conn: AsyncConnection, county: str, coverage_year: int, division: tuple[str, str], digits: int
) -> list[Count]:
    """Count enrollments by state and by township (9 digits of its code) or village (12)."""
    low, high = division
    return await fetch_as(
        conn, Count, _COUNTS, county=county, coverage_year=coverage_year, low=low, high=high, digits=digits
    )


async def late_entitlements(
    conn: AsyncConnection,
    county: str,
    coverage_year: int,
    division: tuple[str, str],
    after: int,
    limit: int,
) -> list[Late]:
    """Paid enrollments whose people were entitled later, in the order of their ids."""
    low, high = division
    season = {"county": county, "coverage_year": coverage_year, "low": low, "high": high}
    return await fetch_as(conn, Late, _LATE, **season, after=after, limit=limit)
