"""Corrects what is known of a year, states places known whole; what may change paid covers, two decide."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.deciding import Decision, ask_second
from libs.common.cases.store import ApprovalRow, NewApproval
from libs.common.security.caller import Caller
from services.registration.assessments import store as assessments
from services.registration.histories import store
from services.registration.histories.rules import HISTORY_KNOWN, counting
from services.registration.histories.schemas import HistoryCorrection, WholeStated
from services.registration.histories.store import NewStatement, NewWhole
from services.registration.people import store as people
from services.registration.people.problems import PERSON_NOT_FOUND
from services.registration.people.store import Person
from services.registration.settings import RegistrationContext

#: What a second person agrees to.
CORRECTION = "correct_history"
WHOLE = "state_history_whole"

_DIVISION_DIGITS = 12


async def correct(
    conn: AsyncConnection,
    context: RegistrationContext,
    person: Person,
    correction: HistoryCorrection,
    caller: Caller,
    now: datetime,
) -> ApprovalRow | None:
    """Write a correction; once a cover is paid for that hangs on it, have a second person agree instead."""
    # The first year in which somebody had to be insured says of all years which of them count.
    after = 0 if correction.said == "due_from" else correction.coverage_year
    if not await store.is_paid_for(conn, person.id, after, counting(context.notices.values())):
        await _write(conn, context, person, correction, caller.subject, now)
        return None
    return await ask_second(
        conn,
        NewApproval(
            operation=CORRECTION,
            subject=f"persons/{person.id}/history",
            payload=correction.model_dump(mode="json", exclude={"reason"}),
            reason=correction.reason,
            asked_by=caller.subject,
            asked_at=now,
            county=person.county,
            coverage_year=correction.coverage_year,
            division_code=person.division_code,
        ),
    )


async def agree(
    conn: AsyncConnection, context: RegistrationContext, asked: ApprovalRow, decision: Decision
) -> None:
    """A second person agreed: the correction is known from now on. Raises Problem for who was erased."""
    person = await people.one(conn, int(asked.subject.split("/")[1]))
    if person is None:
        raise PERSON_NOT_FOUND.problem()
    correction = HistoryCorrection.model_validate(asked.payload | {"reason": asked.reason})
    await _write(conn, context, person, correction, asked.asked_by, decision.at)


async def _write(
    conn: AsyncConnection,
    context: RegistrationContext,
    person: Person,
    correction: HistoryCorrection,
    by: str,
    now: datetime,
) -> None:
    documents = await people.documents(conn, person.id)
    number = min(documents, key=lambda one: (one.type != "resident_id", one.type)).number
    new = NewStatement(
        county=person.county,
        number=number,
        said=correction.said,
        coverage_year=correction.coverage_year,
        place=correction.place,
        scheme=correction.scheme,
        source=None,
        import_id=None,
        said_by=by,
        known_at=now,
        reason=correction.reason,
    )
    await store.keep(conn, [new])
    concerned = await store.of_people(conn, [person.id], counting(context.notices.values()))
    await assessments.enqueue(conn, concerned, HISTORY_KNOWN, now)


async def ask_for_whole(
    conn: AsyncConnection, whole: WholeStated, caller: Caller, now: datetime
) -> ApprovalRow:
    """Have a second person agree that a place is known whole: many may turn out not to be insured."""
    return await ask_second(
        conn,
        NewApproval(
            operation=WHOLE,
            subject=f"histories/{whole.whole_place}/{whole.from_year}-{whole.to_year}",
            payload=whole.model_dump(mode="json", exclude={"reason"}),
            reason=whole.reason,
            asked_by=caller.subject,
            asked_at=now,
            division_code=whole.whole_place.ljust(_DIVISION_DIGITS, "0"),
        ),
    )


async def agree_to_whole(
    conn: AsyncConnection, context: RegistrationContext, asked: ApprovalRow, decision: Decision
) -> None:
    """A second person agreed: who lives there and is not named was not insured, as is known from now on."""
    stated = WholeStated.model_validate(asked.payload | {"reason": asked.reason})
    whole = NewWhole(stated.whole_place, stated.from_year, stated.to_year, None, asked.asked_by, decision.at)
    if await store.state_whole(conn, whole):
        counts = counting(context.notices.values())
        concerned = await store.of_place(conn, stated.whole_place, stated.from_year, counts)
        await assessments.enqueue(conn, concerned, HISTORY_KNOWN, decision.at)
