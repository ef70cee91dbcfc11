"""SQL of what villages come to: how many stand on each list, why others are left out, and by which base."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import fetch_as, statement
from services.registration.surveys.lists_store import JOINED, LIST, SUBJECTS, TROUBLES, Wanted
from services.registration.surveys.store import BASE, Base

_COUNTS = statement(f"""
    WITH {SUBJECTS}, listed AS (
        SELECT s.division_code, s.row_id, e.id IS NULL AS not_registered,
               CASE WHEN s.guest THEN 'guest' ELSE {LIST} END AS on_list,
               cardinality({TROUBLES}) > 0 AS troubled,
               a.answer = 'insure_and_subsidize' AS to_subsidize, a.said_at, a.entered_by,
               CASE WHEN a.reason IS NOT NULL THEN a.reason WHEN x.person_id IS NOT NULL THEN 'died' END
                   AS reason
        {JOINED}
    )
    SELECT division_code, on_list, reason, count(*)::integer AS people,
           count(*) FILTER (WHERE row_id IS NULL)::integer AS in_no_base,
           count(*) FILTER (WHERE not_registered)::integer AS not_registered,
           count(*) FILTER (WHERE troubled)::integer AS troubled,
           count(*) FILTER (WHERE to_subsidize)::integer AS to_subsidize, max(said_at) AS last_said_at,
           array_remove(array_agg(DISTINCT entered_by), NULL) AS entered_by
    FROM listed GROUP BY division_code, on_list, reason ORDER BY division_code, on_list, reason
""")
_VILLAGES = ("county", "coverage_year", "low", "high")
_HOUSEHOLDS = ("from_household", "to_household")
_WITH_GUESTS = {"troubled": True, "trouble": None}
_NEWEST = statement(f"""
    SELECT DISTINCT ON (b.division_code) {BASE}
    FROM survey_bases b JOIN imports i ON i.id = b.import_id
    WHERE b.county = :county AND b.coverage_year = :coverage_year AND b.division_code BETWEEN :low AND :high
    ORDER BY b.division_code, b.version_no DESC
""")


@dataclass(frozen=True, slots=True)
class Count:
    """People of a village on one list, with one reason; `guest` are those whom another village counts."""

    division_code: str
    on_list: str
    reason: str | None
    people: int
    in_no_base: int
    not_registered: int
    troubled: int
    to_subsidize: int
    last_said_at: datetime | None
    entered_by: Sequence[str]


async def counts(conn: AsyncConnection, wanted: Wanted) -> list[Count]:
    """How many people of each village stand where."""
    return await fetch_as(
        conn, Count, _COUNTS, **_of(wanted, *_HOUSEHOLDS), **asdict(wanted.terms), **_WITH_GUESTS
    )


async def newest(conn: AsyncConnection, wanted: Wanted) -> list[Base]:
    """The version that counts of each village's base."""
    return await fetch_as(conn, Base, _NEWEST, **_of(wanted))


def _of(wanted: Wanted, *others: str) -> dict[str, object]:
    return {name: getattr(wanted, name) for name in (*_VILLAGES, *others)}
