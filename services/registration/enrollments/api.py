"""HTTP for enrollments: enroll a person, look at the year with every assessment, cancel."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from libs.common.bus import outbox
from libs.common.cases import problems as case_problems
from libs.common.cases.schemas import Approval
from libs.common.security.access import check_division
from libs.common.security.audit import record_lookup
from libs.common.web.catalogue import OUTSIDE_DIVISION
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.schemas import CoverageYear, GivenInstant, Id
from services.registration.access import Context, Reader, Writer
from services.registration.assessments.recalling import assess_as_of, assessments_of
from services.registration.enrollments import store
from services.registration.enrollments.cancelling import ask_to_cancel, cancel
from services.registration.enrollments.enrolling import enroll
from services.registration.enrollments.problems import ALREADY_PAID, BUREAU_ENDS, ENROLLMENT_NOT_FOUND
from services.registration.enrollments.schemas import CancellationIn, EnrollmentIn, EnrollmentYear
from services.registration.histories.showing import history_of_enrollment
from services.registration.notices.rules import NOTICE_NOT_FOUND, notice_of
from services.registration.people import store as people
from services.registration.people.problems import PERSON_NOT_FOUND
from services.registration.people.schemas import EnrollmentOut
from services.registration.people.viewing import enrollment_out
from services.registration.registering import problems as reasons
from services.registration.registering.admission import Admission

router = APIRouter(prefix="/v1", tags=["enrollments"])


@router.post(
    "/enrollments",
    status_code=201,
    response_model=EnrollmentOut,
    responses=problems(
        PERSON_NOT_FOUND,
        OUTSIDE_DIVISION,
        reasons.UNKNOWN_COUNTY,
        reasons.OUTSIDE_NOTICE,
        reasons.ALREADY_COMPLETE,
    )
    | {200: {"model": EnrollmentOut, "description": "The person was enrolled already"}},
)
async def enroll_person(wanted: EnrollmentIn, context: Context, caller: Writer, key: Key) -> Response:
    """Enroll a registered person for a year. What is owed follows within moments, as an assessment.

    Asking again with another tier or other add-ons changes an open enrollment; without them nothing changes.
    """
    request, now = once(caller, key, wanted), context.clock.now()
    async with context.engine.begin() as conn:
        if repeated := await answered(conn, request, now):
            return repeated
        person = await people.one(conn, wanted.person_id)
        if person is None:
            raise PERSON_NOT_FOUND.problem()
        check_division(caller, person.division_code)
        admission = Admission(context.notices, caller.division, now)
        done = await enroll(conn, context.digests, person, wanted.county, wanted.wish(), admission, now)
        await record_lookup(conn, caller, operation="enroll_person", at=now, person_ids=[person.id])
        status = 201 if done.is_new else 200
        sent = await answer(conn, request, enrollment_out(done.enrollment), status)
    outbox.poke(context.engine)
    return sent


@router.get(
    "/persons/{person_id}/enrollments/{coverage_year}",
    responses=problems(PERSON_NOT_FOUND, ENROLLMENT_NOT_FOUND, OUTSIDE_DIVISION, NOTICE_NOT_FOUND),
)
async def get_enrollment(
    person_id: Id,
    coverage_year: CoverageYear,
    context: Context,
    caller: Reader,
    as_of: Annotated[
        GivenInstant | None,
        Query(
            description="ask also what was owed at this instant, by what was known then",
            examples=["2019-11-20T10:00:00+08:00"],
        ),
    ] = None,
) -> EnrollmentYear:
    """Look up what a person owes for a year and why: every assessment with question, answer and trace."""
    async with context.engine.begin() as conn:
        person = await people.one(conn, person_id)
        if person is None:
            raise PERSON_NOT_FOUND.problem()
        check_division(caller, person.division_code)
        enrollment = await store.of_year(conn, person.id, person.county, coverage_year)
        if enrollment is None:
            raise ENROLLMENT_NOT_FOUND.problem()
        now = context.clock.now()
        await record_lookup(conn, caller, operation="get_enrollment", at=now, person_ids=[person.id])
        asked = None
        if as_of is not None:
            notice_of(context.notices, enrollment.county, enrollment.coverage_year)
            asked = await assess_as_of(conn, context.notices, enrollment, as_of)
        notice = context.notices.get((enrollment.county, enrollment.coverage_year))
        return EnrollmentYear(
            enrollment=enrollment_out(enrollment),
            assessments=await assessments_of(conn, enrollment.id),
            history=await history_of_enrollment(conn, notice, enrollment, now) if notice else None,
            as_of=asked,
        )


@router.post(
    "/enrollments/{enrollment_id}/cancel",
    response_model=EnrollmentOut,
    responses=problems(
        ENROLLMENT_NOT_FOUND,
        OUTSIDE_DIVISION,
        ALREADY_PAID,
        BUREAU_ENDS,
        case_problems.APPROVAL_WAITING,
    )
    | {202: {"model": Approval, "description": "The person is exempt: a second officer has to agree"}},
)
async def cancel_enrollment(
    enrollment_id: Id, cancellation: CancellationIn, context: Context, caller: Writer, key: Key
) -> Response:
    """Withdraw an enrollment that is not paid; what it owed no longer exists. Repeating changes nothing.

    Of an exempt one the bureau asks, and a second officer agrees under /v1/approvals: its help ends.
    """
    request, now = once(caller, key, cancellation), context.clock.now()
    async with context.engine.begin() as conn:
        if repeated := await answered(conn, request, now):
            return repeated
        enrollment = await store.lock_one(conn, enrollment_id)
        if enrollment is None:
            raise ENROLLMENT_NOT_FOUND.problem()
        check_division(caller, enrollment.division_code)
        if enrollment.state == "paid":
            raise ALREADY_PAID.problem()
        seen = [enrollment.person_id]
        await record_lookup(conn, caller, operation="cancel_enrollment", at=now, person_ids=seen)
        if enrollment.state == "exempt":
            asked = await ask_to_cancel(conn, enrollment, cancellation.reason, caller, now)
            return await answer(conn, request, Approval.model_validate(asked), 202)
        await cancel(conn, enrollment, "officer", now, note=cancellation.reason)
        cancelled = await store.lock_one(conn, enrollment_id) or enrollment
        sent = await answer(conn, request, enrollment_out(cancelled), 200)
    outbox.poke(context.engine)
    return sent
