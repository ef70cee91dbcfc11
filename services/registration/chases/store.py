"""SQL of chasing: who is meant and how it stands with them, who is on it, and every step that was taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, copy, execute, fetch_as, statement
from services.registration import tables
from services.registration.surveys.answers_store import DIGESTS, Subject, whom

_TURN = statement("SELECT pg_advisory_xact_lock(hashtextextended('chasing ' || :county, 0))")
_WHO = Records(
    tables.survey_rows,
    place=tables.survey_bases.c.version_no,
    row_id=tables.survey_rows.c.id,
    person_id=tables.persons.c.id,
)
_SEASON = "{0}.county = :county AND {0}.coverage_year = :coverage_year"
# Of several numbers of one person the chase that was taken last counts.
_STANDING = statement(
    f"""
    WITH {whom(_WHO)}, owner AS MATERIALIZED (
        SELECT w.place, d.person_id FROM whom w
        LEFT JOIN former_numbers f ON f.county = :county AND f.number_digest = w.number_digest
        JOIN documents d ON d.county = :county
         AND d.number_digest = coalesce(f.current_digest, w.number_digest)
    ), named AS MATERIALIZED (
        SELECT place, number_digest FROM whom WHERE number_digest IS NOT NULL
        UNION
        SELECT o.place, d.number_digest FROM owner o JOIN documents d ON d.person_id = o.person_id
    ), answer AS (
        SELECT DISTINCT ON (n.place) n.place, a.reason FROM named n
        JOIN survey_answers a ON {_SEASON.format("a")} AND a.number_digest = n.number_digest
        ORDER BY n.place, a.said_at DESC, a.id DESC
    ), chase AS (
        SELECT DISTINCT ON (n.place) n.place, c.* FROM named n
        JOIN chases c ON {_SEASON.format("c")} AND c.number_digest = n.number_digest
        ORDER BY n.place, c.taken_at DESC
    )
    SELECT w.place, w.division_code, coalesce(c.number_digest, w.number_digest) AS key, o.person_id, e.state,
           a.reason, EXISTS (
               SELECT FROM life_events l
               WHERE l.person_id = o.person_id AND l.kind = 'died' AND l.withdrawn_at IS NULL) AS dead,
           c.taken_by, c.taken_at, c.released_at, c.last_contact_at, c.last_outcome, c.next_step, c.next_on,
           c.free_from
    FROM whom w
    LEFT JOIN LATERAL (SELECT min(person_id) AS person_id FROM owner WHERE owner.place = w.place) o ON true
    LEFT JOIN enrollments e ON e.person_id = o.person_id AND {_SEASON.format("e")} AND e.merged_into IS NULL
    LEFT JOIN answer a ON a.place = w.place
    LEFT JOIN chase c ON c.place = w.place
    WHERE w.number_digest IS NOT NULL
    ORDER BY w.place
""",
    tables.chases.c.next_step,
)
_CHASE = Records(tables.chases, *(column.name for column in tables.chases.c if column.name != "recorded_at"))
_KEEP = statement(f"""
    INSERT INTO chases ({_CHASE.names}) SELECT {_CHASE.names} FROM {_CHASE}
    ON CONFLICT (county, coverage_year, number_digest) DO UPDATE SET {
    _CHASE.taken_over(
        *("division_code", "taken_by", "taken_at", "released_at", "last_contact_at", "last_outcome"),
        *("next_step", "next_on", "free_from"),
    )
}
""")
_STEPS = (
    *("county", "coverage_year", "division_code", "number_digest", "kind", "at", "means", "outcome"),
    *("next_step", "next_on", "note", "entered_by", "entered_at"),
)
_TAKEN = statement(
    f"""
    WITH {DIGESTS}
    SELECT s.division_code, s.kind, s.at, s.means, s.outcome, s.next_step, s.next_on, s.note, s.entered_by,
           s.entered_at, (SELECT min(id) FROM person) AS person_id
    FROM chase_steps s JOIN digests ON digests.number_digest = s.number_digest
    WHERE {_SEASON.format("s")} AND s.division_code BETWEEN :low AND :high
    ORDER BY s.at DESC, s.id DESC
""",
    tables.chase_steps.c.next_step,
    tables.chase_steps.c.note,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with somebody who is to be chased; `key` is the number under which the chase is kept."""

    place: int
    division_code: str
    key: bytes
    person_id: int | None
    state: str | None
    reason: str | None
    dead: bool
    taken_by: str | None
    taken_at: datetime | None
    released_at: datetime | None
    last_contact_at: datetime | None
    last_outcome: str | None
    next_step: str | None
    next_on: date | None
    free_from: date | None


@dataclass(frozen=True, slots=True)
class KeptChase:
    """A chase as it is stored."""

    county: str
    coverage_year: int
    number_digest: bytes
    division_code: str
    taken_by: str
    taken_at: datetime
    released_at: datetime | None
    last_contact_at: datetime | None
    last_outcome: str | None
    next_step: str | None
    next_on: date | None
    free_from: date


@dataclass(frozen=True, slots=True)
class KeptStep:
    """A step as it is stored, once and for all."""

    county: str
    coverage_year: int
    division_code: str
    number_digest: bytes
    kind: str
    at: datetime
    means: str | None
    outcome: str | None
    next_step: str | None
    next_on: date | None
    note: str | None
    entered_by: str
    entered_at: datetime


@dataclass(frozen=True, slots=True)
class StepTaken:
    """A step on record."""

    division_code: str
    kind: str
    at: datetime
    means: str | None
    outcome: str | None
    next_step: str | None
    next_on: date | None
    note: str | None
    entered_by: str
    entered_at: datetime
    person_id: int | None


async def take_turn(conn: AsyncConnection, county: str) -> None:
    """Wait until nobody else of a county is writing who chases whom; held to the end of the transaction."""
    await execute(conn, _TURN, county=county)


async def standings(
    conn: AsyncConnection, county: str, coverage_year: int, subjects: Sequence[Subject]
) -> dict[int, Standing]:
    """How it stands with those who are found, by place."""
    season = {"county": county, "coverage_year": coverage_year}
    return {one.place: one for one in await fetch_as(conn, Standing, _STANDING, rows=subjects, **season)}


async def keep(conn: AsyncConnection, chases: Sequence[KeptChase], steps: Sequence[KeptStep]) -> None:
    """Write who is on whom now, and what was done."""
    await execute(conn, _KEEP, rows=chases)
    await copy(conn, tables.chase_steps, steps, *_STEPS)


async def taken(
    conn: AsyncConnection, county: str, coverage_year: int, who: Subject, division: tuple[str, str]
) -> list[StepTaken]:
    """All that was done about somebody in a division, the newest first."""
    low, high = division
    season = {"county": county, "coverage_year": coverage_year, "low": low, "high": high}
    return await fetch_as(conn, StepTaken, _TAKEN, row_id=who.row_id, person_id=who.person_id, **season)
