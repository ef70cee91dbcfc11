"""SQL of life events: whom they concern, and the append of those that are new."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

_BY_NUMBERS = text("""
    SELECT d.number, p.id, p.facts, h.division_code, p.county
    FROM documents d JOIN persons p ON p.id = d.person_id JOIN households h ON h.id = p.household_id
    WHERE d.number = ANY(CAST(:numbers AS text[])) ORDER BY p.id
""")

_APPEND_EVENTS = text("""
    INSERT INTO life_events (county, person_id, kind, happened_on, known_at)
    SELECT county, person_id, kind, happened_on, :known_at
    FROM unnest(CAST(:counties AS text[]), CAST(:people AS bigint[]), CAST(:kinds AS text[]),
                CAST(:days AS date[]))
         AS n(county, person_id, kind, happened_on)
    ORDER BY person_id, kind, happened_on
    ON CONFLICT DO NOTHING
    RETURNING person_id, kind, happened_on
""")


async def by_numbers(conn: AsyncConnection, numbers: Sequence[str]) -> dict[str, list[Row]]:
    """The people of these numbers (one per county)."""
    found: dict[str, list[Row]] = {}
    for row in await conn.execute(_BY_NUMBERS, {"numbers": list(numbers)}):
        found.setdefault(row.number, []).append(row)
    return found


async def append_events(
    conn: AsyncConnection, events: Sequence[tuple[str, int, str, date]], known_at: datetime
) -> set[tuple[int, str, date]]:
    """Append life events (county, person, kind, day); give those that were not on record."""
    counties, people, kinds, days = zip(*events, strict=True)
    found = await conn.execute(
        _APPEND_EVENTS,
        {
            "counties": list(counties),
            "people": list(people),
            "kinds": list(kinds),
            "days": list(days),
            "known_at": known_at,
        },
    )
    return {(row.person_id, row.kind, row.happened_on) for row in found}
