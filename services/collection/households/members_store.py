"""SQL of the members of households that pay together, and of their money that waits for the others."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, any_of, execute, fetch_as, statement
from services.collection.dues.store import DUE_COLUMNS, read_due
from services.collection.fitting.rules import Reason
from services.collection.households.rules import HouseholdYear, Member
from services.collection.tables import dues

_ASKED = Records(dues, "household_id", "coverage_year", alias="asked")
#: Also what the placing of orders asks.
MEMBERS = f"""
    SELECT {DUE_COLUMNS}, EXISTS (
        SELECT FROM payment_lines l
        WHERE l.household_id = d.household_id AND l.coverage_year = d.coverage_year
          AND l.person_id = d.person_id AND l.state = 'suspended'
          AND l.reason = '{Reason.HOUSEHOLD_INCOMPLETE}' AND NOT l.giving_back) AS waits
    FROM {_ASKED} JOIN dues d ON d.household_id = asked.household_id AND d.coverage_year = asked.coverage_year
    WHERE d.revision > 0 AND d.state <> 'cancelled' ORDER BY d.person_id
"""
_MEMBERS = statement(MEMBERS)
_WAKE = statement(f"""
    INSERT INTO matching_queue (notification_id, line_no, occurred_at, county)
    SELECT l.payment_id, l.line_no, CAST(:at AS timestamptz), l.county
    FROM payment_lines l
    WHERE l.state = 'suspended'
      AND l.reason IN ('{Reason.HOUSEHOLD_INCOMPLETE}', '{Reason.HOUSEHOLD_TIER_MISMATCH}')
      AND (l.household_id, l.coverage_year) IN (
          SELECT household_id, coverage_year FROM dues
          WHERE enrollment_id {any_of(dues.c.enrollment_id, "ids")})
    ORDER BY 1, 2
    ON CONFLICT DO NOTHING
""")


def read_member(waits: bool, **columns: Any) -> Member:
    """Make the member of a row of MEMBERS."""
    return Member(read_due(**columns), waits)


def by_household(members: Sequence[Member]) -> dict[HouseholdYear, list[Member]]:
    """Put members to their households."""
    found: dict[HouseholdYear, list[Member]] = defaultdict(list)
    for one in members:
        assert one.due.household_id is not None, "they were found by it"
        found[HouseholdYear(one.due.household_id, one.due.coverage_year)].append(one)
    return found


async def members(
    conn: AsyncConnection, households: Collection[HouseholdYear]
) -> dict[HouseholdYear, list[Member]]:
    """Everybody who is enrolled in these households."""
    return by_household(await fetch_as(conn, read_member, _MEMBERS, asked=sorted(set(households))))


async def wake_others(conn: AsyncConnection, enrollment_ids: Collection[int], at: datetime) -> None:
    """Queue money that waits for households of these enrollments: they may be whole, or of another tier."""
    if enrollment_ids:
        await execute(conn, _WAKE, ids=sorted(set(enrollment_ids)), at=at)
