"""SQL of moves: the household that somebody joins, and what moves along."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import execute, fetch_one_as, fetch_value, fetch_values, statement
from services.registration.enrollments.rules import ACTIVE

_HOUSEHOLD = statement("""
    SELECT id, division_code FROM households
    WHERE county = :county AND household_no = :household_no AND division_code = :division_code
""")
_OTHERS = statement("""
    SELECT count(*) FROM persons p JOIN households h ON h.id = p.household_id
    WHERE h.head_id = :person_id AND p.id <> :person_id AND p.merged_into IS NULL
""")
_PAID_YEARS = statement("""
    SELECT DISTINCT coverage_year FROM enrollments WHERE person_id = :person_id AND state = 'paid'
""")
_MOVE = statement("""
    UPDATE persons SET household_id = :household_id, known_at = :now WHERE id = :person_id
""")
_UNHEAD = statement("UPDATE households SET head_id = NULL WHERE head_id = :person_id")
# Money stays counted where it was paid; the head counts where the person lives from now on.
_ENROLLMENTS = statement(f"""
    UPDATE enrollments
    SET household_id = :household_id, division_code = :division_code,
        known_at = greatest(known_at, registered_at, CAST(:now AS timestamptz))
    WHERE person_id = :person_id AND state IN {ACTIVE}
""")


@dataclass(frozen=True, slots=True)
class NewHome:
    """The household that somebody joins."""

    id: int
    division_code: str


async def household(
    conn: AsyncConnection, county: str, household_no: str, division_code: str
) -> NewHome | None:
    """Look a household up by its number and village."""
    return await fetch_one_as(
        conn, NewHome, _HOUSEHOLD, county=county, household_no=household_no, division_code=division_code
    )


async def headed_others(conn: AsyncConnection, person_id: int) -> int:
    """How many others live in the household that somebody heads."""
    return await fetch_value(conn, int, _OTHERS, person_id=person_id) or 0


async def paid_years(conn: AsyncConnection, person_id: int) -> list[int]:
    """The years for which somebody has paid."""
    return await fetch_values(conn, int, _PAID_YEARS, person_id=person_id)


async def move(conn: AsyncConnection, person_id: int, home: NewHome, now: datetime) -> None:
    """Move a person with the enrollments that have not ended."""
    where = {"person_id": person_id, "household_id": home.id}
    await execute(conn, _UNHEAD, person_id=person_id)
    await execute(conn, _MOVE, now=now, **where)
    await execute(conn, _ENROLLMENTS, division_code=home.division_code, now=now, **where)
