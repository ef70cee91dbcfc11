"""SQL of life events: whom they concern, and the append of those that are new."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, any_of, fetch_as, statement
from services.registration.people.rules import Facts
from services.registration.tables import documents, life_events

_BY_NUMBERS = statement(f"""
    SELECT d.number, p.id, p.facts, h.division_code, p.county
    FROM documents d JOIN persons p ON p.id = d.person_id JOIN households h ON h.id = p.household_id
    WHERE d.number {any_of(documents.c.number, "numbers")} ORDER BY p.id
""")

_EVENTS = Records(life_events, "county", "person_id", "kind", "happened_on")
_APPEND = statement(f"""
    INSERT INTO life_events ({_EVENTS.names}, known_at) SELECT {_EVENTS.names}, :known_at FROM {_EVENTS}
    ORDER BY person_id, kind, happened_on
    ON CONFLICT DO NOTHING
    RETURNING county, person_id, kind, happened_on
""")


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


async def by_numbers(conn: AsyncConnection, numbers: Sequence[str]) -> dict[str, list[Concerned]]:
    """The people of these numbers (one per county)."""
    found: dict[str, list[Concerned]] = {}
    for row in await fetch_as(conn, Concerned, _BY_NUMBERS, numbers=list(numbers)):
        found.setdefault(row.number, []).append(row)
    return found


async def append_events(conn: AsyncConnection, events: Sequence[Event], known_at: datetime) -> set[Event]:
    """Append life events; give those that were not on record."""
    return set(await fetch_as(conn, Event, _APPEND, rows=events, known_at=known_at))
