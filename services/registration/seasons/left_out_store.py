"""SQL of whom openings left out, and why."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, any_of, execute, fetch_as, statement
from services.registration.enrollments.rules import ACTIVE
from services.registration.seasons.rules import LeftOut
from services.registration.seasons.store import Opening
from services.registration.tables import persons, season_left_out

_LEFT = Records(season_left_out, "opening_id", "person_id", "division_code", "reason", "rule")
_FORGET = statement(f"""
    DELETE FROM season_left_out
    WHERE opening_id = :id AND person_id {any_of(season_left_out.c.person_id, "people")}
""")
_LEAVE = statement(f"INSERT INTO season_left_out ({_LEFT.names}) SELECT {_LEFT.names} FROM {_LEFT}")
# Whoever was enrolled since is left out no more.
_PAGE = statement(
    f"""
    SELECT l.person_id, p.name, l.division_code, l.reason, l.rule
    FROM season_left_out l JOIN persons p ON p.id = l.person_id
    JOIN season_openings s ON s.id = l.opening_id
    WHERE l.opening_id = :id AND l.person_id > :after AND l.division_code BETWEEN :low AND :high
      AND p.merged_into IS NULL AND p.erased_at IS NULL
      AND NOT EXISTS (
          SELECT FROM enrollments n WHERE n.person_id = l.person_id AND n.coverage_year = s.coverage_year
            AND n.county = s.county AND n.state IN {ACTIVE})
    ORDER BY l.person_id LIMIT :limit
""",
    persons.c.name,
)


@dataclass(frozen=True, slots=True)
class ShownLeftOut:
    """Somebody whom an opening left out, as a list shows them."""

    person_id: int
    name: str
    division_code: str
    reason: str
    rule: str | None


async def leave_out(
    conn: AsyncConnection, opening: Opening, looked_at: Sequence[int], left: Sequence[LeftOut]
) -> None:
    """Write whom of these people the opening leaves out, in place of what it said of them before."""
    await execute(conn, _FORGET, id=opening.id, people=list(looked_at))
    rows = [{"opening_id": opening.id, **asdict(one)} for one in left]
    await execute(conn, _LEAVE, rows=rows)


async def left_out(
    conn: AsyncConnection,
    opening_id: int,
    division: tuple[str, str],
    after: int,
    limit: int,
) -> list[ShownLeftOut]:
    """Whom an opening left out, within a division, who is not enrolled since."""
    low, high = division
    return await fetch_as(
        conn,
        ShownLeftOut,
        _PAGE,
        id=opening_id,
        low=low,
        high=high,
        after=after,
        limit=limit,
    )
