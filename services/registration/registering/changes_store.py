"""SQL of registering: the set-based update of people, households and enrollments that exist already."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.registration.registering.plan import PlannedEnrollment, PlannedHousehold, PlannedPerson

_UPDATE_HOUSEHOLDS = text("""
    UPDATE households h
    SET division_code = n.division_code, address = n.address, head_id = coalesce(n.head_id, h.head_id)
    FROM unnest(CAST(:ids AS bigint[]), CAST(:divisions AS text[]), CAST(:addresses AS text[]),
                CAST(:heads AS bigint[])) AS n(id, division_code, address, head_id)
    WHERE h.id = n.id
""")

_KEEP_VERSIONS = text("""
    INSERT INTO person_versions (person_id, name, sex, born, facts, guardian_id, known_at, known_until)
    SELECT id, name, sex, born, facts, guardian_id, known_at, :now
    FROM persons WHERE id = ANY(CAST(:ids AS bigint[])) ORDER BY id
""")

_UPDATE_PEOPLE = text("""
    UPDATE persons p
    SET household_id = n.household_id, name = n.name, sex = n.sex, born = n.born,
        facts = CAST(n.facts AS jsonb), guardian_id = coalesce(n.guardian_id, p.guardian_id), known_at = :now
    FROM unnest(CAST(:ids AS bigint[]), CAST(:households AS bigint[]), CAST(:names AS text[]),
                CAST(:sexes AS text[]), CAST(:births AS date[]), CAST(:facts AS text[]),
                CAST(:guardians AS bigint[])) AS n(id, household_id, name, sex, born, facts, guardian_id)
    WHERE p.id = n.id
""")

_UPDATE_ENROLLMENTS = text("""
    UPDATE enrollments e
    SET tier = n.tier,
        add_ons = ARRAY(SELECT jsonb_array_elements_text(CAST(n.add_ons AS jsonb))),
        state = CASE WHEN n.reopened THEN 'registered' ELSE e.state END,
        registered_at = CASE WHEN n.reopened THEN :now ELSE e.registered_at END,
        household_id = n.household_id, division_code = n.division_code,
        cancelled_at = NULL, cancel_reason = NULL
    FROM unnest(CAST(:ids AS bigint[]), CAST(:tiers AS int[]), CAST(:add_ons AS text[]),
                CAST(:reopened AS boolean[]), CAST(:households AS bigint[]), CAST(:divisions AS text[]))
         AS n(id, tier, add_ons, reopened, household_id, division_code)
    WHERE e.id = n.id
""")

# What is owed may hang on any fact and on the guardian; who is complete keeps the assessment of that instant.
_AFFECTED = text("""
    WITH moved AS (
        UPDATE enrollments e SET division_code = h.division_code
        FROM households h
        WHERE h.id = e.household_id AND h.id = ANY(CAST(:households AS bigint[]))
          AND e.division_code <> h.division_code AND e.state IN ('registered', 'assessed')
    )
    SELECT id FROM enrollments
    WHERE state IN ('registered', 'assessed')
      AND (household_id = ANY(CAST(:households AS bigint[]))
           OR county = :county AND person_id = ANY(CAST(:people AS bigint[])))
""")


@dataclass(frozen=True, slots=True)
class Corrected:
    """What changes about one person; None stays as it is."""

    id: int
    name: str | None = None
    sex: str | None = None
    born: date | None = None
    facts: dict[str, Any] | None = None


_CORRECT = text("""
    UPDATE persons p
    SET name = coalesce(n.name, p.name), sex = coalesce(n.sex, p.sex), born = coalesce(n.born, p.born),
        facts = coalesce(CAST(n.facts AS jsonb), p.facts), known_at = :now
    FROM unnest(CAST(:ids AS bigint[]), CAST(:names AS text[]), CAST(:sexes AS text[]),
                CAST(:births AS date[]), CAST(:facts AS text[])) AS n(id, name, sex, born, facts)
    WHERE p.id = n.id
""")


async def update_households(conn: AsyncConnection, households: Sequence[PlannedHousehold]) -> None:
    """Write village, address and head of households that changed."""
    if not households:
        return
    ordered = sorted(households, key=lambda household: household.id)
    await conn.execute(
        _UPDATE_HOUSEHOLDS,
        {
            "ids": [h.id for h in ordered],
            "divisions": [h.division_code for h in ordered],
            "addresses": [h.address for h in ordered],
            "heads": [h.head.id if h.head else None for h in ordered],
        },
    )


async def update_people(conn: AsyncConnection, people: Sequence[PlannedPerson], now: datetime) -> None:
    """Write people that changed, after keeping what was known of them until now."""
    if not people:
        return
    ordered = sorted(people, key=lambda person: person.id)
    ids = [person.id for person in ordered]
    await keep_versions(conn, ids, now)
    await conn.execute(
        _UPDATE_PEOPLE,
        {
            "ids": ids,
            "households": [p.household.id for p in ordered],
            "names": [p.described.name for p in ordered],
            "sexes": [p.described.sex for p in ordered],
            "births": [p.described.born for p in ordered],
            "facts": [orjson.dumps(p.facts).decode() for p in ordered],
            "guardians": [p.guardian.id if p.guardian else None for p in ordered],
            "now": now,
        },
    )


async def keep_versions(conn: AsyncConnection, ids: Sequence[int], now: datetime) -> None:
    """Keep what was known of people until now, before they change."""
    await conn.execute(_KEEP_VERSIONS, {"ids": list(ids), "now": now})


async def correct(conn: AsyncConnection, people: Sequence[Corrected], now: datetime) -> None:
    """Write corrected people, after keeping what was known of them until now."""
    ordered = sorted(people, key=lambda person: person.id)
    ids = [person.id for person in ordered]
    await keep_versions(conn, ids, now)
    await conn.execute(
        _CORRECT,
        {
            "ids": ids,
            "names": [p.name for p in ordered],
            "sexes": [p.sex for p in ordered],
            "births": [p.born for p in ordered],
            "facts": [orjson.dumps(p.facts).decode() if p.facts is not None else None for p in ordered],
            "now": now,
        },
    )


async def update_enrollments(
    conn: AsyncConnection, enrollments: Sequence[PlannedEnrollment], now: datetime
) -> None:
    """Write tier and add-ons of enrollments that exist, and open again those that were cancelled."""
    if not enrollments:
        return
    ordered = sorted(enrollments, key=lambda enrollment: enrollment.id)
    await conn.execute(
        _UPDATE_ENROLLMENTS,
        {
            "ids": [e.id for e in ordered],
            "tiers": [e.tier for e in ordered],
            "add_ons": [orjson.dumps(e.add_ons).decode() for e in ordered],
            "reopened": [e.kind == "reopened" for e in ordered],
            "households": [e.person.household.id for e in ordered],
            "divisions": [e.person.household.division_code for e in ordered],
            "now": now,
        },
    )


async def affected(
    conn: AsyncConnection, county: str, people: Sequence[int], households: Sequence[int]
) -> list[int]:
    """Move open enrollments with their household, and find all open ones that a correction touches."""
    found = await conn.execute(
        _AFFECTED, {"county": county, "people": list(people), "households": list(households)}
    )
    return list(found.scalars())
