"""Carries out what a ticket asks for, by the same use cases as the direct operations, in one transaction."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import business_date
from libs.common.identity import clean_number
from libs.common.policy import Notice
from libs.common.security.access import check_division
from libs.common.security.caller import Caller
from services.registration.life_events.applying import apply_reports
from services.registration.life_events.rules import DIED, Reported
from services.registration.merges.problems import ALREADY_ONE_PERSON
from services.registration.merges.proposing import open_case, pair_of, propose
from services.registration.moves.moving import Wish, ask_to_move
from services.registration.people import documents_store
from services.registration.people import store as people
from services.registration.people.correcting import correct
from services.registration.people.finding import document_of
from services.registration.people.problems import PERSON_NOT_FOUND
from services.registration.people.renumbering import correct_number
from services.registration.people.schemas import CorrectionIn
from services.registration.people.store import DocumentOnRecord, Person
from services.registration.rosters.admission import admission
from services.registration.rosters.applying import apply_roster
from services.registration.rosters.rules import Header, Listed
from services.registration.settings import RegistrationContext
from services.registration.tickets import store
from services.registration.tickets.answering import end, for_officer
from services.registration.tickets.problems import PERSON_MISSING
from services.registration.tickets.reporting import check_lock
from services.registration.tickets.rules import (
    CORRECTIONS,
    Correction,
    Death,
    Duplicate,
    RightHousehold,
    RightName,
    RightNumber,
    RightPlace,
    RightStatus,
)
from services.registration.tickets.store import Done, Ticket


@dataclass(frozen=True, slots=True)
class Officer:
    """Who resolves, for which notice, and when."""

    context: RegistrationContext
    caller: Caller
    now: datetime

    def notice(self, ticket: Ticket) -> Notice:
        """The notice of a ticket."""
        return self.context.notices[(ticket.county, ticket.coverage_year)]


async def resolve(
    conn: AsyncConnection, officer: Officer, ticket_id: int, person_id: int | None, note: str | None
) -> list[int]:
    """Carry out a ticket and note that; give the people whom it concerns. Raises Problem.

    A right number that is another person's changes nothing: the case about both is opened, and the ticket
    stays until it is decided. Of somebody registered twice a second officer is asked to agree to the merge,
    which ends the ticket.
    """
    if (reported := await store.one(conn, ticket_id)) is not None:
        # A merge has the county's turn when it touches tickets: in the other order both would wait.
        await people.take_turn(conn, reported.county)
    ticket = await for_officer(conn, officer.caller, ticket_id)
    person = await _person(conn, officer, ticket, person_id)
    correction = CORRECTIONS.validate_python(ticket.correction)
    await check_lock(conn, officer.context.notices, person, correction, officer.now)
    if isinstance(correction, Duplicate):
        twin = await _other(conn, person, correction)
        if twin.id != person.id:
            case_id, _ = await propose(conn, person, twin, officer.caller, ticket.wrong, officer.now)
            await store.ask_first(conn, ticket_id, case_id)
            # The merge ends the ticket, and takes its person along.
            await store.note_done(conn, ticket_id, Done(person.id))
            return [person.id, twin.id]
        done = Done(person.id)
    elif isinstance(correction, RightNumber):
        other = await _renumber(conn, officer, person, correction)
        if other is not None:
            # The record that has the right number is the one that is right.
            case_id = await open_case(conn, pair_of(other, person), officer.now)
            await store.ask_first(conn, ticket_id, case_id)
            return [person.id, other.id]
        done = Done(person.id, right_number=clean_number(correction.right_number))
    else:
        done = await _carry_out(conn, officer, ticket, person, correction)
    await store.note_done(conn, ticket_id, done)
    await end(conn, ticket_id, "resolved", officer.caller.subject, officer.now, note)
    return [person.id]


async def _person(conn: AsyncConnection, officer: Officer, ticket: Ticket, person_id: int | None) -> Person:
    """Whom a ticket means; whom it could not name the officer has found."""
    meant = ticket.person_id or person_id
    if meant is None:
        raise PERSON_MISSING.problem()
    person = await people.one(conn, meant)
    if person is None or person.county != ticket.county:
        raise PERSON_NOT_FOUND.problem()
    check_division(officer.caller, person.division_code)
    return person


async def _other(conn: AsyncConnection, person: Person, wanted: Duplicate) -> Person:
    """The other record, or the same one where both were made one meanwhile. Raises Problem."""
    other_id = wanted.other_person_id
    if wanted.other_number is not None:
        other_id = await documents_store.owner(conn, person.county, clean_number(wanted.other_number))
    other = await people.one(conn, other_id) if other_id is not None else None
    if other is None or other.county != person.county:
        raise PERSON_MISSING.problem()
    if other.id == person.id and not await people.merged(conn, person.id):
        raise ALREADY_ONE_PERSON.problem()
    return other


async def _renumber(
    conn: AsyncConnection, officer: Officer, person: Person, wanted: RightNumber
) -> Person | None:
    """Correct a number; give the other person whose number it is, if it is somebody else's."""
    right = document_of("#/correction/right_number", wanted.right_number, officer.now)
    wrong = clean_number(wanted.wrong_number)
    owner = await correct_number(conn, officer.context.digests, person, wrong, right, officer.now)
    return await people.the(conn, owner) if owner is not None else None


async def _carry_out(
    conn: AsyncConnection, officer: Officer, ticket: Ticket, person: Person, correction: Correction
) -> Done:
    match correction:
        case RightName():
            await correct(conn, person, CorrectionIn(name=correction.name), officer.now)
            return Done(person.id)
        case RightStatus():
            await _list(conn, officer, ticket, person, correction)
            return Done(person.id, status=correction.status)
        case RightHousehold():
            home = Wish(correction.household_no, person.division_code, ticket.wrong)
            return await _move(conn, officer, person, home)
        case RightPlace():
            home = Wish(correction.household_no, correction.division_code, ticket.wrong)
            return await _move(conn, officer, person, home)
        case Death():
            await _die(conn, officer, person, correction)
            return Done(person.id, died_on=correction.on)
    raise AssertionError(correction)


async def _list(
    conn: AsyncConnection, officer: Officer, ticket: Ticket, person: Person, wanted: RightStatus
) -> None:
    """List a status, or strike it, as a roster of today with one row."""
    notice, today = officer.notice(ticket), business_date(officer.now)
    document = await _document(conn, person)
    header = Header(
        county=notice.county,
        coverage_year=notice.year,
        status=wanted.status,
        department=notice.statuses[wanted.status].department,
        listed_on=today,
        mode=wanted.mode,
    )
    row = Listed(
        line=0,
        number=document.number,
        name=None,
        effective_on=wanted.effective_on,
        ended_on=wanted.effective_on if wanted.mode == "remove" else None,
        status_class=wanted.status_class,
        grade=wanted.grade,
        document_type=document.type,
    )
    admissible = admission(notice, officer.caller.division)
    await apply_roster(conn, header, [row], admissible, now=officer.now, sent_by=officer.caller.subject)
    if row.problem is not None:
        raise row.problem


async def _move(conn: AsyncConnection, officer: Officer, person: Person, wish: Wish) -> Done:
    """Move at once: whoever resolves has to see both villages."""
    check_division(officer.caller, wish.division_code)
    await ask_to_move(conn, officer.context.notices, person, wish, officer.caller, officer.now)
    return Done(person.id, household_id=(await people.the(conn, person.id)).household_id)


async def _die(conn: AsyncConnection, officer: Officer, person: Person, death: Death) -> None:
    number = (await _document(conn, person)).number
    report = Reported(0, number, DIED, death.on)
    _, rejected = await apply_reports(conn, [report], [person.county], officer.caller, officer.now)
    for _, problem in rejected:
        raise problem


async def _document(conn: AsyncConnection, person: Person) -> DocumentOnRecord:
    """One document of a person; everybody has at least one."""
    return (await people.documents(conn, person.id))[0]
