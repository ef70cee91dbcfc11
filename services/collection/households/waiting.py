"""Asks an officer about households that pay together and are still incomplete when their window ends."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import store as cases
from libs.common.cases.store import Gone, NewCase
from libs.common.db.isolation import apply_by_halves
from libs.common.setbacks import setback
from libs.common.web.schemas import shanghai
from services.collection.cases.rules import HOUSEHOLD_INCOMPLETE
from services.collection.fitting.rules import has_to_pay
from services.collection.households import members_store
from services.collection.households import waiting_store as store
from services.collection.households.rules import HouseholdYear, Member
from services.collection.households.waiting_store import WaitingLine

#: Households that one transaction asks about at most.
AT_ONCE = 500


async def ask_about_overdue(
    conn: AsyncConnection, now: datetime, after: HouseholdYear
) -> HouseholdYear | None:
    """Open cases about the next households whose window is over; give the last, if there may be more.

    One about which nobody can be asked is told of and keeps out no other. The caller holds the lease.
    """
    households = await store.overdue(conn, now, after, AT_ONCE)

    async def ask(some: Sequence[HouseholdYear]) -> None:
        await ask_about_waiting(conn, some, now)

    for household, error in (await apply_by_halves(conn, households, ask, most_defects=None)).refused:
        setback(subject(household), error)
    return households[-1] if len(households) == AT_ONCE else None


async def ask_about_waiting(
    conn: AsyncConnection, households: Collection[HouseholdYear], at: datetime
) -> None:
    """Open or close the cases of these households, as things stand at `at`."""
    if not households:
        return
    waiting: dict[HouseholdYear, list[WaitingLine]] = defaultdict(list)
    for line in await store.waiting(conn, households):
        waiting[line.household].append(line)
    late = [key for key, lines in waiting.items() if _window_ends_at(lines, at) is not None]
    members = await members_store.members(conn, late)
    opened = []
    for key in late:
        missing = _missing(members.get(key, ()), waiting[key])
        if missing:  # else the lines are about to be applied
            opened.append(_case(key, waiting[key], missing, at))
    gone = [Gone(HOUSEHOLD_INCOMPLETE.code, subject(key)) for key in households if key not in waiting]
    await cases.close_cases(conn, gone, at, "nothing waits for the household any more")
    await cases.open_cases(conn, opened)


async def see_to_lines(conn: AsyncConnection, lines: Sequence[tuple[int, int]], at: datetime) -> None:
    """See to the households of lines whose money has changed: what is left is judged again."""
    households = await store.touched(conn, lines)
    await ask_about_waiting(conn, households, at)
    await store.wake(conn, households, at)


def subject(household: HouseholdYear) -> str:
    """What a case about a household and year is about."""
    return f"households/{household.household_id}/{household.coverage_year}"


def _window_ends_at(lines: Sequence[WaitingLine], at: datetime) -> datetime | None:
    """When the window ended in which something was paid that waits; None while it lasts."""
    ended = [line.waits_until for line in lines if line.waits_until is not None and line.waits_until <= at]
    return min(ended, default=None)


def _missing(members: Sequence[Member], lines: Sequence[WaitingLine]) -> list[Member]:
    paid_at = [line.paid_at for line in lines]
    return [one for one in members if not one.waits and any(has_to_pay(one.due, then) for then in paid_at)]


def _case(
    household: HouseholdYear, lines: Sequence[WaitingLine], missing: Sequence[Member], at: datetime
) -> NewCase:
    ended_at = _window_ends_at(lines, at)
    assert ended_at is not None, "only of such households it is asked"
    absent: list[JsonValue] = [
        {"person_id": one.due.person_id, "masked_name": one.due.masked_name} for one in missing
    ]
    waiting: list[JsonValue] = [
        {
            "payment_id": line.payment_id,
            "line_no": line.line_no,
            "person_id": line.person_id,
            "amount_fen": line.amount_fen,
            "paid_at": shanghai(line.paid_at),
        }
        for line in lines
    ]
    return NewCase(
        kind=HOUSEHOLD_INCOMPLETE.code,
        subject=subject(household),
        owner=HOUSEHOLD_INCOMPLETE.owner,
        proposed=HOUSEHOLD_INCOMPLETE.steps[0].code,
        opened_at=max(ended_at, lines[0].received_at),
        evidence={
            "household_id": household.household_id,
            "window_ended_at": shanghai(ended_at),
            "missing": absent,
            "waiting": waiting,
        },
        county=lines[0].county,
        coverage_year=household.coverage_year,
        division_code=lines[0].division_code,
        amount_fen=sum(line.amount_fen for line in lines),
    )
