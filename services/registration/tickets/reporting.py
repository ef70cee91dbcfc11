"""Reports an error: of somebody of the own division, in a form that the bureau can carry out."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.identity import clean_number
from libs.common.policy import Notice, Notices
from libs.common.security.access import check_division
from libs.common.security.caller import Caller
from services.registration.merges.problems import ALREADY_ONE_PERSON
from services.registration.moves.rules import lock_of
from services.registration.moves.store import paid_years
from services.registration.people.finding import document_of
from services.registration.people.problems import PERSON_NOT_FOUND
from services.registration.people.store import Person, one
from services.registration.registering.problems import OUTSIDE_NOTICE
from services.registration.rosters.admission import class_problem
from services.registration.rosters.problems import STATUS_UNKNOWN
from services.registration.tickets import store
from services.registration.tickets.problems import SUBJECT_MISSING, TICKET_OPEN
from services.registration.tickets.rules import LOCKED, Correction, Duplicate, RightNumber, RightStatus
from services.registration.tickets.schemas import NewTicket


async def report(
    conn: AsyncConnection,
    notices: Notices,
    notice: Notice,
    caller: Caller,
    given: NewTicket,
    found: Person | None,
    now: datetime,
) -> tuple[int, int | None]:
    """Keep a ticket about `found`, or whom it names; give its id and the person's. Raises Problem."""
    person = await _person(conn, given) if given.person_id is not None else found
    village = person.division_code if person is not None else given.division_code
    if village is None or (person is None and not (given.id_number and given.name)):
        raise SUBJECT_MISSING.problem()
    check_division(caller, village)
    if not village.startswith(notice.division):
        raise OUTSIDE_NOTICE.problem()
    _check(notice, given.correction, now)
    await store.take_turn(conn, notice.county)
    if person is not None:
        if isinstance(given.correction, Duplicate) and given.correction.other_person_id == person.id:
            raise ALREADY_ONE_PERSON.problem()
        await check_lock(conn, notices, person, given.correction, now)
        kind = given.correction.kind
        if open_id := await store.open_of(conn, notice.county, notice.year, person.id, kind):
            raise TICKET_OPEN.problem(ticket_id=open_id)
    ticket = _ticket(notice, caller, given, person, village, now)
    return await store.add(conn, ticket), ticket.person_id


def _ticket(
    notice: Notice, caller: Caller, given: NewTicket, person: Person | None, village: str, now: datetime
) -> store.NewTicket:
    return store.NewTicket(
        county=notice.county,
        coverage_year=notice.year,
        division_code=village,
        person_id=person.id if person is not None else None,
        name=given.name if person is None else None,
        number=clean_number(given.id_number) if person is None and given.id_number else None,
        kind=given.correction.kind,
        wrong=given.wrong,
        correction=given.correction.model_dump(mode="json", exclude_none=True),
        proofs=[proof.model_dump(mode="json") for proof in given.proofs],
        reported_by=caller.subject,
        reported_at=now,
    )


async def check_lock(
    conn: AsyncConnection, notices: Notices, person: Person, correction: Correction, now: datetime
) -> None:
    """Refuse what the notice locks after payment. Raises Problem."""
    if correction.kind in LOCKED:
        locked = lock_of(notices, person.county, await paid_years(conn, person.id), now)
        if locked is not None:
            raise locked


async def _person(conn: AsyncConnection, given: NewTicket) -> Person:
    person = await one(conn, given.person_id) if given.person_id is not None else None
    if person is None or person.county != given.county:
        raise PERSON_NOT_FOUND.problem()
    return person


def _check(notice: Notice, correction: Correction, now: datetime) -> None:
    """Refuse what nobody could carry out. Raises Problem."""
    if isinstance(correction, RightNumber):
        document_of("#/correction/right_number", correction.right_number, now)
    if isinstance(correction, Duplicate):
        if correction.other_number is not None:
            document_of("#/correction/other_number", correction.other_number, now)
        elif correction.other_person_id is None:
            raise SUBJECT_MISSING.problem()
    if isinstance(correction, RightStatus):
        if correction.status not in notice.statuses:
            raise STATUS_UNKNOWN.problem(known_statuses=sorted(notice.statuses))
        if wrong := class_problem(notice, correction.status, correction.status_class):
            raise wrong
