"""SQL of where people on the lists of villages live: the villages, and households in their order."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import fetch_one_as, fetch_values, statement
from services.registration.surveys.lists_store import SEASON, Place, Wanted
from services.registration.surveys.store import CURRENT

_AFTER = """{0}.division_code BETWEEN :low AND :high
          AND ({0}.division_code, {0}.household_no) > (:after_division, :after_household)
        ORDER BY 1, 2 LIMIT :many"""
_LAST_OF_MANY = statement(f"""
    SELECT division_code, household_no FROM (
        (SELECT DISTINCT r.division_code, r.household_no FROM survey_rows r
         WHERE {SEASON.format("r")} AND {CURRENT.format("r")} AND {_AFTER.format("r")})
        UNION
        (SELECT h.division_code, h.household_no FROM households h
         WHERE h.county = :county AND {_AFTER.format("h")})
    ) AS home ORDER BY 1, 2 OFFSET :many - 1 LIMIT 1
""")
_VILLAGES = statement(f"""
    SELECT division_code FROM survey_bases b
    WHERE {SEASON.format("b")} AND b.division_code BETWEEN :low AND :high
    UNION
    SELECT division_code FROM households h WHERE h.county = :county AND h.division_code BETWEEN :low AND :high
    ORDER BY division_code
""")
#: Behind all members of a household: the head is 0, others are 1.
_BEHIND_MEMBERS = 2


@dataclass(frozen=True, slots=True)
class Home:
    """A household of a village."""

    division_code: str
    household_no: str


async def villages(conn: AsyncConnection, wanted: Wanted) -> list[str]:
    """The villages of a division that have people."""
    season = {"county": wanted.county, "coverage_year": wanted.coverage_year}
    return await fetch_values(conn, str, _VILLAGES, **season, low=wanted.low, high=wanted.high)


async def last_of_many(conn: AsyncConnection, wanted: Wanted, place: Place, many: int) -> Place | None:
    """The end of the last of so many households behind a place; None where there are not so many."""
    of = {name: getattr(wanted, name) for name in ("county", "coverage_year", "low", "high")}
    after = {"after_division": place.after_division, "after_household": place.after_household}
    home = await fetch_one_as(conn, Home, _LAST_OF_MANY, **of, **after, many=many)
    return None if home is None else Place(home.division_code, home.household_no, _BEHIND_MEMBERS)
