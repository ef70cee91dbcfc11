"""SQL of reminders: who may be reminded, what was planned, and how far each message is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.ids import next_ids
from libs.common.db.rows import Records, any_of, copy, execute, fetch_as, fetch_one_as, statement
from services.registration import tables
from services.registration.enrollments.rules import OPEN
from services.registration.reminders.rules import UNHEARD, Payer, Planned, Reminded
from services.registration.surveys.rules import EXCLUDING
from services.registration.waiting_money.store import WAITS

_SEASON = "{0}.county = :county AND {0}.coverage_year = :coverage_year"
#: Consents of people who owe: not paid, not exempt, no money of theirs waits, nobody said why they need not.
OWING = f"""
    FROM contacts c
    JOIN persons p ON p.id = c.person_id AND p.merged_into IS NULL
    JOIN households h ON h.id = p.household_id
    JOIN enrollments e ON e.person_id = p.id AND {_SEASON.format("e")} AND e.state IN {OPEN}
     AND e.merged_into IS NULL
    WHERE c.coverage_year = :coverage_year AND c.withdrawn_at IS NULL AND c.phone IS NOT NULL
      AND p.id NOT IN ({WAITS})
      AND NOT EXISTS (SELECT FROM life_events l
                      WHERE l.person_id = p.id AND l.kind = 'died' AND l.withdrawn_at IS NULL)
      AND NOT coalesce((
          SELECT a.reason IN {EXCLUDING} FROM documents d
          JOIN survey_answers a ON {_SEASON.format("a")} AND a.number_digest = d.number_digest
          WHERE d.person_id = p.id ORDER BY a.said_at DESC, a.id DESC LIMIT 1), false)
"""
_OWING = statement(
    f"""
    SELECT p.id AS person_id, c.phone {OWING}
      AND h.division_code BETWEEN :low AND :high
    ORDER BY h.division_code, p.id
""",
    tables.contacts.c.phone,
)
_QUESTIONS = statement(f"""
    SELECT e.person_id, a.question FROM enrollments e JOIN assessments a ON a.id = e.assessment_id
    WHERE e.person_id {any_of(tables.enrollments.c.person_id, "people")}
      AND {_SEASON.format("e")} AND e.state IN {OPEN} AND e.merged_into IS NULL
""")
_HEARD = statement(
    f"""
    SELECT r.phone, m.person_id, r.made_at FROM reminders r JOIN reminder_people m ON m.reminder_id = r.id
    WHERE {_SEASON.format("r")} AND r.state NOT IN {UNHEARD}
""",
    tables.reminders.c.phone,
)
_TURN = statement("SELECT pg_advisory_xact_lock(hashtextextended('reminding ' || :county, 0))")
_RUN = Records(
    tables.reminder_runs,
    *("id", "county", "coverage_year", "text_id", "means", "division_prefix", "waiting", "made_by"),
    "made_at",
)
_MAKE = statement(f"INSERT INTO reminder_runs ({_RUN.names}) SELECT {_RUN.names} FROM {_RUN}")
_SHOWN = """
    SELECT u.*, (SELECT count(*) FROM reminder_people p JOIN reminders r ON r.id = p.reminder_id
            WHERE r.run_id = u.run_id)::integer AS people,
           coalesce((SELECT jsonb_object_agg(state, count) FROM (
               SELECT state, count(*) FROM reminders r WHERE r.run_id = u.run_id GROUP BY state) AS y
           ), '{}') AS states
    FROM (SELECT id AS run_id, county, coverage_year, text_id, means, division_prefix, waiting, made_by,
                 made_at FROM reminder_runs) AS u
"""
_ONE = statement(f"{_SHOWN} WHERE u.run_id = :run_id")
_PAGE = statement(f"""
    {_SHOWN} WHERE {_SEASON.format("u")} AND u.run_id > :after AND starts_with(u.division_prefix, :division)
    ORDER BY u.run_id LIMIT :limit
""")
_LISTED = statement(
    """
    SELECT r.id AS reminder_id, r.phone, h.division_code, h.household_no, p.id AS person_id, p.name,
           coalesce(m.repair_years, 0) AS repair_years, coalesce(m.repair_months, 0) AS repair_months
    FROM reminders r JOIN reminder_people m ON m.reminder_id = r.id
    JOIN persons p ON p.id = m.person_id JOIN households h ON h.id = p.household_id
    WHERE r.run_id = :run_id AND r.phone IS NOT NULL ORDER BY h.division_code, r.id, p.id
""",
    tables.reminders.c.phone,
    tables.persons.c.name,
)


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run to keep. `waiting` phones had a message too lately, or too many."""

    id: int
    county: str
    coverage_year: int
    text_id: str
    means: str
    division_prefix: str
    waiting: int
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """A run, and how many of its messages are how far."""

    run_id: int
    county: str
    coverage_year: int
    text_id: str
    means: str
    division_prefix: str
    waiting: int
    made_by: str
    made_at: datetime
    people: int
    states: dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody on a list or in a file."""

    reminder_id: int
    phone: str
    division_code: str
    household_no: str
    person_id: int
    name: str
    repair_years: int
    repair_months: int


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked last of somebody's year."""

    person_id: int
    question: Mapping[str, JsonValue]


async def take_turn(conn: AsyncConnection, county: str) -> None:
    """Wait for whoever plans or sends reminders of a county."""
    await execute(conn, _TURN, county=county)


async def owing(
    conn: AsyncConnection, county: str, coverage_year: int, division: tuple[str, str]
) -> list[Payer]:
    """Who may be reminded, village by village."""
    low, high = division
    season = {"county": county, "coverage_year": coverage_year}
    return await fetch_as(conn, Payer, _OWING, **season, low=low, high=high)


async def questions(
    conn: AsyncConnection, county: str, coverage_year: int, people: Sequence[int]
) -> list[Question]:
    """What was asked last of these people, who have still to pay."""
    season = {"county": county, "coverage_year": coverage_year}
    return await fetch_as(conn, Question, _QUESTIONS, **season, people=list(people))


async def heard(conn: AsyncConnection, county: str, coverage_year: int) -> list[Reminded]:
    """What has gone to whom in a season; a phone that was withdrawn is forgotten."""
    return await fetch_as(conn, Reminded, _HEARD, county=county, coverage_year=coverage_year)


async def keep(conn: AsyncConnection, run: NewRun, state: str, messages: Sequence[Planned]) -> None:
    """Keep a run with its messages, before any is sent."""
    await execute(conn, _MAKE, rows=[run])
    ids = await next_ids(conn, tables.reminders, len(messages))
    season = {"county": run.county, "coverage_year": run.coverage_year}
    rows = [
        {"id": id_, "run_id": run.id, **season, "phone": one.phone, "state": state, "made_at": run.made_at}
        for id_, one in zip(ids, messages, strict=True)
    ]
    await copy(conn, tables.reminders, rows, *(rows[0] if rows else ()))
    people = [
        {
            "reminder_id": id_,
            "person_id": person,
            "repair_years": repair.years if (repair := one.repairs.get(person)) is not None else None,
            "repair_months": repair.months if repair is not None else None,
        }
        for id_, one in zip(ids, messages, strict=True)
        for person in one.people
    ]
    columns = ("reminder_id", "person_id", "repair_years", "repair_months")
    await copy(conn, tables.reminder_people, people, *columns)


async def one(conn: AsyncConnection, run_id: int) -> Run | None:
    """Look a run up."""
    return await fetch_one_as(conn, Run, _ONE, run_id=run_id)


async def page(
    conn: AsyncConnection, county: str, coverage_year: int, division: str, after: int, limit: int
) -> list[Run]:
    """Runs of a season within a division."""
    season = {"county": county, "coverage_year": coverage_year}
    return await fetch_as(conn, Run, _PAGE, **season, division=division, after=after, limit=limit)


async def listed(conn: AsyncConnection, run_id: int) -> list[Listed]:
    """Everybody of a run, village by village."""
    return await fetch_as(conn, Listed, _LISTED, run_id=run_id)
