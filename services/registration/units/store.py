"""SQL of units: the units themselves, who is on their lists and how it stands with them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import (
    Records,
    any_of,
    copy,
    execute,
    fetch,
    fetch_as,
    fetch_one_as,
    statement,
)
from services.registration import tables
from services.registration.assessments.subject import Waiting
from services.registration.enrollments.rules import ACTIVE
from services.registration.units.rules import OnList

_UNIT = """u.id AS unit_id, u.county, u.coverage_year, u.code, u.name, u.rule, u.division_code,
    u.version_no, u.late_lines, u.registered_by, u.registered_at"""
_NEW = Records(tables.units, "county", "coverage_year", "code", "name", "rule", "division_code",
               "registered_by", "registered_at")  # fmt: skip
#: Whoever registers a unit again may call it otherwise; what it is and where stays.
_REGISTER = statement(f"""
    INSERT INTO units AS u ({_NEW.names}) SELECT {_NEW.names} FROM {_NEW}
    ON CONFLICT (county, coverage_year, code) DO UPDATE SET name = excluded.name
    WHERE u.rule = excluded.rule AND u.division_code = excluded.division_code
    RETURNING {_UNIT}
""")
_BY_CODE = f"""
    SELECT {_UNIT} FROM units u
    WHERE u.county = :county AND u.coverage_year = :coverage_year AND u.code = :code
"""
_FIND = statement(_BY_CODE)
_LOCK = statement(f"{_BY_CODE} FOR UPDATE")
_ONE = statement(f"SELECT {_UNIT} FROM units u WHERE u.id = :id")
_STANDING = f"""
    SELECT {_UNIT}, p.listed, p.registered, p.paid, p.exempt, p.on_two_lists, p.paid_before
    FROM units u, LATERAL (
        SELECT count(DISTINCT l.person_id) AS listed,
               count(DISTINCT l.person_id) FILTER (WHERE e.state IN {ACTIVE}) AS registered,
               count(DISTINCT l.person_id) FILTER (WHERE e.state = 'paid') AS paid,
               count(DISTINCT l.person_id) FILTER (WHERE e.state = 'exempt') AS exempt,
               count(DISTINCT l.person_id) FILTER (WHERE EXISTS (
                   SELECT FROM unit_lines o JOIN units other ON other.id = o.unit_id
                   WHERE o.person_id = l.person_id AND o.until_version IS NULL AND other.id <> u.id
                     AND other.county = u.county AND other.coverage_year = u.coverage_year
               )) AS on_two_lists,
               count(DISTINCT l.person_id) FILTER (
                   WHERE e.state = 'paid' AND e.completed_at < l.listed_at) AS paid_before
        FROM unit_lines l
        LEFT JOIN enrollments e ON e.person_id = l.person_id AND e.county = u.county
         AND e.coverage_year = u.coverage_year
        WHERE l.unit_id = u.id AND l.until_version IS NULL
    ) AS p
"""
_STANDING_OF = statement(f"{_STANDING} WHERE u.id = :id")
_PAGE = statement(f"""
    {_STANDING}
    WHERE u.county = :county AND u.coverage_year = :coverage_year AND u.id > :after
      AND u.division_code BETWEEN :low AND :high AND u.code = coalesce(CAST(:code AS text), u.code)
    ORDER BY u.id LIMIT :limit
""")
_KNOWN = statement(
    f"""
    SELECT d.number, p.id AS person_id, p.name, p.sex, p.born, h.household_no, h.division_code, e.state
    FROM documents d
    JOIN persons p ON p.id = d.person_id
    JOIN households h ON h.id = p.household_id
    LEFT JOIN enrollments e ON e.person_id = p.id AND e.county = d.county
     AND e.coverage_year = :coverage_year
    WHERE d.county = :county AND d.number_digest {any_of(tables.documents.c.number_digest, "numbers")}
""",
    tables.documents.c.number,
    tables.persons.c.name,
)
_ON_LIST = statement("""
    SELECT DISTINCT ON (person_id) person_id, line_no, listed_at FROM unit_lines
    WHERE unit_id = :id AND until_version IS NULL ORDER BY person_id, id
""")
_ENROLLED = statement(f"""
    SELECT e.id AS enrollment_id, 'listed' AS cause, CAST(:at AS timestamptz) AS assess_at, e.county,
           e.coverage_year, e.person_id, e.household_id, e.division_code, e.state, e.tier, e.add_ons,
           e.registered_at, e.revision, e.completed_at, e.paid_fen, e.final_assessment_id
    FROM enrollments e
    WHERE e.county = :county AND e.coverage_year = :coverage_year
      AND e.person_id {any_of(tables.enrollments.c.person_id, "people")}
    ORDER BY e.person_id
""")
_VERSION = statement("UPDATE units SET version_no = :version_no, late_lines = :late WHERE id = :id")
_LEAVE_OUT = statement(f"""
    UPDATE unit_lines SET until_version = :version_no
    WHERE unit_id = :id AND until_version IS NULL
      AND person_id {any_of(tables.unit_lines.c.person_id, "people")}
""")
_OTHERS = statement(f"""
    SELECT l.person_id, array_agg(DISTINCT o.code) AS codes
    FROM unit_lines l JOIN units o ON o.id = l.unit_id
    WHERE l.person_id {any_of(tables.unit_lines.c.person_id, "people")} AND l.until_version IS NULL
      AND o.county = :county AND o.coverage_year = :coverage_year AND o.id <> :id
    GROUP BY l.person_id
""")


@dataclass(frozen=True, slots=True)
class NewUnit:
    """A unit that an officer registers."""

    county: str
    coverage_year: int
    code: str
    name: str
    rule: str
    division_code: str
    registered_by: str
    registered_at: datetime


@dataclass(frozen=True, slots=True)
class Unit(NewUnit):
    """A unit on record; `version_no` is of its list, `late_lines` how many of the last one came too late."""

    unit_id: int
    version_no: int
    late_lines: int


@dataclass(frozen=True, slots=True)
class Standing(Unit):
    """A unit, and how far it is."""

    listed: int
    registered: int
    paid: int
    exempt: int
    on_two_lists: int
    paid_before: int


@dataclass(frozen=True, slots=True)
class Within:
    """Which units are wanted: of villages from `low` to `high`, and that one alone of which `code` is."""

    low: str
    high: str
    code: str | None


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody on record under a number, the household that stays theirs, and the state of their year."""

    number: str
    person_id: int
    name: str
    sex: str | None
    born: date
    household_no: str
    division_code: str
    state: str | None


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a unit's list."""

    unit_id: int
    version_no: int
    lines: int
    added: int
    kept: int
    left_out: int
    refused: int
    late: int
    sent_by: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class NewLine:
    """Somebody who comes on a list."""

    unit_id: int
    person_id: int
    line_no: int
    from_version: int
    listed_at: datetime


async def register(conn: AsyncConnection, new: NewUnit) -> Unit | None:
    """Register a unit, or call it otherwise; None where another one has its code."""
    return await fetch_one_as(conn, Unit, _REGISTER, rows=[new])


async def find(conn: AsyncConnection, county: str, coverage_year: int, code: str) -> Unit | None:
    """A unit by its code."""
    return await fetch_one_as(conn, Unit, _FIND, county=county, coverage_year=coverage_year, code=code)


async def lock(conn: AsyncConnection, unit: Unit) -> Unit:
    """The unit as it stands when nobody else sends its list, held to the end of the transaction."""
    season = {"county": unit.county, "coverage_year": unit.coverage_year}
    locked = await fetch_one_as(conn, Unit, _LOCK, **season, code=unit.code)
    assert locked is not None, "units are never deleted"
    return locked


async def one(conn: AsyncConnection, unit_id: int) -> Unit | None:
    """A unit by its id."""
    return await fetch_one_as(conn, Unit, _ONE, id=unit_id)


async def standing(conn: AsyncConnection, unit_id: int) -> Standing | None:
    """A unit by its id, and how far it is."""
    return await fetch_one_as(conn, Standing, _STANDING_OF, id=unit_id)


async def page(
    conn: AsyncConnection,
    county: str,
    coverage_year: int,
    place: Within,
    after: int,
    limit: int,
) -> list[Standing]:
    """The units of a season within a place, with how far they are."""
    season = {"county": county, "coverage_year": coverage_year}
    return await fetch_as(conn, Standing, _PAGE, **season, **asdict(place), after=after, limit=limit)


async def known(conn: AsyncConnection, unit: Unit, numbers: Sequence[str]) -> dict[str, Known]:
    """Whoever is on record under these numbers, and how it stands with them in the year of the unit."""
    season = {"county": unit.county, "coverage_year": unit.coverage_year}
    found = await fetch_as(conn, Known, _KNOWN, **season, numbers=list(numbers))
    return {row.number: row for row in found}


async def on_list(conn: AsyncConnection, unit_id: int) -> dict[int, OnList]:
    """Who is on the list of a unit, by person."""
    return {row.person_id: row for row in await fetch_as(conn, OnList, _ON_LIST, id=unit_id)}


async def enrolled(conn: AsyncConnection, unit: Unit, people: Sequence[int], at: datetime) -> list[Waiting]:
    """The enrollments of these people for the year of the unit, as a question at an instant needs them."""
    season = {"county": unit.county, "coverage_year": unit.coverage_year}
    return await fetch_as(conn, Waiting, _ENROLLED, **season, people=list(people), at=at)


async def keep(
    conn: AsyncConnection, version: Version, lines: Sequence[NewLine], left_out: Sequence[int]
) -> None:
    """Write a version of a list: who comes, and who goes."""
    await copy(conn, tables.unit_lists, [version], *Version.__dataclass_fields__)
    if left_out:
        about = {"id": version.unit_id, "version_no": version.version_no}
        await execute(conn, _LEAVE_OUT, **about, people=list(left_out))
    await copy(conn, tables.unit_lines, lines, *NewLine.__dataclass_fields__)


async def note(conn: AsyncConnection, unit_id: int, version_no: int, late: int) -> None:
    """Say which version of the list counts, and how many lines of the last one sent came too late."""
    await execute(conn, _VERSION, id=unit_id, version_no=version_no, late=late)


async def others(conn: AsyncConnection, unit: Unit, people: Sequence[int]) -> dict[int, list[str]]:
    """The codes of other units that list these people for the same year, by person."""
    season = {"county": unit.county, "coverage_year": unit.coverage_year}
    rows = await fetch(conn, _OTHERS, **season, id=unit.unit_id, people=list(people))
    return {row["person_id"]: list(row["codes"]) for row in rows}
