"""HTTP for tickets: villages and townships report errors, the bureau mends them or says why not."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.cases.problems import APPROVAL_WAITING
from libs.common.policy import Notice
from libs.common.security.access import check_division
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.security.guesses import Address, Attempt
from libs.common.web.catalogue import (
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    OUTSIDE_DIVISION,
    TOO_MANY_GUESSES,
)
from libs.common.web.idempotency import Key, Once, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.schemas import CountyCode, CoverageYear, Id, Limit, NumberAfter, number_after
from services.registration.access import (
    Bureau,
    Context,
    DivisionQuery,
    TicketReader,
    TicketWriter,
    range_of,
)
from services.registration.merges.problems import ALREADY_ONE_PERSON
from services.registration.moves.problems import HEADS_A_HOUSEHOLD, HOUSEHOLD_UNKNOWN, LOCKED_AFTER_PAYMENT
from services.registration.notices.rules import NOTICE_NOT_FOUND, notice_of
from services.registration.people.finding import document_of, find
from services.registration.people.problems import LIVES_ELSEWHERE, NUMBER_NOT_ON_RECORD, PERSON_NOT_FOUND
from services.registration.people.store import Person
from services.registration.registering.problems import OUTSIDE_NOTICE
from services.registration.rosters.problems import NOT_ON_ROSTER, STATUS_UNKNOWN
from services.registration.settings import RegistrationContext
from services.registration.tickets import problems as reasons
from services.registration.tickets import store
from services.registration.tickets.answering import refuse, take, withdraw
from services.registration.tickets.reporting import report
from services.registration.tickets.resolving import Officer, resolve
from services.registration.tickets.rules import ANSWERED, OPEN, STATES, Kind, overdue_before
from services.registration.tickets.schemas import (
    NewTicket,
    Reason,
    Resolution,
    Taking,
    TicketCounts,
    TicketOut,
    TicketPage,
)
from services.registration.tickets.showing import count_out, ticket_out
from services.registration.tickets.store import Ticket, Wanted

router = APIRouter(prefix="/v1/tickets", tags=["tickets"])

_TOWNSHIP_DIGITS = 9
_KEYS = (IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED)
_STEP = (reasons.TICKET_NOT_FOUND, OUTSIDE_DIVISION, reasons.TICKET_ANSWERED, *_KEYS)
_OFFICER = (*_STEP, reasons.OWN_TICKET, reasons.TICKET_TAKEN)
_LISTS = {"open": OPEN, "overdue": OPEN, "answered": ANSWERED}


@router.post(
    "",
    status_code=201,
    response_model=TicketOut,
    responses=problems(
        NOTICE_NOT_FOUND, PERSON_NOT_FOUND, OUTSIDE_DIVISION, OUTSIDE_NOTICE, LIVES_ELSEWHERE, STATUS_UNKNOWN,
        LOCKED_AFTER_PAYMENT, TOO_MANY_GUESSES, reasons.TICKET_OPEN, reasons.SUBJECT_MISSING,
        ALREADY_ONE_PERSON, *_KEYS,
    ),
)  # fmt: skip
async def report_ticket(
    body: NewTicket, context: Context, caller: TicketWriter, key: Key, address: Address
) -> Response:
    """Report an error: a wrong name, number, status, household or place, a death that is not on record, or
    somebody who is registered twice.

    The bureau answers within the workdays of the notice. What the notice locks after payment is refused.
    """
    now, request = context.clock.now(), once(caller, key, body)
    notice = notice_of(context.notices, body.county, body.coverage_year)
    found = await _named(context, caller, body, now, Attempt(caller, address, context.settings.guess_limit))
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        ticket_id, person_id = await report(conn, context.notices, notice, caller, body, found, now)
        people = [person_id] if person_id is not None else []
        await record_lookup(conn, caller, operation="report_ticket", at=now, person_ids=people)
        return await _told(conn, notice, caller, ticket_id, request, now, 201)


@router.get("", responses=problems(NOTICE_NOT_FOUND, OUTSIDE_DIVISION))
async def list_tickets(
    county: CountyCode,
    coverage_year: CoverageYear,
    context: Context,
    caller: TicketReader,
    on_list: Annotated[Literal["open", "overdue", "answered"] | None, Query(alias="list")] = None,
    kind: Kind | None = None,
    person_id: Id | None = None,
    mine: Annotated[bool, Query(description="those that one has reported oneself")] = False,
    division_code: DivisionQuery = "",
    after: NumberAfter = None,
    limit: Limit = 100,
) -> TicketPage:
    """List tickets of the own division, the oldest first: that is by due day. The look is audited."""
    now, notice = context.clock.now(), notice_of(context.notices, county, coverage_year)
    low, high = range_of(caller, division_code)
    before = overdue_before(notice, now) if on_list == "overdue" else None
    states = _LISTS[on_list] if on_list is not None else STATES
    if on_list == "overdue" and before is None:
        states = ()  # nobody is late where no term is set
    reporter = caller.subject if mine else None
    wanted = Wanted(county, coverage_year, low, high, states, kind, reporter, before, person_id)
    async with context.engine.begin() as conn:
        found = await store.page(conn, wanted, number_after(after), limit)
        people = sorted({one.person_id for one in found if one.person_id is not None})
        await record_lookup(conn, caller, operation="list_tickets", at=now, person_ids=people)
    return TicketPage(
        items=[ticket_out(notice, caller, one, now) for one in found],
        next_after=str(found[-1].ticket_id) if len(found) == limit else None,
    )


@router.get("/counts", responses=problems(NOTICE_NOT_FOUND, OUTSIDE_DIVISION))
async def count_tickets(
    county: CountyCode,
    coverage_year: CoverageYear,
    context: Context,
    caller: TicketReader,
    division_code: DivisionQuery = "",
    after: NumberAfter = None,
    limit: Limit = 100,
) -> TicketCounts:
    """Count tickets by township: open, overdue, the first due day, and how the others ended."""
    now, notice = context.clock.now(), notice_of(context.notices, county, coverage_year)
    low, high = range_of(caller, division_code)
    wanted = Wanted(county, coverage_year, low, high, STATES)
    behind = (after or "")[:_TOWNSHIP_DIGITS]
    async with context.engine.connect() as conn:
        found = await store.counts(conn, wanted, overdue_before(notice, now), behind, limit)
    return TicketCounts(
        items=[count_out(notice, one) for one in found],
        next_after=found[-1].division_code if len(found) == limit else None,
    )


@router.get("/{ticket_id}", responses=problems(reasons.TICKET_NOT_FOUND, OUTSIDE_DIVISION))
async def get_ticket(ticket_id: Id, context: Context, caller: TicketReader) -> TicketOut:
    """Look a ticket up. The look is audited."""
    now = context.clock.now()
    async with context.engine.begin() as conn:
        ticket = await store.one(conn, ticket_id)
        if ticket is None:
            raise reasons.TICKET_NOT_FOUND.problem()
        check_division(caller, ticket.division_code)
        await record_lookup(conn, caller, operation="get_ticket", at=now, person_ids=_people(ticket))
    notice = notice_of(context.notices, ticket.county, ticket.coverage_year)
    return ticket_out(notice, caller, ticket, now)


@router.post("/{ticket_id}/take", response_model=TicketOut, responses=problems(*_OFFICER))
async def take_ticket(ticket_id: Id, body: Taking, context: Context, caller: Bureau, key: Key) -> Response:
    """Take a ticket, so that no other officer works on it; `over` takes it from one who does."""
    now, request = context.clock.now(), once(caller, key, body)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        await take(conn, caller, ticket_id, now, over=body.over)
        return await _answered(conn, context, caller, ticket_id, request, now, "take_ticket")


@router.post(
    "/{ticket_id}/resolution",
    response_model=TicketOut,
    responses=problems(
        *_OFFICER, PERSON_NOT_FOUND, reasons.PERSON_MISSING, LOCKED_AFTER_PAYMENT, NUMBER_NOT_ON_RECORD,
        HOUSEHOLD_UNKNOWN, HEADS_A_HOUSEHOLD, NOT_ON_ROSTER, ALREADY_ONE_PERSON, APPROVAL_WAITING,
    )
    | {202: {"model": TicketOut, "description": "The case about two records has to be decided first"}},
)  # fmt: skip
async def resolve_ticket(
    ticket_id: Id, body: Resolution, context: Context, caller: Bureau, key: Key
) -> Response:
    """Carry out what a ticket asks for; the answer says from when on the person had better pay.

    Where the right number is another person's, or somebody is registered twice, a second officer has to agree
    in the case about both: until then nothing changes, and the ticket stays open.
    """
    now, request = context.clock.now(), once(caller, key, body)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        officer = Officer(context, caller, now)
        people = await resolve(conn, officer, ticket_id, body.person_id, body.note)
        sent = await _answered(conn, context, caller, ticket_id, request, now, "resolve_ticket", people)
    outbox.poke(context.engine)
    return sent


@router.post("/{ticket_id}/refusal", response_model=TicketOut, responses=problems(*_OFFICER))
async def refuse_ticket(ticket_id: Id, body: Reason, context: Context, caller: Bureau, key: Key) -> Response:
    """Refuse a ticket; whoever reported it sees the reason."""
    now, request = context.clock.now(), once(caller, key, body)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        await refuse(conn, caller, ticket_id, body.reason, now)
        return await _answered(conn, context, caller, ticket_id, request, now, "refuse_ticket")


@router.post(
    "/{ticket_id}/withdrawal", response_model=TicketOut, responses=problems(*_STEP, reasons.NOT_YOUR_TICKET)
)
async def withdraw_ticket(
    ticket_id: Id, body: Reason, context: Context, caller: TicketWriter, key: Key
) -> Response:
    """Take back a ticket that one has reported oneself."""
    now, request = context.clock.now(), once(caller, key, body)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        await withdraw(conn, caller, ticket_id, body.reason, now)
        return await _answered(conn, context, caller, ticket_id, request, now, "withdraw_ticket")


async def _named(
    context: RegistrationContext, caller: Caller, body: NewTicket, now: datetime, guess: Attempt
) -> Person | None:
    """The registered person of the number and name of a ticket, if there is one; tries count as guesses."""
    if body.person_id is not None or body.id_number is None or body.name is None:
        return None
    document = document_of("#/id_number", body.id_number, now)
    digest = context.digests.document(document)
    async with context.engine.begin() as conn:
        people, refused = await find(conn, document, body.name, guess.at(digest))
        here = [one for one in people if one.county == body.county]
        done = "report_ticket_refused" if refused is not None else "report_ticket"
        await record_lookup(conn, caller, operation=done, at=now, query_digest=digest)
    if refused is not None:
        raise refused
    if here and not caller.sees(here[0].division_code):
        raise LIVES_ELSEWHERE.problem()
    return here[0] if here else None


async def _answered(
    conn: AsyncConnection,
    context: RegistrationContext,
    caller: Caller,
    ticket_id: int,
    request: Once,
    now: datetime,
    operation: str,
    people: list[int] | None = None,
) -> Response:
    """Record a step about a ticket, and show the ticket as it stands now."""
    ticket = await _the(conn, ticket_id)
    seen = people if people is not None else _people(ticket)
    await record_lookup(conn, caller, operation=operation, at=now, person_ids=seen)
    notice = notice_of(context.notices, ticket.county, ticket.coverage_year)
    waits = operation == "resolve_ticket" and ticket.state in OPEN
    return await _told(conn, notice, caller, ticket_id, request, now, 202 if waits else 200)


async def _told(
    conn: AsyncConnection,
    notice: Notice,
    caller: Caller,
    ticket_id: int,
    request: Once,
    now: datetime,
    status: int,
) -> Response:
    shown = ticket_out(notice, caller, await _the(conn, ticket_id), now)
    return await answer(conn, request, shown, status)


async def _the(conn: AsyncConnection, ticket_id: int) -> Ticket:
    ticket = await store.one(conn, ticket_id)
    assert ticket is not None, "tickets are never deleted"
    return ticket


def _people(ticket: Ticket) -> list[int]:
    return [ticket.person_id] if ticket.person_id is not None else []
