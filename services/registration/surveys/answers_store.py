"""SQL of what was answered: of whom a row of a base or a person speaks, new answers, and all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, execute, fetch_as, statement
from services.registration import tables

_PLACE, _ROW, _PERSON = (
    tables.survey_bases.c.version_no,
    tables.survey_rows.c.id,
    tables.persons.c.id,
)


def whom(records: Records) -> str:
    """The people that rows with `place`, `row_id` and `person_id` mean, with their village and number."""
    return f"""
    whom AS MATERIALIZED (
        SELECT rows.*, coalesce(r.division_code, h.division_code) AS division_code,
               coalesce(r.number_digest, d.number_digest) AS number_digest
        FROM {records}
        LEFT JOIN survey_rows r ON r.id = rows.row_id AND r.county = :county
         AND r.coverage_year = :coverage_year AND r.from_base IS NOT NULL
        LEFT JOIN persons g ON rows.row_id IS NULL AND g.id = rows.person_id AND g.county = :county
        LEFT JOIN persons p ON p.id = coalesce(g.merged_into, g.id)
        LEFT JOIN households h ON h.id = p.household_id
        LEFT JOIN LATERAL (
            SELECT o.number_digest FROM documents o WHERE o.person_id = p.id
            ORDER BY o.type <> 'resident_id', o.type, o.digest LIMIT 1
        ) d ON true
    )
    """


_FOUND = statement(f"""
    WITH {whom(Records(tables.survey_rows, place=_PLACE, row_id=_ROW, person_id=_PERSON))}
    SELECT place, division_code FROM whom WHERE number_digest IS NOT NULL
""")
_NEW = Records(
    tables.survey_answers,
    *("answer", "reason", "proof", "said_by", "said_at"),
    place=_PLACE,
    row_id=_ROW,
    person_id=_PERSON,
)
_SAY = statement(f"""
    WITH {whom(_NEW)}
    INSERT INTO survey_answers (county, coverage_year, division_code, number_digest, answer, reason, proof,
                                said_by, said_at, entered_by, entered_at)
    SELECT :county, :coverage_year, division_code, number_digest, answer, reason, proof, said_by, said_at,
           :entered_by, :entered_at
    FROM whom ORDER BY place
""")
#: `digests` are all numbers of the person that :row_id or :person_id mean.
DIGESTS = """
    given AS (
        SELECT r.number_digest FROM survey_rows r
        WHERE r.id = :row_id AND r.county = :county AND r.coverage_year = :coverage_year
    ), person AS (
        SELECT coalesce(p.merged_into, p.id) AS id FROM persons p
        WHERE p.id = :person_id AND p.county = :county
        UNION
        SELECT d.person_id FROM given
        LEFT JOIN former_numbers f ON f.county = :county AND f.number_digest = given.number_digest
        JOIN documents d ON d.county = :county
         AND d.number_digest IN (given.number_digest, f.current_digest)
    ), digests AS (
        SELECT number_digest FROM given
        UNION
        SELECT d.number_digest FROM person JOIN documents d ON d.person_id = person.id
    )
"""
_SAID = statement(
    f"""
    WITH {DIGESTS}
    SELECT a.division_code, a.answer, a.reason, a.proof, a.said_by, a.said_at, a.entered_by, a.entered_at,
           a.import_id, (SELECT min(id) FROM person) AS person_id
    FROM survey_answers a JOIN digests ON digests.number_digest = a.number_digest
    WHERE a.county = :county AND a.coverage_year = :coverage_year
      AND a.division_code BETWEEN :low AND :high
    ORDER BY a.said_at DESC, a.id DESC
""",
    tables.survey_answers.c.proof,
    tables.survey_answers.c.said_by,
)


@dataclass(frozen=True, slots=True)
class Subject:
    """Of whom something is said: `place` in the request, and a row of a base or a person."""

    place: int
    row_id: int | None
    person_id: int | None


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody on the lists, and the village."""

    place: int
    division_code: str


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """What was said of somebody."""

    place: int
    row_id: int | None
    person_id: int | None
    answer: str
    reason: str | None
    proof: str | None
    said_by: str
    said_at: datetime


@dataclass(frozen=True, slots=True)
class Said:
    """An answer on record."""

    division_code: str
    answer: str
    reason: str | None
    proof: str | None
    said_by: str | None
    said_at: datetime
    entered_by: str
    entered_at: datetime
    import_id: int | None
    person_id: int | None


async def find(
    conn: AsyncConnection, county: str, coverage_year: int, subjects: Sequence[Subject]
) -> dict[int, str]:
    """The villages of those who are found, by place."""
    found = await fetch_as(conn, Found, _FOUND, rows=subjects, county=county, coverage_year=coverage_year)
    return {one.place: one.division_code for one in found}


async def say(
    conn: AsyncConnection,
    county: str,
    coverage_year: int,
    answers: Sequence[NewAnswer],
    entered_by: str,
    entered_at: datetime,
) -> None:
    """Write down what was said."""
    season = {"county": county, "coverage_year": coverage_year}
    await execute(conn, _SAY, rows=answers, **season, entered_by=entered_by, entered_at=entered_at)


async def said(
    conn: AsyncConnection, county: str, coverage_year: int, who: Subject, division: tuple[str, str]
) -> list[Said]:
    """All that was said of somebody in a division, the newest first."""
    low, high = division
    season = {"county": county, "coverage_year": coverage_year, "low": low, "high": high}
    return await fetch_as(conn, Said, _SAID, row_id=who.row_id, person_id=who.person_id, **season)
