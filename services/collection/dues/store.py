"""SQL of dues: what registration says each person owes, newest revision first to last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import (
    Records,
    any_of,
    execute,
    fetch_as,
    fetch_one_as,
    fetch_values,
    statement,
)
from libs.common.events import DueSegment
from libs.common.events.envelope import TierSchedule
from services.collection.dues.rules import Due, FoundDue
from services.collection.tables import due_identities, dues, order_claims

_SCHEDULE = TypeAdapter(tuple[DueSegment, ...])
_CHOICES = TypeAdapter(tuple[TierSchedule, ...])
#: Why an enrollment ends that another one goes on for, and one of which an officer ended the cover: no money
#: counts for it any more, whenever it was paid.
MERGED, WITHDRAWN = "merged", "withdrawn"
#: What a cancellation says of its reason. Facts of earlier releases have what an officer wrote there.
CANCELLED_FOR = ("officer", "died", MERGED)
#: What `due` reads.
DUE_COLUMNS = f"""
    d.enrollment_id, d.assessment_id, d.person_id, d.household_id, d.county, d.coverage_year, d.division_code,
    d.name_digest, d.masked_name, d.state, d.schedule::text AS schedule, d.revision, d.assessed_at, d.tier,
    d.choices::text AS choices, d.exempt_at, d.exempt_assessment_id, d.guardian_id, d.birth_year,
    d.number_ends,
    CASE WHEN d.cancel_reason NOT IN ('{MERGED}', '{WITHDRAWN}') THEN d.cancelled_at END AS cancelled_at
"""


@dataclass(frozen=True, slots=True)
class AssessedDue:
    """A due as an assessment states it."""

    enrollment_id: int
    person_id: int
    household_id: int
    county: str
    coverage_year: int
    division_code: str
    assessment_id: int
    revision: int
    notice: str
    name_digest: str
    masked_name: str | None
    schedule: orjson.Fragment
    assessed_at: datetime
    tier: int | None
    choices: orjson.Fragment
    guardian_id: int | None = None
    birth_year: int | None = None
    number_ends: str | None = None


@dataclass(frozen=True, slots=True)
class CancelledDue:
    """A due that is cancelled."""

    enrollment_id: int
    person_id: int
    county: str
    coverage_year: int
    division_code: str
    cancelled_at: datetime
    cancel_reason: str
    cancelled_revision: int | None

    @property
    def turn(self) -> tuple[int, datetime]:
        """Its place among those of the enrollment; facts of earlier releases have instants only."""
        return -1 if self.cancelled_revision is None else self.cancelled_revision, self.cancelled_at


@dataclass(frozen=True, slots=True)
class PaidDue:
    """Which payment line paid a due."""

    enrollment_id: int
    paid_payment_id: int
    paid_line_no: int


@dataclass(frozen=True, slots=True)
class Standing:
    """The payment that counts for a person's year, and the order that waits for its money."""

    person_id: int
    payment_id: int | None
    line_no: int | None
    voucher_no: str | None
    amount_fen: int | None
    paid_at: datetime | None
    order_no: str | None
    expires_at: datetime | None


_ASSESSED = Records(dues, *AssessedDue.__dataclass_fields__)
_UPSERT = statement(f"""
    INSERT INTO dues ({_ASSESSED.names}) SELECT {_ASSESSED.names} FROM {_ASSESSED} ORDER BY enrollment_id
    ON CONFLICT (enrollment_id) DO UPDATE SET {_ASSESSED.taken_over(*_ASSESSED.columns[1:])}
    WHERE dues.revision < excluded.revision
    RETURNING enrollment_id
""")
_CANCELLED = Records(dues, *CancelledDue.__dataclass_fields__)
_CANCEL = statement(f"""
    INSERT INTO dues ({_CANCELLED.names}, revision, schedule)
    SELECT {_CANCELLED.names}, 0, '[]' FROM {_CANCELLED} ORDER BY enrollment_id
    ON CONFLICT (enrollment_id) DO UPDATE
    SET {_CANCELLED.taken_over("cancelled_at", "cancel_reason", "cancelled_revision")}
    WHERE dues.cancelled_at IS NULL
       OR (COALESCE(dues.cancelled_revision, -1), dues.cancelled_at)
          < (COALESCE(excluded.cancelled_revision, -1), excluded.cancelled_at)
""")
_PAID = Records(dues, *PaidDue.__dataclass_fields__)
_MARK_PAID = statement(f"""
    UPDATE dues SET {_PAID.changes("paid_payment_id", "paid_line_no")}
    FROM {_PAID} WHERE dues.enrollment_id = rows.enrollment_id
""")
# A document leads to the due it was told with, and where that ended by a merge to the person's other ones.
_BY_DOCUMENT = f"""
    due_identities i JOIN dues told USING (enrollment_id) CROSS JOIN LATERAL (
        SELECT told.* UNION ALL
        SELECT o.* FROM dues o
        WHERE told.cancel_reason = '{MERGED}' AND o.person_id = told.person_id AND o.county = told.county
          AND o.coverage_year = told.coverage_year AND o.enrollment_id <> told.enrollment_id
    ) d
"""
_FOUND = statement(f"""
    SELECT i.digest, NULL::bigint AS last_said, {DUE_COLUMNS}
    FROM {_BY_DOCUMENT}
    WHERE i.digest {any_of(due_identities.c.digest, "digests")}
    UNION ALL
    SELECT f.digest, f.assessment_id, {DUE_COLUMNS}
    FROM former_identities f JOIN dues d USING (enrollment_id)
    WHERE f.digest {any_of(due_identities.c.digest, "digests")}
    UNION ALL
    SELECT NULL, NULL, {DUE_COLUMNS} FROM dues d WHERE d.person_id {any_of(dues.c.person_id, "people")}
    UNION ALL
    SELECT i.digest, NULL, {DUE_COLUMNS}
    FROM (SELECT DISTINCT own.digest FROM dues mine JOIN due_identities own USING (enrollment_id)
          WHERE mine.person_id {any_of(dues.c.person_id, "people")}) known
    JOIN due_identities i USING (digest) JOIN dues d USING (enrollment_id)
""")
_SEARCH = statement(f"""
    SELECT {DUE_COLUMNS} FROM {_BY_DOCUMENT}
    WHERE i.digest = :digest AND i.coverage_year = :coverage_year
      AND (CAST(:county AS text) IS NULL OR i.county = :county)
      AND d.division_code LIKE :division || '%'
    ORDER BY (d.state <> 'cancelled') DESC, (d.cancel_reason = 'merged'), d.enrollment_id DESC LIMIT 1
""")
# The household, and minors of others for whom the person acts.
_FAMILY = statement(f"""
    SELECT {DUE_COLUMNS} FROM dues d
    WHERE (d.household_id = :household_id OR d.guardian_id = :person_id)
      AND d.coverage_year = :coverage_year AND d.county = :county
      AND d.person_id <> :person_id AND d.state <> 'cancelled' AND d.revision > 0
      AND d.division_code LIKE :division || '%'
    ORDER BY d.person_id LIMIT :limit
""")
_OF_PEOPLE = statement(f"""
    SELECT {DUE_COLUMNS} FROM dues d
    WHERE d.person_id {any_of(dues.c.person_id, "people")} AND d.coverage_year = :coverage_year
      AND d.revision > 0 ORDER BY (d.state = 'cancelled') DESC, d.enrollment_id
""")
_ASKED = Records(order_claims, "person_id", "coverage_year", alias="asked")
_STANDING = statement(f"""
    SELECT asked.person_id, l.payment_id, l.line_no, l.voucher_no,
           l.amount_fen - l.refunded_fen AS amount_fen, l.paid_at,
           c.order_no, c.expires_at
    FROM {_ASKED}
    LEFT JOIN payment_lines l ON l.person_id = asked.person_id AND l.coverage_year = asked.coverage_year
     AND l.state = 'applied' AND l.add_on IS NULL AND l.part_of IS NULL AND l.repaired_year IS NULL
    LEFT JOIN order_claims c ON c.person_id = asked.person_id AND c.coverage_year = asked.coverage_year
""")


@lru_cache(maxsize=2_048)
def read_schedule(text: str) -> tuple[DueSegment, ...]:
    """Read a schedule. Most people of a county share one of a few, and segments are immutable."""
    return _SCHEDULE.validate_json(text)


@lru_cache(maxsize=256)
def read_choices(text: str) -> tuple[TierSchedule, ...]:
    """Read what each tier would cost."""
    return _CHOICES.validate_json(text)


def written_schedule(schedule: tuple[DueSegment, ...]) -> orjson.Fragment:
    """Write a schedule as JSON."""
    return orjson.Fragment(_SCHEDULE.dump_json(schedule))


def written_choices(choices: tuple[TierSchedule, ...]) -> orjson.Fragment:
    """Write choices as JSON."""
    return orjson.Fragment(_CHOICES.dump_json(choices))


def read_due(schedule: str, choices: str, **columns: Any) -> Due:
    """Make the due of a row of DUE_COLUMNS."""
    return Due(schedule=read_schedule(schedule), choices=read_choices(choices), **columns)


def _found(digest: str | None, last_said: int | None, **columns: Any) -> FoundDue:
    return FoundDue(digest, read_due(**columns), last_said)


async def upsert(conn: AsyncConnection, rows: Sequence[AssessedDue]) -> set[int]:
    """Write assessments (one row per enrollment); give the enrollments for which they were news."""
    return set(await fetch_values(conn, int, _UPSERT, rows=rows))


async def cancel(conn: AsyncConnection, told: Sequence[CancelledDue]) -> None:
    """Write cancellations, the last of each enrollment counts; without an assessment it has revision 0."""
    last = {one.enrollment_id: one for one in sorted(told, key=lambda one: one.turn)}
    await execute(conn, _CANCEL, rows=list(last.values()))


async def mark_paid(conn: AsyncConnection, rows: Sequence[PaidDue]) -> None:
    """Set which line paid each due."""
    await execute(conn, _MARK_PAID, rows=rows)


async def found(conn: AsyncConnection, digests: Sequence[str], people: Sequence[int]) -> list[FoundDue]:
    """All dues of these identities, also former ones, and persons; of any county and year."""
    return await fetch_as(conn, _found, _FOUND, digests=list(digests), people=list(people))


async def search(
    conn: AsyncConnection, digest: str, county: str | None, coverage_year: int, division: str
) -> Due | None:
    """The due of one identity within the caller's division."""
    return await fetch_one_as(
        conn, read_due, _SEARCH, digest=digest, county=county, coverage_year=coverage_year, division=division
    )


async def family(conn: AsyncConnection, due: Due, division: str, limit: int = 20) -> list[Due]:
    """Who else of the household, and of those for whom the person acts, is enrolled for the same year."""
    return await fetch_as(
        conn,
        read_due,
        _FAMILY,
        household_id=due.household_id,
        coverage_year=due.coverage_year,
        county=due.county,
        person_id=due.person_id,
        division=division,
        limit=limit,
    )


async def of_people(conn: AsyncConnection, people: Sequence[int], coverage_year: int) -> dict[int, Due]:
    """What these persons owe for a year; of several enrollments the newest that stands."""
    found = await fetch_as(conn, read_due, _OF_PEOPLE, people=list(people), coverage_year=coverage_year)
    return {due.person_id: due for due in found}


async def standing(conn: AsyncConnection, people: Sequence[int], coverage_year: int) -> dict[int, Standing]:
    """By person: the payment that counts (with its voucher) and the order that waits for its money."""
    asked = [{"person_id": person, "coverage_year": coverage_year} for person in people]
    return {row.person_id: row for row in await fetch_as(conn, Standing, _STANDING, asked=asked)}
