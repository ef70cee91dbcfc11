"""SQL of money that waits for the rest of a household."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, execute, fetch_as, fetch_value, statement
from services.collection.cases.rules import HOUSEHOLD_INCOMPLETE
from services.collection.fitting.rules import Reason
from services.collection.households.rules import HouseholdYear
from services.collection.tables import payment_lines

_WAITS = f"l.state = 'suspended' AND l.reason = '{Reason.HOUSEHOLD_INCOMPLETE}' AND NOT l.giving_back"
_ASKED = Records(payment_lines, "household_id", "coverage_year", alias="asked")
_OF = f"l.household_id = asked.household_id AND l.coverage_year = asked.coverage_year AND {_WAITS}"
_WAITING = statement(f"""
    SELECT l.household_id, l.coverage_year, l.payment_id, l.line_no, l.person_id, l.county, l.division_code,
           l.amount_fen - l.refunded_fen AS amount_fen, l.paid_at, l.received_at, l.waits_until
    FROM {_ASKED} JOIN payment_lines l ON {_OF}
    ORDER BY l.household_id, l.coverage_year, l.paid_at, l.payment_id, l.line_no
""")
_OVERDUE = statement(f"""
    SELECT DISTINCT l.household_id, l.coverage_year FROM payment_lines l
    WHERE {_WAITS} AND l.waits_until <= :now
      AND (l.household_id, l.coverage_year) > (:household_id, :coverage_year) AND NOT EXISTS (
        SELECT FROM cases c
        WHERE c.subject = 'households/' || l.household_id || '/' || l.coverage_year
          AND c.kind = '{HOUSEHOLD_INCOMPLETE.code}' AND c.state = 'open')
    ORDER BY 1, 2 LIMIT :limit
""")
_NEWEST = statement("SELECT max(received_at) FROM payment_lines")
_LINES = Records(payment_lines, "payment_id", "line_no")
_TOUCHED = statement(f"""
    SELECT DISTINCT l.household_id, l.coverage_year
    FROM {_LINES} JOIN payment_lines l ON l.payment_id = rows.payment_id AND l.line_no = rows.line_no
    WHERE l.reason = '{Reason.HOUSEHOLD_INCOMPLETE}' AND l.household_id IS NOT NULL ORDER BY 1, 2
""")
_WAKE = statement(f"""
    INSERT INTO matching_queue (notification_id, line_no, occurred_at, county)
    SELECT l.payment_id, l.line_no, CAST(:at AS timestamptz), l.county
    FROM {_ASKED} JOIN payment_lines l ON {_OF}
    ORDER BY 1, 2 ON CONFLICT DO NOTHING
""")
_WAIT_ON = statement(f"""
    UPDATE payment_lines l SET waits_until = NULL FROM {_ASKED} WHERE {_OF}
""")


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A line that waits for others of its household."""

    household_id: int
    coverage_year: int
    payment_id: int
    line_no: int
    person_id: int
    county: str
    division_code: str
    amount_fen: int
    paid_at: datetime
    received_at: datetime
    waits_until: datetime | None

    @property
    def household(self) -> HouseholdYear:
        """Whose it is."""
        return HouseholdYear(self.household_id, self.coverage_year)


async def waiting(conn: AsyncConnection, households: Collection[HouseholdYear]) -> list[WaitingLine]:
    """What waits of these households, in the order of payment."""
    return await fetch_as(conn, WaitingLine, _WAITING, asked=sorted(set(households)))


async def overdue(
    conn: AsyncConnection, now: datetime, after: HouseholdYear, limit: int
) -> list[HouseholdYear]:
    """Households whose window is over while money waits, about which nobody is asked yet, in their order."""
    place = {"household_id": after.household_id, "coverage_year": after.coverage_year}
    return await fetch_as(conn, HouseholdYear, _OVERDUE, now=now, limit=limit, **place)


async def newest(conn: AsyncConnection) -> datetime | None:
    """When the newest money came; None before any has."""
    return await fetch_value(conn, datetime, _NEWEST)


async def touched(conn: AsyncConnection, lines: Sequence[tuple[int, int]]) -> list[HouseholdYear]:
    """The households that these lines wait, or waited last, for."""
    rows = [{"payment_id": payment_id, "line_no": line_no} for payment_id, line_no in lines]
    return await fetch_as(conn, HouseholdYear, _TOUCHED, rows=rows)


async def wake(conn: AsyncConnection, households: Collection[HouseholdYear], at: datetime) -> None:
    """Queue what waits of these households."""
    await execute(conn, _WAKE, asked=sorted(set(households)), at=at)


async def wait_on(conn: AsyncConnection, household: HouseholdYear) -> None:
    """Let what waits of a household wait without an end, until it is judged again."""
    await execute(conn, _WAIT_ON, asked=[household])
