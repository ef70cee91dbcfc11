"""SQL of accounting months: which are open, what was booked in one, and what was done with it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.kinds import ApprovalState
from libs.common.db.rows import (
    Records,
    execute,
    fetch_as,
    fetch_one_as,
    fetch_value,
    statement,
)
from services.ledger.periods.rules import Month, State, Turnover
from services.ledger.tables import period_closings, period_steps

_LOCK_NOT_AVAILABLE = "55P03"
PATIENCE_SECONDS = 20

_MONTH = "county = :county AND month = :month"
_HOLD = statement("SELECT of_county AS county, shut_to FROM hold_months(CAST(:counties AS text[]))")
_PATIENCE = statement("SELECT set_config('lock_timeout', :patience, true)")
_ALONE = statement("SELECT pg_advisory_xact_lock(hashtextextended('months ' || :county, 0))")
_KNOWN = statement("SELECT month, state FROM periods WHERE county = :county ORDER BY month")
_LOCK_ROW = statement(f"SELECT month, state FROM periods WHERE {_MONTH} FOR UPDATE")
_BEGIN = statement("INSERT INTO periods (county, month, state) VALUES (:county, :month, :state)")
_CHANGE = statement(f"UPDATE periods SET state = :state WHERE {_MONTH}")
_BOOKED = statement("""
    SELECT min(accounting_month) AS first, max(accounting_month) AS last FROM postings WHERE county = :county
""")
_TURNOVERS = statement("""
    SELECT coverage_year, account,
           coalesce(sum(debit - credit) FILTER (WHERE accounting_month < :month), 0)::bigint AS opening_fen,
           coalesce(sum(debit) FILTER (WHERE accounting_month = :month), 0)::bigint AS debit_fen,
           coalesce(sum(credit) FILTER (WHERE accounting_month = :month), 0)::bigint AS credit_fen
    FROM (SELECT coverage_year, accounting_month, source, destination, sum(amount_fen) AS fen
          FROM postings WHERE county = :county AND accounting_month <= :month
          GROUP BY coverage_year, accounting_month, source, destination) AS moved,
         LATERAL (VALUES (source, 0, fen), (destination, fen, 0)) AS side(account, debit, credit)
    GROUP BY coverage_year, account ORDER BY coverage_year, account COLLATE "C"
""")
_STEP = Records(period_steps)
_TAKE = statement(f"""
    INSERT INTO period_steps ({_STEP.names}) SELECT {_STEP.names} FROM {_STEP}
""")
_LAST_STEP = statement(f"SELECT max(step_no) FROM period_steps WHERE {_MONTH}")
_STEPS = statement(f"SELECT {_STEP.names} FROM period_steps WHERE county = :county ORDER BY month, step_no")
_CLOSING = Records(period_closings)
_FREEZE = statement(f"INSERT INTO period_closings ({_CLOSING.names}) SELECT {_CLOSING.names} FROM {_CLOSING}")
_CLOSINGS = statement(f"SELECT {_CLOSING.names} FROM period_closings WHERE county = :county ORDER BY month")

_LAPSE = statement(f"""
    UPDATE approvals SET state = '{ApprovalState.LAPSED}', decided_at = :at
    WHERE subject = :subject AND state = '{ApprovalState.WAITING}'
""")


class MonthsBusy(Exception):
    """Somebody posts into the months of this county, or locks one, for longer than one should wait."""


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step that was taken about a month."""

    county: str
    month: date
    step_no: int
    step: str
    taken_by: str
    approved_by: str | None
    approval_id: int | None
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class ClosingRow:
    """The frozen totals of a month; `sha256` is over `document`."""

    county: str
    month: date
    document: str
    sha256: str
    previous_sha256: str | None


@dataclass(frozen=True, slots=True)
class Booked:
    """The first and the last month in which anything is booked; none where nothing is."""

    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class _Shut:
    county: str
    shut_to: date


async def hold_open(conn: AsyncConnection, counties: Collection[str]) -> dict[str, date]:
    """Keep the open months of counties open until the transaction ends; give the last month that is not.

    In one round trip: whoever locks a month waits for those who post, and they for whoever locks one now.
    """
    rows = await fetch_as(conn, _Shut, _HOLD, counties=sorted(counties))
    return {row.county: row.shut_to for row in rows}


async def have_alone(conn: AsyncConnection, county: str) -> None:
    """Have the months of a county while nobody posts into them. Raises MonthsBusy after a while."""
    await execute(conn, _PATIENCE, patience=f"{PATIENCE_SECONDS}s")
    try:
        await execute(conn, _ALONE, county=county)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE:
            raise MonthsBusy from None
        raise
    await execute(conn, _PATIENCE, patience="0")


async def hold_month(conn: AsyncConnection, county: str, month: date) -> None:
    """Have others who close or reopen this month wait until the transaction ends."""
    await fetch_as(conn, Month, _LOCK_ROW, county=county, month=month)


async def known(conn: AsyncConnection, county: str) -> list[Month]:
    """The months about which a step was taken."""
    rows = await fetch_as(conn, Month, _KNOWN, county=county)
    return [Month(row.month, State(row.state)) for row in rows]


async def booked(conn: AsyncConnection, county: str) -> Booked:
    """From when to when anything is booked in the books of a county."""
    return await fetch_one_as(conn, Booked, _BOOKED, county=county) or Booked(None, None)


async def turnovers(conn: AsyncConnection, county: str, month: date) -> list[Turnover]:
    """Add up every account of a county: before a month, and in it."""
    return await fetch_as(conn, Turnover, _TURNOVERS, county=county, month=month)


async def set_state(conn: AsyncConnection, county: str, month: date, state: State) -> None:
    """Note how a month stands; the database keeps the order."""
    asked = {"county": county, "month": month, "state": state.value}
    if not await execute(conn, _CHANGE, **asked):
        await execute(conn, _BEGIN, **asked)


async def take(conn: AsyncConnection, step: StepRow) -> None:
    """Note a step, behind those that were taken about this month before."""
    await execute(conn, _TAKE, rows=[step])


async def next_step_no(conn: AsyncConnection, county: str, month: date) -> int:
    """The number of the next step about a month."""
    return (await fetch_value(conn, int, _LAST_STEP, county=county, month=month) or 0) + 1


async def steps(conn: AsyncConnection, county: str) -> list[StepRow]:
    """Every step about the months of a county, oldest first."""
    return await fetch_as(conn, StepRow, _STEPS, county=county)


async def lapse(conn: AsyncConnection, subject: str, at: datetime) -> None:
    """End what still waits for a second person about a month that has gone another way."""
    await execute(conn, _LAPSE, subject=subject, at=at)


async def freeze(conn: AsyncConnection, closing: ClosingRow) -> None:
    """Keep the totals of a month for good."""
    await execute(conn, _FREEZE, rows=[closing])


async def closings(conn: AsyncConnection, county: str) -> list[ClosingRow]:
    """The frozen totals of a county, oldest first."""
    return await fetch_as(conn, ClosingRow, _CLOSINGS, county=county)
