"""SQL of registering: the set-based write of a plan.

Writers of one county take turns (`people.store.take_turn`), so that what was looked up still holds when it is
written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import orjson
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.outbox import Draft
from libs.common.db.ids import next_ids
from libs.common.db.rows import Records, copy, execute, fetch_as, statement
from libs.common.events.registration import EnrollmentRegistered
from services.registration import tables
from services.registration.registering.plan import (
    NewEnrollment,
    Plan,
    PlannedEnrollment,
    PlannedHousehold,
    PlannedPerson,
)

_CHANGED = Records(tables.households, "id", "division_code", "address", "head_id")
_UPDATE_HOUSEHOLDS = statement(f"""
    UPDATE households h
    SET {_CHANGED.changes("division_code", "address")}, head_id = coalesce(rows.head_id, h.head_id)
    FROM {_CHANGED} WHERE h.id = rows.id
""")

# A roster that names somebody else under this number stays unclaimed: the department has to correct it.
_OWNED = Records(tables.documents, "number_digest", "person_id")
_UNCLAIMED = statement(
    f"""
    SELECT t.id, t.name, p.name AS owner, p.id AS person_id
    FROM {_OWNED}
    JOIN persons p ON p.id = rows.person_id
    JOIN status_statements t ON t.county = :county AND t.number_digest = rows.number_digest
    WHERE t.person_id IS NULL
""",
    tables.status_statements.c.name,
    owner=tables.persons.c.name,
)
_CLAIMED = Records(tables.status_statements, "id", "person_id")
# Of whoever was enrolled under another number it is news: it was not known of them when money came.
_CLAIM = statement(f"""
    UPDATE status_statements t
    SET person_id = rows.person_id,
        known_at = CASE WHEN EXISTS (SELECT FROM enrollments e WHERE e.person_id = rows.person_id)
                   THEN greatest(t.known_at, :now) ELSE t.known_at END
    FROM {_CLAIMED} WHERE t.id = rows.id
""")


_DOCUMENT = ("county", "number", "number_digest", "type", "person_id", "digest")


@dataclass(frozen=True, slots=True)
class _Unclaimed:
    """What a roster said of a number that has an owner now."""

    id: int
    name: str | None
    owner: str
    person_id: int

    @property
    def is_theirs(self) -> bool:
        """Whether the roster names nobody else."""
        return self.name is None or _plain(self.name) == _plain(self.owner)


def _plain(name: str) -> str:
    return name.replace(" ", "").upper()


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
            "head_id": h.head_id,
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
            "head_id": h.head_id,
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
    conn: AsyncConnection, county: str, documents: Sequence[Mapping[str, object]], now: datetime
) -> None:
    """Insert (number, type, person_id, digest); statuses that waited for a number get their person."""
    rows = [{"county": county, **document} for document in documents]
    await copy(conn, tables.documents, rows, *_DOCUMENT)
    owned = [{"number": row["number"], "person_id": row["person_id"]} for row in rows]
    found = await fetch_as(conn, _Unclaimed, _UNCLAIMED, county=county, rows=owned)
    await execute(conn, _CLAIM, now=now, rows=[one for one in found if one.is_theirs])


async def insert_enrollments(
    conn: AsyncConnection, enrollments: Sequence[NewEnrollment], now: datetime
) -> None:
    """Insert new enrollments, as registered."""
    rows = [{**asdict(one), "state": "registered", "registered_at": now} for one in enrollments]
    await copy(conn, tables.enrollments, rows, *(rows[0] if rows else ()))


async def publish_registered(
    conn: AsyncConnection, enrollments: Sequence[NewEnrollment], now: datetime
) -> None:
    """Append EnrollmentRegistered for each; the members are the contract's, held to it by a test."""
    instant = now.isoformat()
    drafts = [
        Draft.composed(
            EnrollmentRegistered,
            orjson.dumps(
                {
                    "enrollment_id": e.id,
                    "person_id": e.person_id,
                    "household_id": e.household_id,
                    "county": e.county,
                    "coverage_year": e.coverage_year,
                    "division_code": e.division_code,
                    "renewal": e.renewal,
                    "registered_at": instant,
                }
            ),
            str(e.person_id),
            now,
        )
        for e in enrollments
    ]
    await outbox.append(conn, drafts)
