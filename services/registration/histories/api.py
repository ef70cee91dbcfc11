"""HTTP for enrollment history: what is known of a person's years, corrections, places known whole."""

from fastapi import APIRouter, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import problems as case_problems
from libs.common.cases.schemas import Approval
from libs.common.clock import business_date
from libs.common.security.access import check_division
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.web.catalogue import OUTSIDE_DIVISION
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.reach import COUNTY
from libs.common.web.schemas import Id
from services.registration.access import Bureau, Context, Reader
from services.registration.histories.correcting import ask_for_whole, correct
from services.registration.histories.problems import WHOLE_INCOMPLETE, YEAR_TO_COME
from services.registration.histories.schemas import HistoryCorrection, PersonHistory, WholeStated
from services.registration.histories.showing import history_of_person
from services.registration.people import store as people
from services.registration.people.problems import PERSON_NOT_FOUND
from services.registration.people.store import Person

router = APIRouter(prefix="/v1", tags=["histories"])


@router.get(
    "/persons/{person_id}/history",
    summary="In which years was this person insured?",
    responses=problems(PERSON_NOT_FOUND, OUTSIDE_DIVISION),
)
async def get_history(person_id: Id, context: Context, caller: Reader) -> PersonHistory:
    """Look up what is known of a person's years, how, and what files and corrections said when.

    Own seasons are those of all counties of this installation.
    """
    now = context.clock.now()
    async with context.engine.begin() as conn:
        person = await _person(conn, caller, person_id)
        await record_lookup(conn, caller, operation="get_history", at=now, person_ids=[person.id])
        return await history_of_person(conn, person, now)


@router.post(
    "/persons/{person_id}/history/corrections",
    summary="Correct what is known of a person's year",
    response_model=PersonHistory,
    responses=problems(PERSON_NOT_FOUND, OUTSIDE_DIVISION, YEAR_TO_COME, case_problems.APPROVAL_WAITING)
    | {202: {"model": Approval, "description": "A cover is paid for that may change: a second one agrees"}},
)
async def correct_history(
    person_id: Id, correction: HistoryCorrection, context: Context, caller: Bureau, key: Key
) -> Response:
    """Say of a year what is right, against files and seasons; what was said before is kept.

    Where a later year is paid for already the cover may change, never the contribution: a second officer
    agrees under /v1/approvals then.
    """
    now, wanted = context.clock.now(), once(caller, key, correction)
    async with context.engine.begin() as conn:
        if repeated := await answered(conn, wanted, now):
            return repeated
        person = await _person(conn, caller, person_id)
        if correction.coverage_year > business_date(now).year:
            raise YEAR_TO_COME.problem()
        asked = await correct(conn, context, person, correction, caller, now)
        await record_lookup(
            conn, caller, operation="correct_history", at=now, person_ids=[person.id],
            note=correction.reason,
        )  # fmt: skip
        if asked is not None:
            return await answer(conn, wanted, Approval.model_validate(asked), 202)
        return await answer(conn, wanted, await history_of_person(conn, person, now), 200)


@router.post(
    "/histories/whole",
    status_code=202,
    summary="State that everybody is known who was insured in a place",
    response_model=Approval,
    responses=problems(OUTSIDE_DIVISION, WHOLE_INCOMPLETE, case_problems.APPROVAL_WAITING),
    openapi_extra=COUNTY,
)
async def state_whole(whole: WholeStated, context: Context, caller: Bureau, key: Key) -> Response:
    """Ask that seasons here and files count as all who were insured in a place in some years.

    Who lives there and is not among them was not insured then; before, nothing is known of them. Another
    officer of the bureau agrees under /v1/approvals.
    """
    now, wanted = context.clock.now(), once(caller, key, whole)
    if not whole.whole_place.startswith(caller.division):
        raise OUTSIDE_DIVISION.problem()
    if not whole.from_year <= whole.to_year <= business_date(now).year:
        raise WHOLE_INCOMPLETE.problem()
    async with context.engine.begin() as conn:
        if repeated := await answered(conn, wanted, now):
            return repeated
        asked = await ask_for_whole(conn, whole, caller, now)
        return await answer(conn, wanted, Approval.model_validate(asked), 202)


async def _person(conn: AsyncConnection, caller: Caller, person_id: int) -> Person:
    """The person who goes on. Raises Problem."""
    person = await people.one(conn, person_id)
    if person is None:
        raise PERSON_NOT_FOUND.problem()
    check_division(caller, person.division_code)
    return person
