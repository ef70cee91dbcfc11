"""SQL of enrollments that could not be assessed: why, since when, and the order to try them again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, any_of, execute, fetch, fetch_as, fetch_values, statement
from services.registration import tables

_FAILED = Records(
    tables.unassessed,
    *("enrollment_id", "county", "coverage_year", "cause", "assess_at", "reason", "trace"),
)
_SET_APART = statement(f"""
    INSERT INTO unassessed AS u ({_FAILED.names}) SELECT {_FAILED.names} FROM {_FAILED}
    ON CONFLICT (enrollment_id) DO UPDATE
    SET {_FAILED.taken_over("cause", "assess_at", "reason", "trace")},
        attempts = u.attempts + 1, recorded_at = now()
""")
_ASSESSED = statement(f"""
    DELETE FROM unassessed WHERE enrollment_id {any_of(tables.unassessed.c.enrollment_id, "ids")}
""")
_PAGE = statement("""
    SELECT u.enrollment_id, e.person_id, u.county, u.coverage_year, e.division_code, u.cause, u.assess_at,
           u.reason, u.attempts, u.recorded_at AS failed_at
    FROM unassessed u JOIN enrollments e ON e.id = u.enrollment_id
    WHERE e.division_code LIKE :division || '%' AND u.enrollment_id > :after
      AND (CAST(:county AS text) IS NULL OR u.county = :county)
      AND (CAST(:coverage_year AS integer) IS NULL OR u.coverage_year = :coverage_year)
    ORDER BY u.enrollment_id LIMIT :limit
""")
_COUNT = statement("SELECT county, count(*) AS enrollments FROM unassessed GROUP BY county")
_TRY_AGAIN = statement("""
    INSERT INTO waiting AS w (enrollment_id, county, coverage_year, cause, assess_at)
    SELECT u.enrollment_id, u.county, u.coverage_year, u.cause, u.assess_at
    FROM unassessed u JOIN enrollments e ON e.id = u.enrollment_id
    WHERE u.county = :county AND u.coverage_year = :coverage_year
      AND e.division_code LIKE :division || '%'
    ORDER BY u.enrollment_id
    ON CONFLICT (enrollment_id) DO UPDATE SET assess_at = greatest(w.assess_at, excluded.assess_at)
    RETURNING enrollment_id
""")


@dataclass(frozen=True, slots=True)
class Unassessed:
    """An enrollment that could not be assessed; `reason` and `trace` hold no personal data."""

    enrollment_id: int
    county: str
    coverage_year: int
    cause: str
    assess_at: datetime
    reason: str
    trace: str | None


@dataclass(frozen=True, slots=True)
class UnassessedRow:
    """The same as it is listed."""

    enrollment_id: int
    person_id: int
    county: str
    coverage_year: int
    division_code: str
    cause: str
    assess_at: datetime
    reason: str
    attempts: int
    failed_at: datetime


async def settle(conn: AsyncConnection, assessed: Sequence[int], failed: Sequence[Unassessed]) -> None:
    """Note which of the enrollments that were looked at failed; of the others none does any more."""
    apart = {failure.enrollment_id for failure in failed}
    await execute(conn, _ASSESSED, ids=[number for number in assessed if number not in apart])
    await execute(conn, _SET_APART, rows=failed)


async def page(
    conn: AsyncConnection,
    division: str,
    county: str | None,
    coverage_year: int | None,
    after: int,
    limit: int,
) -> list[UnassessedRow]:
    """Enrollments of a division that could not be assessed, by id."""
    return await fetch_as(
        conn,
        UnassessedRow,
        _PAGE,
        division=division,
        county=county,
        coverage_year=coverage_year,
        after=after,
        limit=limit,
    )


async def count(conn: AsyncConnection) -> dict[str, float]:
    """How many there are, by county."""
    return {row["county"]: row["enrollments"] for row in await fetch(conn, _COUNT)}


async def try_again(conn: AsyncConnection, county: str, coverage_year: int, division: str) -> int:
    """Have those of a notice and a division assessed as of the instant of their cause; give how many."""
    found = await fetch_values(
        conn, int, _TRY_AGAIN, county=county, coverage_year=coverage_year, division=division
    )
    return len(found)
