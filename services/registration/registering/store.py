"""SQL of registering: what is known about the rows of one county, and the set-based write of a plan.

Writers of one county take turns (`take_turn`), so that what was looked up still holds when it is written.
"""

from collections.abc import Sequence
from datetime import datetime

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.engine import copy_rows
from libs.common.events.registration import EnrollmentRegistered
from services.registration.households.rules import Row
from services.registration.registering.plan import (
    Known,
    KnownEnrollment,
    KnownHousehold,
    KnownPerson,
    Plan,
    PlannedEnrollment,
    PlannedHousehold,
    PlannedPerson,
)

_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended('registering ' || :county, 0))")

_PEOPLE = text("""
    SELECT d.number, p.id, p.household_id, p.name, p.sex, p.born, p.facts, p.guardian_id,
           coalesce(h.head_id = p.id, false) AS is_head
    FROM documents d
    JOIN persons p ON p.id = d.person_id
    JOIN households h ON h.id = p.household_id
    WHERE d.county = :county AND d.number = ANY(CAST(:numbers AS text[]))
""")

_HOUSEHOLDS = text("""
    SELECT id, household_no, division_code, address, head_id
    FROM households WHERE county = :county AND household_no = ANY(CAST(:numbers AS text[]))
""")

_ENROLLMENTS = text("""
    SELECT id, person_id, coverage_year, household_id, state, tier, add_ons
    FROM enrollments
    WHERE county = :county AND coverage_year = ANY(CAST(:years AS int[]))
      AND person_id = ANY(CAST(:people AS bigint[]))
""")

_IDS = text("""
    SELECT array_agg(nextval(CAST(pg_get_serial_sequence(:table, 'id') AS regclass)))
    FROM generate_series(1, CAST(:number AS int))
""")


async def take_turn(conn: AsyncConnection, county: str) -> None:
    """Wait until no other transaction registers people of `county`; held to the end of the transaction."""
    await conn.execute(_TURN, {"county": county})


async def look_up(conn: AsyncConnection, county: str, rows: Sequence[Row]) -> Known:
    """Find the people, households and enrollments that `rows` name; three statements."""
    numbers = {document.number for row in rows for document in row.person.documents}
    numbers |= {row.person.guardian for row in rows if row.person.guardian}
    known = Known()
    by_id: dict[int, KnownPerson] = {}
    found = await conn.execute(_PEOPLE, {"county": county, "numbers": list(numbers)})
    for number, person_id, *rest in found:
        person = by_id.get(person_id)
        if person is None:
            by_id[person_id] = person = KnownPerson(person_id, *rest)
        person.numbers.add(number)
        known.people[number] = person
    wanted = list({row.household_no for row in rows})
    for row in await conn.execute(_HOUSEHOLDS, {"county": county, "numbers": wanted}):
        known.households[row.household_no] = KnownHousehold(*row)
    years = {row.wish.year for row in rows if row.wish}
    if by_id and years:
        await _look_up_enrollments(conn, county, list(by_id), years, known)
    return known


async def _look_up_enrollments(
    conn: AsyncConnection, county: str, people: list[int], years: set[int], known: Known
) -> None:
    wanted = years | {year - 1 for year in years}
    found = await conn.execute(_ENROLLMENTS, {"county": county, "years": list(wanted), "people": people})
    for row in found:
        if row.coverage_year in years:
            known.enrollments[(row.person_id, row.coverage_year)] = KnownEnrollment(
                row.id, row.household_id, row.state, row.tier, tuple(row.add_ons)
            )
        if row.state in ("paid", "exempt"):
            known.insured_before.add((row.person_id, row.coverage_year))


async def next_ids(conn: AsyncConnection, table: str, number: int) -> list[int]:
    """Take `number` ids of `table`, ascending."""
    if not number:
        return []
    ids = (await conn.execute(_IDS, {"table": table, "number": number})).scalar_one()
    return sorted(ids)


async def give_ids(conn: AsyncConnection, plan: Plan) -> None:
    """Give ids to everything in `plan` that is new, in the order of the rows."""
    for table, things in (
        ("households", [household for household in plan.households if household.before is None]),
        ("persons", [person for person in plan.people if person.before is None]),
        ("enrollments", [enrollment for enrollment in plan.enrollments if enrollment.kind == "new"]),
    ):
        for thing, number in zip(things, await next_ids(conn, table, len(things)), strict=True):
            thing.id = number


async def insert_households(conn: AsyncConnection, households: Sequence[PlannedHousehold]) -> None:
    """Insert new households with their heads."""
    await copy_rows(
        conn,
        "households",
        ("id", "county", "household_no", "division_code", "address", "head_id"),
        [
            (h.id, h.county, h.household_no, h.division_code, h.address, h.head.id if h.head else None)
            for h in households
        ],
    )


async def insert_people(conn: AsyncConnection, people: Sequence[PlannedPerson], now: datetime) -> None:
    """Insert new people."""
    await copy_rows(
        conn,
        "persons",
        ("id", "county", "household_id", "name", "sex", "born", "facts", "guardian_id", "known_at"),
        [
            (
                p.id,
                p.household.county,
                p.household.id,
                p.described.name,
                p.described.sex,
                p.described.born,
                orjson.dumps(p.facts).decode(),
                p.guardian.id if p.guardian else None,
                now,
            )
            for p in people
        ],
    )


async def insert_documents(
    conn: AsyncConnection, county: str, documents: Sequence[tuple[str, str, int, str]]
) -> None:
    """Insert (number, type, person_id, digest); statuses that waited for a number get their person."""
    await copy_rows(
        conn,
        "documents",
        ("county", "number", "type", "person_id", "digest"),
        [(county, *document) for document in documents],
    )
    await conn.execute(
        _CLAIM_STATUSES,
        {
            "county": county,
            "numbers": [number for number, _, _, _ in documents],
            "people": [person_id for _, _, person_id, _ in documents],
        },
    )


# A roster that names somebody else under this number stays unclaimed: the department has to correct it.
_CLAIM_STATUSES = text("""
    UPDATE status_tags t SET person_id = d.person_id
    FROM unnest(CAST(:numbers AS text[]), CAST(:people AS bigint[])) AS d(number, person_id)
    JOIN persons p ON p.id = d.person_id
    WHERE t.county = :county AND t.number = d.number AND t.person_id IS NULL
      AND (t.name IS NULL
           OR upper(replace(t.name, ' ', '')) = upper(replace(p.name, ' ', '')))
""")


async def insert_enrollments(
    conn: AsyncConnection, enrollments: Sequence[PlannedEnrollment], now: datetime
) -> None:
    """Insert new enrollments, as registered."""
    await copy_rows(
        conn,
        "enrollments",
        (
            "id",
            "county",
            "coverage_year",
            "person_id",
            "household_id",
            "division_code",
            "state",
            "tier",
            "add_ons",
            "renewal",
            "registered_at",
        ),
        [
            (
                e.id,
                e.person.household.county,
                e.year,
                e.person.id,
                e.person.household.id,
                e.person.household.division_code,
                "registered",
                e.tier,
                e.add_ons,
                e.renewal,
                now,
            )
            for e in enrollments
        ],
    )


async def publish_registered(
    conn: AsyncConnection, enrollments: Sequence[PlannedEnrollment], now: datetime
) -> None:
    """Append EnrollmentRegistered for each; the dictionary is the contract's, checked by a test."""
    instant = now.isoformat()
    await copy_rows(
        conn,
        "outbox",
        ("key", "type", "time", "data"),
        [
            (
                str(e.person.id),
                EnrollmentRegistered.type,
                now,
                orjson.dumps(
                    {
                        "enrollment_id": e.id,
                        "person_id": e.person.id,
                        "household_id": e.person.household.id,
                        "county": e.person.household.county,
                        "coverage_year": e.year,
                        "division_code": e.person.household.division_code,
                        "renewal": e.renewal,
                        "registered_at": instant,
                    }
                ).decode(),
            )
            for e in enrollments
        ],
    )
