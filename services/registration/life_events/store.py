"""SQL of life events: whom they concern, and the append of those that are new."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, any_of, execute, fetch_as, fetch_one_as, statement
from services.registration.life_events.rules import Told
from services.registration.people.rules import Facts
from services.registration.tables import documents, life_events

_BY_NUMBERS = statement(
    f"""
    SELECT d.number, p.id, p.facts, h.division_code, p.county
    FROM documents d JOIN persons p ON p.id = d.person_id JOIN households h ON h.id = p.household_id
    WHERE d.number_digest {any_of(documents.c.number_digest, "numbers")} ORDER BY p.id
""",
    documents.c.number,
)

_EVENTS = Records(life_events, "county", "person_id", "kind", "happened_on", "facts_before")
_APPEND = statement(f"""
    INSERT INTO life_events ({_EVENTS.names}, known_at) SELECT {_EVENTS.names}, :known_at FROM {_EVENTS}
    ORDER BY person_id, kind, happened_on
""")
_STANDING = statement(f"""
    SELECT county, person_id, kind, happened_on FROM life_events
    WHERE person_id {any_of(life_events.c.person_id, "people")} AND withdrawn_at IS NULL
""")
_DEATHS = statement(f"""
    SELECT e.id, e.person_id, e.happened_on, e.known_at, e.county, h.division_code
    FROM life_events e JOIN persons p ON p.id = e.person_id JOIN households h ON h.id = p.household_id
    WHERE e.person_id {any_of(life_events.c.person_id, "people")} AND e.withdrawn_at IS NULL
      AND e.kind = 'died'
    ORDER BY e.person_id, e.happened_on, e.id
""")
_ONE = statement("""
    SELECT e.id, e.county, e.person_id, e.kind, e.happened_on, e.facts_before, e.withdrawn_at, p.facts,
           h.division_code
    FROM life_events e JOIN persons p ON p.id = e.person_id JOIN households h ON h.id = p.household_id
    WHERE e.id = :id
""")
_TOLD = statement("""
    SELECT id, kind, happened_on, facts_before, withdrawn_at IS NOT NULL AS withdrawn FROM life_events
    WHERE person_id = :person_id AND facts_before IS NOT NULL
    ORDER BY known_at, happened_on, id
""")
_WITHDRAW = statement("UPDATE life_events SET withdrawn_at = :at, withdrawn_by = :by WHERE id = :id")


@dataclass(frozen=True, slots=True)
class Concerned:
    """The person of a number."""

    number: str
    id: int
    facts: Facts
    division_code: str
    county: str


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to a person."""

    county: str
    person_id: int
    kind: str
    happened_on: date


@dataclass(frozen=True, slots=True)
class NewEvent:
    """What happened to a person, with the facts that it changes, as they were."""

    county: str
    person_id: int
    kind: str
    happened_on: date
    facts_before: Facts


@dataclass(frozen=True, slots=True)
class KnownEvent:
    """A life event on record."""

    id: int
    county: str
    person_id: int
    kind: str
    happened_on: date
    facts_before: Facts | None
    withdrawn_at: datetime | None
    facts: Facts
    division_code: str


@dataclass(frozen=True, slots=True)
class Death:
    """A day on which a person is said to have died."""

    id: int
    person_id: int
    happened_on: date
    known_at: datetime
    county: str
    division_code: str


async def by_numbers(conn: AsyncConnection, numbers: Sequence[str]) -> dict[str, list[Concerned]]:
    """The people of these numbers (one per county)."""
    found: dict[str, list[Concerned]] = {}
    for row in await fetch_as(conn, Concerned, _BY_NUMBERS, numbers=list(numbers)):
        found.setdefault(row.number, []).append(row)
    return found


async def one(conn: AsyncConnection, life_event_id: int) -> KnownEvent | None:
    """A life event on record."""
    return await fetch_one_as(conn, KnownEvent, _ONE, id=life_event_id)


async def told(conn: AsyncConnection, person_id: int) -> list[Told]:
    """What was told to have happened to somebody and may have changed facts, in that order."""
    return await fetch_as(conn, Told, _TOLD, person_id=person_id)


async def withdraw(conn: AsyncConnection, life_event_id: int, at: datetime, by: str) -> None:
    """Note that an event did not happen."""
    await execute(conn, _WITHDRAW, id=life_event_id, at=at, by=by)


async def standing(conn: AsyncConnection, people: Sequence[int]) -> set[Event]:
    """What is on record as having happened to these people."""
    return set(await fetch_as(conn, Event, _STANDING, people=list(people)))


async def deaths(conn: AsyncConnection, people: Sequence[int]) -> list[Death]:
    """The days on which these people are said to have died, earliest first."""
    return await fetch_as(conn, Death, _DEATHS, people=list(people))


async def append_events(conn: AsyncConnection, events: Sequence[NewEvent], known_at: datetime) -> None:
    """Append life events that are not on record."""
    await execute(conn, _APPEND, rows=events, known_at=known_at)
