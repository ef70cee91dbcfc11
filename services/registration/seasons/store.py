"""SQL of openings: how far each is, who was enrolled the year before, and whom it left out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import (
    Records,
    any_of,
    execute,
    fetch_as,
    fetch_one_as,
    fetch_value,
    fetch_values,
    statement,
)
from services.registration.enrollments.rules import ACTIVE, COMPLETE
from services.registration.seasons.rules import Candidate
from services.registration.tables import (
    documents,
    season_openings,
    status_statements,
)

_COLUMNS = """id, county, coverage_year, state, after_id, people_total, people_done, enrolled,
    enrolled_before, left_out, trouble, opened_by, opened_at, finished_at"""
_SEASON = "county = :county AND coverage_year = :coverage_year"
# Everything is asked person by person along an index, however much or little tables are believed to hold: by
# joins that the database plans for a few rows, a step would take minutes.
_OF_BEFORE = """e.county = :county AND e.coverage_year = CAST(:coverage_year AS integer) - 1
    AND e.merged_into IS NULL AND (
        SELECT q.merged_into IS NULL AND q.erased_at IS NULL FROM persons q WHERE q.id = e.person_id)"""
_ENROLLED = """(
    SELECT n.state FROM enrollments n
    WHERE n.person_id = e.person_id AND n.coverage_year = :coverage_year AND n.county = e.county)"""

_TOTAL = statement(f"SELECT count(*) FROM enrollments e WHERE {_OF_BEFORE}")
_NEW = Records(
    season_openings, "county", "coverage_year", "state", "after_id", "people_total", "opened_by", "opened_at"
)
# One that is under way goes on; one that is done begins anew, for whoever was insured since.
_START = statement(f"""
    INSERT INTO season_openings AS o ({_NEW.names}) SELECT {_NEW.names} FROM {_NEW}
    ON CONFLICT (county, coverage_year) DO UPDATE
    SET {_NEW.taken_over("state", "after_id", "people_total", "opened_by", "opened_at")},
        people_done = 0, enrolled = 0, enrolled_before = 0, left_out = 0, finished_at = NULL
    WHERE o.state = 'done'
""")
_ONE = statement(f"SELECT {_COLUMNS} FROM season_openings WHERE {_SEASON}")

# Whoever is at work on one holds its row; the others take another, or none.
_CLAIM = statement(f"""
    SELECT {_COLUMNS} FROM season_openings
    WHERE state = 'running' AND county || '/' || coverage_year = ANY(CAST(:notices AS text[]))
    ORDER BY tried_at NULLS FIRST, id LIMIT 1
    FOR UPDATE SKIP LOCKED
""")


def _standing(which: str) -> str:
    """The people of the year before of whom a condition holds, as they stand now."""
    return f"""
    SELECT e.id AS former_id, e.person_id, p.household_id, h.division_code, e.state, p.known_at,
           {_ENROLLED} AS enrolled,
           coalesce((
               SELECT true FROM life_events l
               WHERE l.person_id = e.person_id AND l.kind = 'died' AND l.withdrawn_at IS NULL LIMIT 1
           ), false) AS died
    FROM (
        SELECT e.id, e.person_id, e.county, e.state FROM enrollments e
        WHERE {_OF_BEFORE} AND {which} ORDER BY e.id LIMIT :number
    ) e
    CROSS JOIN LATERAL (SELECT * FROM persons q WHERE q.id = e.person_id LIMIT 1) p
    CROSS JOIN LATERAL (SELECT * FROM households q WHERE q.id = p.household_id LIMIT 1) h
    ORDER BY e.id
"""


_CANDIDATES = statement(_standing("e.id > :after_id"))
# Whoever has the same number in another county first: they are few, enrollments of the new year are many.
_ELSEWHERE = statement(f"""
    WITH same AS MATERIALIZED (
        SELECT d.person_id, s.person_id AS other_id, s.county
        FROM documents d JOIN documents s ON s.number_digest = d.number_digest AND s.county <> d.county
        WHERE d.person_id {any_of(documents.c.person_id, "people")}
    )
    SELECT DISTINCT same.person_id FROM same
    JOIN enrollments o ON o.person_id = same.other_id AND o.county = same.county
     AND o.coverage_year = :coverage_year AND o.state IN {ACTIVE}
""")

# Money for a year of which nobody enrolled whoever was insured the year before.
_MONEY = "w.waits AND w.amount_fen > w.gone_fen"
_PAID_SEASONS = statement(f"""
    SELECT DISTINCT e.county, w.coverage_year
    FROM waiting_money w
    JOIN persons p ON p.id = w.person_id
    JOIN enrollments e ON e.person_id = coalesce(p.merged_into, p.id)
     AND e.coverage_year = w.coverage_year - 1 AND e.state IN {COMPLETE}
    WHERE {_MONEY} AND NOT EXISTS (
        SELECT FROM enrollments n WHERE n.person_id = e.person_id AND n.county = e.county
          AND n.coverage_year = w.coverage_year)
""")
_PAYERS = statement(
    _standing(f"""e.state IN {COMPLETE} AND {_ENROLLED} IS NULL AND e.person_id IN (
        SELECT coalesce(q.merged_into, q.id) FROM waiting_money w JOIN persons q ON q.id = w.person_id
        WHERE {_MONEY} AND w.coverage_year = :coverage_year)""")
)

# The very statements of the year before, and the days on which they arrived, become those of the new one.
_CARRY_OVER = statement(f"""
    INSERT INTO status_statements (
        county, coverage_year, number, number_digest, name, person_id, status, said, class, grade,
        department, effective_on, ended_on, listed_on, roster_id, known_at)
    SELECT t.county, :coverage_year, t.number, t.number_digest, t.name, t.person_id, t.status, t.said,
           t.class, t.grade, t.department, t.effective_on, t.ended_on, t.listed_on, t.roster_id, :now
    FROM status_statements t
    WHERE t.county = :county AND t.coverage_year = CAST(:coverage_year AS integer) - 1
      AND t.status {any_of(status_statements.c.status, "codes")}
      AND t.person_id {any_of(status_statements.c.person_id, "people")}
      AND NOT EXISTS (
          SELECT FROM status_statements n WHERE n.person_id = t.person_id AND n.county = t.county
            AND n.coverage_year = :coverage_year AND n.status = t.status)
      AND NOT EXISTS (
          SELECT FROM rosters r WHERE r.county = t.county AND r.coverage_year = :coverage_year
            AND r.status = t.status AND r.mode = 'replace')
    ORDER BY t.id
""")

_ADVANCE = statement("""
    UPDATE season_openings
    SET after_id = :after_id, people_done = people_done + :done, enrolled = enrolled + :enrolled,
        enrolled_before = enrolled_before + :before, left_out = left_out + :left_out,
        tried_at = clock_timestamp(), trouble = NULL
    WHERE id = :id
""")
_FINISH = statement("""
    UPDATE season_openings SET state = 'done', trouble = NULL, finished_at = clock_timestamp() WHERE id = :id
""")
_TROUBLE = statement("""
    UPDATE season_openings SET trouble = :trouble, tried_at = clock_timestamp() WHERE id = :id
""")

_WAITING = statement(f"SELECT count(*) FROM waiting WHERE {_SEASON}")


@dataclass(frozen=True, slots=True)
class Season:
    """A county and its coverage year."""

    county: str
    coverage_year: int


@dataclass(frozen=True, slots=True)
class Opening:
    """An opening on record; `after_id` is how far it is."""

    id: int
    county: str
    coverage_year: int
    state: str
    after_id: int
    people_total: int
    people_done: int
    enrolled: int
    enrolled_before: int
    left_out: int
    trouble: str | None
    opened_by: str
    opened_at: datetime
    finished_at: datetime | None


async def start(conn: AsyncConnection, county: str, coverage_year: int, by: str, now: datetime) -> Opening:
    """Open a season, or go on with one that is under way."""
    season = {"county": county, "coverage_year": coverage_year}
    total = await fetch_value(conn, int, _TOTAL, **season) or 0
    new = {"state": "running", "after_id": 0, "people_total": total, "opened_by": by, "opened_at": now}
    await execute(conn, _START, rows=[season | new])
    opening = await one(conn, county, coverage_year)
    assert opening is not None, "it was opened just now"
    return opening


async def one(conn: AsyncConnection, county: str, coverage_year: int) -> Opening | None:
    """The opening of a season."""
    return await fetch_one_as(conn, Opening, _ONE, county=county, coverage_year=coverage_year)


async def claim(conn: AsyncConnection, notices: Sequence[str]) -> Opening | None:
    """Hold the opening whose turn it is, of those notices, and that nobody else is at work on."""
    return await fetch_one_as(conn, Opening, _CLAIM, notices=list(notices))


async def candidates(conn: AsyncConnection, opening: Opening, number: int) -> list[Candidate]:
    """The next people who were enrolled the year before, as they stand now."""
    season = {"county": opening.county, "coverage_year": opening.coverage_year}
    found = await fetch_as(conn, Candidate, _CANDIDATES, **season, after_id=opening.after_id, number=number)
    return await _with_other_counties(conn, opening.coverage_year, found)


async def paid_seasons(conn: AsyncConnection) -> list[Season]:
    """The seasons for which money waits of people who were insured the year before and are not enrolled."""
    return await fetch_as(conn, Season, _PAID_SEASONS)


async def payers(conn: AsyncConnection, season: Season, number: int) -> list[Candidate]:
    """Those people of a season, as they stand now."""
    found = await fetch_as(
        conn, Candidate, _PAYERS, county=season.county, coverage_year=season.coverage_year, number=number
    )
    return await _with_other_counties(conn, season.coverage_year, found)


async def _with_other_counties(
    conn: AsyncConnection, coverage_year: int, found: Sequence[Candidate]
) -> list[Candidate]:
    """Note of each whether the same number is enrolled in another county."""
    people = [one.person_id for one in found]
    there = set(await fetch_values(conn, int, _ELSEWHERE, people=people, coverage_year=coverage_year))
    return [replace(one, elsewhere=one.person_id in there) for one in found]


async def carry_over(
    conn: AsyncConnection, season: Season, codes: Sequence[str], people: Sequence[int], now: datetime
) -> None:
    """Take over what rosters of the year before said of these statuses, where nothing newer is said."""
    about = {"county": season.county, "coverage_year": season.coverage_year, "now": now}
    await execute(conn, _CARRY_OVER, **about, codes=list(codes), people=list(people))


async def advance(
    conn: AsyncConnection, opening: Opening, after_id: int, *, done: int, enrolled: int, left_out: int
) -> None:
    """Write how far the opening is, in the transaction of the people whom it looked at."""
    before = done - enrolled - left_out
    counts = {"done": done, "enrolled": enrolled, "before": before, "left_out": left_out}
    await execute(conn, _ADVANCE, id=opening.id, after_id=after_id, **counts)


async def finish(conn: AsyncConnection, opening: Opening) -> None:
    """Note that everybody was looked at."""
    await execute(conn, _FINISH, id=opening.id)


async def put_off(conn: AsyncConnection, opening_id: int, trouble: str) -> None:
    """Note why an attempt broke off; others have their turn first."""
    await execute(conn, _TROUBLE, id=opening_id, trouble=trouble)


async def count_waiting(conn: AsyncConnection, county: str, coverage_year: int) -> int:
    """How many enrollments of a season wait to be assessed."""
    return await fetch_value(conn, int, _WAITING, county=county, coverage_year=coverage_year) or 0
