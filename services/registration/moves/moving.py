"""Moves a person to another household: at once within a division, else when the other side agrees."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.deciding import Decision, ask_second
from libs.common.cases.store import ApprovalRow, NewApproval
from libs.common.policy import Notices
from libs.common.security.caller import Caller
from libs.common.web.catalogue import OUTSIDE_DIVISION
from services.registration.assessments import store as assessments
from services.registration.enrollments.tiering import look_at_households
from services.registration.moves import store
from services.registration.moves.problems import HEADS_A_HOUSEHOLD, HOUSEHOLD_UNKNOWN
from services.registration.moves.rules import lock_of
from services.registration.moves.store import NewHome
from services.registration.people import store as people
from services.registration.people.store import Person
from services.registration.settings import RegistrationContext

#: What the other side agrees to.
OPERATION = "move"


@dataclass(frozen=True, slots=True)
class Wish:
    """Where somebody is to live, and why."""

    household_no: str
    division_code: str
    reason: str


async def ask_to_move(
    conn: AsyncConnection, notices: Notices, person: Person, wish: Wish, caller: Caller, now: datetime
) -> ApprovalRow | None:
    """Move at once when the caller sees both sides; else ask the side that the caller does not see.

    Gives the approval that it waits for. Raises Problem.
    """
    await people.take_turn(conn, person.county)
    sees_here, sees_there = caller.sees(person.division_code), caller.sees(wish.division_code)
    # Before anything is looked at: why somebody may not move says whether they have paid.
    if not sees_here and not sees_there:
        raise OUTSIDE_DIVISION.problem()
    home = await _home(conn, notices, person, wish, now)
    if sees_here and sees_there:
        await _move(conn, person, home, now)
        return None
    approval = NewApproval(
        operation=OPERATION,
        subject=f"persons/{person.id}",
        payload={"household_no": wish.household_no, "division_code": wish.division_code},
        reason=wish.reason,
        asked_by=caller.subject,
        asked_at=now,
        county=person.county,
        division_code=home.division_code if sees_here else person.division_code,
    )
    return await ask_second(conn, approval)


async def agree(
    conn: AsyncConnection, context: RegistrationContext, asked: ApprovalRow, decision: Decision
) -> None:
    """The other side agreed: the person moves."""
    person = await people.the(conn, int(asked.subject.removeprefix("persons/")))
    await people.take_turn(conn, person.county)
    wish = Wish(str(asked.payload["household_no"]), str(asked.payload["division_code"]), asked.reason)
    await _move(conn, person, await _home(conn, context.notices, person, wish, decision.at), decision.at)


async def _home(
    conn: AsyncConnection, notices: Notices, person: Person, wish: Wish, now: datetime
) -> NewHome:
    home = await store.household(conn, person.county, wish.household_no, wish.division_code)
    if home is None:
        raise HOUSEHOLD_UNKNOWN.problem()
    if home.id == person.household_id:
        return home
    if locked := lock_of(notices, person.county, await store.paid_years(conn, person.id), now):
        raise locked
    if await store.headed_others(conn, person.id):
        raise HEADS_A_HOUSEHOLD.problem()
    return home


async def _move(conn: AsyncConnection, person: Person, home: NewHome, now: datetime) -> None:
    if home.id == person.household_id:
        return
    await people.keep_versions(conn, [person.id], now)
    await store.move(conn, person.id, home, now)
    active = await people.active_enrollments(conn, [person.id])
    await assessments.enqueue(conn, active, "data_corrected", now)
    # What the person paid binds the others of the new household to its tier, and those left behind no more.
    await look_at_households(conn, [person.household_id, home.id], active, now)
