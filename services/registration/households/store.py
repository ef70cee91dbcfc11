"""SQL of households that have not joined whole, or are registered elsewhere than the notice has it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, any_of, fetch_as, fetch_values, statement
from services.registration import tables
from services.registration.enrollments.rules import ACTIVE
from services.registration.surveys.rules import EXCLUDING
from services.registration.surveys.store import CURRENT, MISPLACED, PERSON, RECORDED

_ASKED = Records(tables.households, "division_code", "household_no", place=tables.unit_lines.c.line_no)
#: The newest answer of somebody says that they are not to be insured here, with a proof.
_EXCUSED = f"""
    (SELECT a.reason IN {EXCLUDING} FROM survey_answers a
     WHERE a.county = :county AND a.coverage_year = :coverage_year AND a.number_digest = {{0}}.number_digest
     ORDER BY a.said_at DESC, a.id DESC LIMIT 1) IS TRUE
"""
_MISSING = statement(f"""
    WITH asked AS MATERIALIZED (SELECT {_ASKED.names} FROM {_ASKED}), missing AS (
        SELECT k.place, p.id AS person_id
        FROM asked k
        JOIN households h ON h.county = :county AND h.division_code = k.division_code
         AND h.household_no = k.household_no
        JOIN persons p ON p.household_id = h.id AND p.merged_into IS NULL
        WHERE NOT EXISTS (
            SELECT FROM enrollments e WHERE e.person_id = p.id AND e.county = :county
              AND e.coverage_year = :coverage_year AND e.state IN {ACTIVE})
          AND NOT EXISTS (
            SELECT FROM life_events l WHERE l.person_id = p.id AND l.kind = 'died' AND l.withdrawn_at IS NULL)
          AND NOT EXISTS (SELECT FROM documents d WHERE d.person_id = p.id AND {_EXCUSED.format("d")})
        UNION ALL
        SELECT k.place, NULL
        FROM asked k
        JOIN survey_rows r ON r.county = :county AND r.coverage_year = :coverage_year
         AND {CURRENT.format("r")} AND r.division_code = k.division_code AND r.household_no = k.household_no
        WHERE NOT EXISTS (
            SELECT FROM documents d WHERE d.county = :county AND d.number_digest = r.number_digest)
          AND NOT {_EXCUSED.format("r")}
    )
    SELECT place, array_remove(array_agg(person_id), NULL) AS people,
           count(*) FILTER (WHERE person_id IS NULL)::integer AS in_base
    FROM missing GROUP BY place ORDER BY place
""")
_ENROLLED = f"""EXISTS (SELECT FROM enrollments e WHERE e.person_id = {{0}} AND e.county = :county
              AND e.coverage_year = :coverage_year AND e.state IN {ACTIVE})"""
_OF_VILLAGES = """{0}.division_code BETWEEN :low AND :high
          AND (CAST(:household_no AS text) IS NULL OR {0}.household_no = :household_no)"""
#: Who is on record and has not enrolled, beside somebody of the household who has: by the record or the base.
_ABSENT = statement(f"""
    WITH member AS MATERIALIZED (
        SELECT h.division_code, h.household_no, p.id AS person_id, {_ENROLLED.format("p.id")} AS enrolled
        FROM households h JOIN persons p ON p.household_id = h.id AND p.merged_into IS NULL
        WHERE h.county = :county AND {_OF_VILLAGES.format("h")}
        UNION
        SELECT r.division_code, r.household_no, {PERSON}, {_ENROLLED.format(PERSON)}
        FROM survey_rows r {RECORDED}
        WHERE r.county = :county AND r.coverage_year = :coverage_year AND {CURRENT.format("r")}
          AND {_OF_VILLAGES.format("r")} AND {PERSON} IS NOT NULL
    )
    SELECT DISTINCT m.person_id
    FROM member m JOIN member o USING (division_code, household_no)
    WHERE NOT m.enrolled AND o.enrolled ORDER BY 1
""")
_HOMES = statement(f"""
    SELECT p.id AS person_id, p.household_id, h.division_code
    FROM persons p JOIN households h ON h.id = p.household_id
    WHERE p.id {any_of(tables.persons.c.id, "people")} ORDER BY 1
""")


_MISPLACED = statement(f"""
    WITH asked AS MATERIALIZED (SELECT {_ASKED.names} FROM {_ASKED})
    SELECT DISTINCT k.place, p.id AS person_id, r.division_code AS base_division_code
    FROM asked k
    JOIN households h ON h.county = :county AND h.division_code = k.division_code
     AND h.household_no = k.household_no
    JOIN persons p ON p.household_id = h.id AND p.merged_into IS NULL
    JOIN enrollments e ON e.person_id = p.id AND e.county = :county AND e.coverage_year = :coverage_year
     AND e.state IN {ACTIVE}
    JOIN documents d ON d.person_id = p.id
    JOIN survey_rows r ON r.county = :county AND r.coverage_year = :coverage_year
     AND {CURRENT.format("r")} AND r.number_digest = d.number_digest
    WHERE {MISPLACED.format("r")} AND NOT EXISTS (
        SELECT FROM documents o JOIN survey_rows s ON s.county = :county AND s.coverage_year = :coverage_year
         AND {CURRENT.format("s")} AND s.number_digest = o.number_digest
        WHERE o.person_id = p.id AND s.division_code = h.division_code)
    ORDER BY 1, 2, 3
""")


@dataclass(frozen=True, slots=True)
class Asked:
    """A household that was registered, and its place in what was sent."""

    place: int
    division_code: str
    household_no: str


@dataclass(frozen=True, slots=True)
class Missing:
    """Who of a household is not enrolled: `people` on record, others in the base of the village alone."""

    place: int
    people: Sequence[int]
    in_base: int


@dataclass(frozen=True, slots=True)
class Home:
    """Where somebody lives."""

    person_id: int
    household_id: int
    division_code: str


@dataclass(frozen=True, slots=True)
class Misplaced:
    """Somebody of a household whom the base of another village has."""

    place: int
    person_id: int
    base_division_code: str


async def misplaced(
    conn: AsyncConnection, county: str, coverage_year: int, rule: str, asked: Sequence[Asked]
) -> list[Misplaced]:
    """Who of these households is enrolled elsewhere than the notice's rule of place has it."""
    season = {"county": county, "coverage_year": coverage_year}
    return await fetch_as(conn, Misplaced, _MISPLACED, rows=list(asked), **season, place=rule)


async def missing(
    conn: AsyncConnection, county: str, coverage_year: int, asked: Sequence[Asked]
) -> list[Missing]:
    """Of these households those that lack members; who is excused with a proof, or dead, may lack."""
    season = {"county": county, "coverage_year": coverage_year}
    return await fetch_as(conn, Missing, _MISSING, rows=list(asked), **season)


async def absent(
    conn: AsyncConnection, county: str, coverage_year: int, low: str, high: str, household_no: str | None
) -> list[int]:
    """Who of these villages, or of one household there, has not enrolled, though others with them have."""
    of = {"county": county, "coverage_year": coverage_year, "household_no": household_no}
    return await fetch_values(conn, int, _ABSENT, **of, low=low, high=high)


async def homes(conn: AsyncConnection, people: Sequence[int]) -> list[Home]:
    """Where these people live."""
    return await fetch_as(conn, Home, _HOMES, people=list(people))
