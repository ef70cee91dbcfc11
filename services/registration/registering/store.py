"""SQL of registering: what is known about the rows of one county, and the set-based write of a plan.

Writers of one county take turns (`people.store.take_turn`), so that what was looked up still holds when it is
written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import orjson
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.outbox import Draft
from libs.common.db.ids import next_ids
from libs.common.db.rows import Records, any_of, copy, execute, fetch_as, statement
from libs.common.events.registration import EnrollmentRegistered
from services.registration import tables
from services.registration.enrollments.rules import COMPLETE
from services.registration.people.rules import Facts
from services.registration.registering.plan import (
    Known,
    KnownEnrollment,
    KnownHousehold,
    KnownPerson,
    Plan,
    PlannedEnrollment,
    PlannedHousehold,
    PlannedPerson,
    Row,
)

_PEOPLE = statement(f"""
    SELECT d.number, p.id, p.household_id, h.household_no, p.name, p.sex, p.born, p.facts, p.guardian_id,
           coalesce(h.head_id = p.id, false) AS is_head, h.division_code, h.address
    FROM documents d
    JOIN persons p ON p.id = d.person_id
    JOIN households h ON h.id = p.household_id
    WHERE d.county = :county AND d.number {any_of(tables.documents.c.number, "numbers")}
""")

_HOUSEHOLDS = statement(f"""
    SELECT id, household_no, division_code, address, head_id
    FROM households
    WHERE county = :county AND household_no {any_of(tables.households.c.household_no, "numbers")}
""")

_ENROLLMENTS = statement(f"""
    SELECT id, person_id, coverage_year, household_id, state, tier, add_ons
    FROM enrollments
    WHERE county = :county AND coverage_year {any_of(tables.enrollments.c.coverage_year, "years")}
      AND person_id {any_of(tables.enrollments.c.person_id, "people")}
""")

_CHANGED = Records(tables.households, "id", "division_code", "address", "head_id")
_UPDATE_HOUSEHOLDS = statement(f"""
    UPDATE households h
    SET {_CHANGED.changes("division_code", "address")}, head_id = coalesce(rows.head_id, h.head_id)
    FROM {_CHANGED} WHERE h.id = rows.id
""")

# A roster that names somebody else under this number stays unclaimed: the department has to correct it.
_OWNED = Records(tables.documents, "number", "person_id")
_CLAIM_STATUSES = statement(f"""
    UPDATE status_statements t SET person_id = rows.person_id
    FROM {_OWNED}
    JOIN persons p ON p.id = rows.person_id
    WHERE t.county = :county AND t.number = rows.number AND t.person_id IS NULL
      AND (t.name IS NULL
           OR upper(replace(t.name, ' ', '')) = upper(replace(p.name, ' ', '')))
""")


@dataclass(slots=True)
class _Found:
    """A person under one of the numbers asked for."""

    number: str
    id: int
    household_id: int
    household_no: str
    name: str
    sex: str | None
    born: date
    facts: Facts
    guardian_id: int | None
    is_head: bool
    division_code: str
    address: str | None

    def known(self) -> KnownPerson:
        """The person, whose numbers are still to be added."""
        return KnownPerson(
            id=self.id,
            household_id=self.household_id,
            name=self.name,
            sex=self.sex,
            born=self.born,
            facts=self.facts,
            guardian_id=self.guardian_id,
            is_head=self.is_head,
            division_code=self.division_code,
        )

    def home(self) -> KnownHousehold:
        """The household in which the person is registered."""
        head_id = self.id if self.is_head else None
        return KnownHousehold(self.household_id, self.household_no, self.division_code, self.address, head_id)


@dataclass(slots=True)
class _FoundEnrollment:
    """An enrollment of one of the people."""

    id: int
    person_id: int
    coverage_year: int
    household_id: int
    state: str
    tier: int | None
    add_ons: list[str]


async def look_up(conn: AsyncConnection, county: str, rows: Sequence[Row]) -> Known:
    """Find the people, households and enrollments that `rows` name; three statements."""
    numbers = {document.number for row in rows for document in row.person.documents}
    numbers |= {row.person.guardian for row in rows if row.person.guardian}
    known = Known()
    by_id: dict[int, KnownPerson] = {}
    for found in await fetch_as(conn, _Found, _PEOPLE, county=county, numbers=list(numbers)):
        person = by_id.get(found.id)
        if person is None:
            by_id[found.id] = person = found.known()
        person.numbers.add(found.number)
        known.people[found.number] = person
        if found.is_head:
            known.headed[found.id] = found.home()
    wanted = list({row.household_no for row in rows})
    for household in await fetch_as(conn, KnownHousehold, _HOUSEHOLDS, county=county, numbers=wanted):
        known.households[household.division_code, household.household_no] = household
    years = {row.wish.coverage_year for row in rows if row.wish}
    if by_id and years:
        await _look_up_enrollments(conn, county, list(by_id), years, known)
    return known


async def _look_up_enrollments(
    conn: AsyncConnection, county: str, people: list[int], years: set[int], known: Known
) -> None:
    wanted = list(years | {year - 1 for year in years})
    found = await fetch_as(conn, _FoundEnrollment, _ENROLLMENTS, county=county, years=wanted, people=people)
    for row in found:
        key = (row.person_id, row.coverage_year)
        if row.coverage_year in years:
            known.enrollments[key] = KnownEnrollment(
                id=row.id,
                household_id=row.household_id,
                state=row.state,
                tier=row.tier,
                add_ons=tuple(row.add_ons),
            )
        if row.state in COMPLETE:
            known.insured_before.add(key)


async def give_ids(conn: AsyncConnection, plan: Plan) -> None:
    """Give ids to everything in `plan` that is new, in the order of the rows."""
    new: tuple[tuple[Table, Sequence[PlannedHousehold | PlannedPerson | PlannedEnrollment]], ...] = (
        (tables.households, [household for household in plan.households if household.before is None]),
        (tables.persons, [person for person in plan.people if person.before is None]),
        (tables.enrollments, [enrollment for enrollment in plan.enrollments if enrollment.kind == "new"]),
    )
    for table, things in new:
        for thing, number in zip(things, await next_ids(conn, table, len(things)), strict=True):
            thing.id = number


async def insert_households(conn: AsyncConnection, households: Sequence[PlannedHousehold]) -> None:
    """Insert new households with their heads."""
    rows = [
        {
            "id": h.id,
            "county": h.county,
            "household_no": h.household_no,
            "division_code": h.division_code,
            "address": h.address,
            "head_id": h.head.id if h.head else None,
        }
        for h in households
    ]
    await copy(conn, tables.households, rows, *(rows[0] if rows else ()))


async def update_households(conn: AsyncConnection, households: Sequence[PlannedHousehold]) -> None:
    """Write village, address and head of households that changed."""
    rows = [
        {
            "id": h.id,
            "division_code": h.division_code,
            "address": h.address,
            "head_id": h.head.id if h.head else None,
        }
        for h in sorted(households, key=lambda household: household.id)
    ]
    await execute(conn, _UPDATE_HOUSEHOLDS, rows=rows)


async def insert_people(conn: AsyncConnection, people: Sequence[PlannedPerson], now: datetime) -> None:
    """Insert new people."""
    rows = [
        {
            "id": p.id,
            "county": p.household.county,
            "household_id": p.household.id,
            "name": p.described.name,
            "sex": p.described.sex,
            "born": p.described.born,
            "facts": p.facts,
            "guardian_id": p.guardian.id if p.guardian else None,
            "known_at": now,
        }
        for p in people
    ]
    await copy(conn, tables.persons, rows, *(rows[0] if rows else ()))


async def insert_documents(
    conn: AsyncConnection, county: str, documents: Sequence[Mapping[str, object]]
) -> None:
    """Insert (number, type, person_id, digest); statuses that waited for a number get their person."""
    rows = [{"county": county, **document} for document in documents]
    await copy(conn, tables.documents, rows, "county", "number", "type", "person_id", "digest")
    await execute(
        conn,
        _CLAIM_STATUSES,
        county=county,
        rows=[{"number": row["number"], "person_id": row["person_id"]} for row in rows],
    )


async def insert_enrollments(
    conn: AsyncConnection, enrollments: Sequence[PlannedEnrollment], now: datetime
) -> None:
    """Insert new enrollments, as registered."""
    rows = [
        {
            "id": e.id,
            "county": e.person.household.county,
            "coverage_year": e.coverage_year,
            "person_id": e.person.id,
            "household_id": e.person.household.id,
            "division_code": e.person.household.division_code,
            "state": "registered",
            "tier": e.tier,
            "add_ons": e.add_ons,
            "renewal": e.renewal,
            "registered_at": now,
        }
        for e in enrollments
    ]
    await copy(conn, tables.enrollments, rows, *(rows[0] if rows else ()))


async def publish_registered(
    conn: AsyncConnection, enrollments: Sequence[PlannedEnrollment], now: datetime
) -> None:
    """Append EnrollmentRegistered for each; the members are the contract's, held to it by a test."""
    instant = now.isoformat()
    drafts = [
        Draft.composed(
            EnrollmentRegistered,
            orjson.dumps(
                {
                    "enrollment_id": e.id,
                    "person_id": e.person.id,
                    "household_id": e.person.household.id,
                    "county": e.person.household.county,
                    "coverage_year": e.coverage_year,
                    "division_code": e.person.household.division_code,
                    "renewal": e.renewal,
                    "registered_at": instant,
                }
            ),
            str(e.person.id),
            now,
        )
        for e in enrollments
    ]
    await outbox.append(conn, drafts)
