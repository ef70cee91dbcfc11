"""Answers tickets: an officer takes one, resolves or refuses it; who reported it may withdraw it.

Every step holds the ticket: of two officers one wins, and the other is told who did.
"""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import store as cases
from libs.common.cases.deciding import Decision
from libs.common.cases.store import CaseRow, Gone
from libs.common.security.access import check_division
from libs.common.security.caller import Caller
from services.registration.cases.rules import TICKET_OVERDUE
from services.registration.tickets import store
from services.registration.tickets.problems import (
    NOT_YOUR_TICKET,
    OWN_TICKET,
    TICKET_ANSWERED,
    TICKET_NOT_FOUND,
    TICKET_TAKEN,
)
from services.registration.tickets.rules import OPEN, subject_of
from services.registration.tickets.store import Ticket


async def open_ticket(conn: AsyncConnection, caller: Caller, ticket_id: int) -> Ticket:
    """Hold a ticket that is still to be answered. Raises Problem."""
    ticket = await store.lock(conn, ticket_id)
    if ticket is None:
        raise TICKET_NOT_FOUND.problem()
    check_division(caller, ticket.division_code)
    if ticket.state not in OPEN:
        raise TICKET_ANSWERED.problem(state=ticket.state, answered_by=ticket.answered_by)
    return ticket


async def for_officer(conn: AsyncConnection, caller: Caller, ticket_id: int, *, over: bool = False) -> Ticket:
    """Hold a ticket that an officer may work on. Raises Problem."""
    ticket = await open_ticket(conn, caller, ticket_id)
    if ticket.reported_by == caller.subject:
        raise OWN_TICKET.problem()
    if ticket.taken_by not in (None, caller.subject) and not over:
        raise TICKET_TAKEN.problem(taken_by=ticket.taken_by)
    return ticket


async def take(conn: AsyncConnection, caller: Caller, ticket_id: int, now: datetime, *, over: bool) -> None:
    """Take a ticket, `over` from another officer if need be. Raises Problem."""
    ticket = await for_officer(conn, caller, ticket_id, over=over)
    if ticket.taken_by != caller.subject:
        await store.take(conn, ticket_id, caller.subject, now)


async def refuse(conn: AsyncConnection, caller: Caller, ticket_id: int, reason: str, now: datetime) -> None:
    """Refuse a ticket, with the reason for whoever reported it. Raises Problem."""
    await for_officer(conn, caller, ticket_id)
    await end(conn, ticket_id, "refused", caller.subject, now, reason)


async def withdraw(conn: AsyncConnection, caller: Caller, ticket_id: int, reason: str, now: datetime) -> None:
    """Take back a ticket of one's own. Raises Problem."""
    ticket = await open_ticket(conn, caller, ticket_id)
    if ticket.reported_by != caller.subject:
        raise NOT_YOUR_TICKET.problem()
    await end(conn, ticket_id, "withdrawn", caller.subject, now, reason)


async def end(
    conn: AsyncConnection, ticket_id: int, state: str, by: str, at: datetime, words: str | None
) -> None:
    """Note how a ticket that is held ended; nobody asks any more why it is late."""
    await store.end(conn, ticket_id, state, by, at, words)
    await cases.close_cases(conn, [Gone(TICKET_OVERDUE.code, subject_of(ticket_id))], at, state)


async def settle_merged(conn: AsyncConnection, case: CaseRow, decision: Decision) -> None:
    """Resolve the tickets that waited until the two records of a case were one."""
    by, at = decision.by, decision.at
    ended = await store.settle_merged(conn, case.case_id, by, decision.approved_by, at)
    gone = [Gone(TICKET_OVERDUE.code, subject_of(one)) for one in ended]
    await cases.close_cases(conn, gone, at, "resolved")
