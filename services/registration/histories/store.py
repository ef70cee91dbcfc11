"""SQL of enrollment history: what files and corrections said, own seasons, and whom a change concerns."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, any_of, execute, fetch_as, fetch_value, fetch_values, statement
from services.registration.enrollments.rules import ACTIVE, COMPLETE
from services.registration.histories.rules import Record, Season, Statement, Whole
from services.registration.tables import (
    documents,
    enrollments,
    history_statements,
    history_wholes,
    import_rows,
)

# A person's numbers, those among them that turned out to be wrong: files may name somebody by either.
_NUMBERS = f"""
    SELECT d.person_id, d.number_digest FROM documents d
    WHERE d.person_id {any_of(documents.c.person_id, "ids")}
    UNION
    SELECT d.person_id, f.number_digest FROM documents d
    JOIN former_numbers f ON f.county = d.county AND f.current_digest = d.number_digest
    WHERE d.person_id {any_of(documents.c.person_id, "ids")}
"""
_SAID = statement(
    f"""
    SELECT n.person_id, h.said, h.coverage_year, h.county, h.place, h.scheme, h.source, h.import_id,
           h.known_at, h.said_by, h.reason
    FROM ({_NUMBERS}) n JOIN history_statements h ON h.number_digest = n.number_digest
    ORDER BY h.known_at, h.id
""",
    history_statements.c.reason,
)

# The same numbers in any county of this installation, and the records that were merged into theirs.
_KIN = f"""
    SELECT DISTINCT n.person_id AS asker, d.person_id
    FROM ({_NUMBERS}) n JOIN documents d ON d.number_digest = n.number_digest
"""
_SEASONS = statement(f"""
    WITH own AS (
        SELECT k.asker, k.person_id FROM ({_KIN}) k
        UNION
        SELECT k.asker, p.id FROM ({_KIN}) k JOIN persons p ON p.merged_into = k.person_id
    ), enrolled AS (
        SELECT o.asker, e.id, e.coverage_year, e.county, e.state,
               coalesce(e.known_at, e.registered_at) AS known_at
        FROM own o JOIN enrollments e ON e.person_id = o.person_id AND e.coverage_year < :before
    )
    SELECT asker AS person_id, coverage_year, county, state, known_at,
           CAST(NULL AS timestamptz) AS known_until FROM enrolled
    UNION ALL
    SELECT e.asker, e.coverage_year, e.county, v.state, v.known_at, v.known_until
    FROM enrolled e JOIN enrollment_versions v ON v.enrollment_id = e.id
    ORDER BY person_id, coverage_year, known_at
""")
_WHOLES = statement("SELECT place, from_year, to_year, known_at FROM history_wholes ORDER BY known_at, id")

_NEW = Records(
    history_statements,
    *("county", "number", "number_digest", "said", "coverage_year", "place", "scheme", "source"),
    *("reason", "import_id", "said_by", "known_at"),
)
_KEEP = statement(f"""
    WITH fresh AS (
        INSERT INTO history_statements ({_NEW.names}) SELECT {_NEW.names} FROM {_NEW}
        ON CONFLICT (number_digest, coverage_year, place, scheme) WHERE import_id IS NOT NULL DO NOTHING
        RETURNING id, number_digest
    )
    SELECT f.id AS statement_id, d.person_id
    FROM fresh f LEFT JOIN documents d ON d.number_digest = f.number_digest
""")
_FILED = Records(
    history_statements, "county", "number_digest", "coverage_year", "place", "scheme", line=import_rows.c.line
)
_UNKNOWN = statement(f"""
    SELECT min(rows.line) AS line, min(d.person_id) AS person_id
    FROM {_FILED}
    LEFT JOIN history_statements h
      ON h.number_digest = rows.number_digest AND h.coverage_year = rows.coverage_year
     AND h.place = rows.place AND h.scheme = rows.scheme AND h.import_id IS NOT NULL
    LEFT JOIN documents d ON d.county = rows.county AND d.number_digest = rows.number_digest
    WHERE h.id IS NULL
    GROUP BY rows.number_digest, rows.coverage_year, rows.place, rows.scheme ORDER BY 1
""")
_STATE = Records(history_wholes, "place", "from_year", "to_year", "import_id", "said_by", "known_at")
_WHOLE = statement(f"""
    INSERT INTO history_wholes ({_STATE.names}) SELECT {_STATE.names} FROM {_STATE}
    ON CONFLICT (place, from_year, to_year) DO NOTHING
""")

_COUNTED = "e.county || '/' || e.coverage_year = ANY(CAST(:notices AS text[]))"
_OF_PEOPLE = statement(f"""
    SELECT DISTINCT e.id FROM ({_KIN}) k JOIN enrollments e ON e.person_id = k.person_id
    WHERE e.state IN {ACTIVE} AND {_COUNTED} ORDER BY e.id
""")
_HANGS = statement(f"""
    SELECT EXISTS (
        SELECT FROM ({_KIN}) k JOIN enrollments e ON e.person_id = k.person_id
        WHERE e.state IN {COMPLETE} AND e.coverage_year > :after AND {_COUNTED})
""")
_OF_PLACE = statement(f"""
    SELECT e.id FROM enrollments e
    WHERE e.division_code LIKE :place || '%' AND e.coverage_year > :from_year
      AND e.state IN {ACTIVE} AND {_COUNTED} ORDER BY e.id
""")
# Whoever has paid for a year is not lapsed in it any more, or is again: later years may hang on that.
_LATER = statement(f"""
    SELECT DISTINCT e.id AS enrollment_id, later.id AS later_id FROM enrollments e
    JOIN documents d ON d.person_id = e.person_id
    JOIN documents same ON same.number_digest = d.number_digest
    JOIN enrollments later ON later.person_id = same.person_id AND later.coverage_year > e.coverage_year
    WHERE e.id {any_of(enrollments.c.id, "ids")} AND later.state IN {ACTIVE}
    ORDER BY 1, 2
""")


@dataclass(frozen=True, slots=True)
class NewStatement:
    """What a file or a correction says."""

    county: str
    number: str
    said: str
    coverage_year: int
    place: str | None
    scheme: str | None
    source: str | None
    import_id: int | None
    said_by: str
    known_at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class NewWhole:
    """A place and years of which all who were insured are known."""

    place: str
    from_year: int
    to_year: int
    import_id: int | None
    said_by: str
    known_at: datetime


@dataclass(frozen=True, slots=True)
class Fresh:
    """A statement that was new, and a person on record whom it is about."""

    statement_id: int
    person_id: int | None


@dataclass(frozen=True, slots=True)
class Unknown:
    """A line of a file that says something new, and a person on record whom it is about."""

    line: int
    person_id: int | None


@dataclass(frozen=True, slots=True)
class Later:
    """An enrollment, and one of the same person for a later year."""

    enrollment_id: int
    later_id: int


async def records(conn: AsyncConnection, divisions: Mapping[int, str], before: int) -> dict[int, Record]:
    """What is known of the years before a coverage year, by person; `divisions` are where each lives."""
    ids = sorted(divisions)
    said: dict[int, list[Statement]] = {}
    for one in await fetch_as(conn, Statement, _SAID, ids=ids):
        said.setdefault(one.person_id, []).append(one)
    seasons: dict[int, list[Season]] = {}
    for season in await fetch_as(conn, Season, _SEASONS, ids=ids, before=before):
        seasons.setdefault(season.person_id, []).append(season)
    wholes = await fetch_as(conn, Whole, _WHOLES)
    return {
        person: Record(
            said.get(person, ()),
            seasons.get(person, ()),
            [one for one in wholes if division.startswith(one.place)],
        )
        for person, division in divisions.items()
    }


async def keep(conn: AsyncConnection, statements: Sequence[NewStatement]) -> list[Fresh]:
    """Keep statements; give those that are new, once for each person on record whom one is about."""
    return await fetch_as(conn, Fresh, _KEEP, rows=statements)


async def unknown(conn: AsyncConnection, lines: Sequence[tuple[int, NewStatement]]) -> list[Unknown]:
    """Which of these lines of a file are not kept yet, each once, and who of its county it is about."""
    rows = [{"line": line, **asdict(said)} for line, said in lines]
    return await fetch_as(conn, Unknown, _UNKNOWN, rows=rows)


async def state_whole(conn: AsyncConnection, whole: NewWhole) -> bool:
    """Keep that a place is known whole; False where that was stated before."""
    return await execute(conn, _WHOLE, rows=[whole]) > 0


async def of_people(
    conn: AsyncConnection, people: Collection[int], counts: Collection[tuple[str, int]]
) -> list[int]:
    """The enrollments of these people, in any county, whose notices count the years before."""
    return await fetch_values(conn, int, _OF_PEOPLE, ids=sorted(people), notices=_names(counts))


async def is_paid_for(
    conn: AsyncConnection, person_id: int, after: int, counts: Collection[tuple[str, int]]
) -> bool:
    """Whether a cover of the person, in any county, is paid for whose notice counts the years before it.

    Only covers of years later than `after`.
    """
    found = await fetch_value(conn, bool, _HANGS, ids=[person_id], after=after, notices=_names(counts))
    return bool(found)


async def of_place(
    conn: AsyncConnection, place: str, from_year: int, counts: Collection[tuple[str, int]]
) -> list[int]:
    """The enrollments of a place for later years whose notices count the years before."""
    return await fetch_values(conn, int, _OF_PLACE, place=place, from_year=from_year, notices=_names(counts))


async def of_later_years(conn: AsyncConnection, enrollment_ids: Collection[int]) -> list[Later]:
    """The enrollments of the same people for later years, in any county."""
    return await fetch_as(conn, Later, _LATER, ids=sorted(enrollment_ids))


def _names(counts: Collection[tuple[str, int]]) -> list[str]:
    return [f"{county}/{year}" for county, year in sorted(counts)]
