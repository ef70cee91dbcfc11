"""HTTP for enrollments: enroll a person, look at the year with every assessment, cancel."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.outbox import Draft
from libs.common.events.registration import EnrollmentCancelled
from libs.common.identity import Document, DocumentType
from libs.common.security.access import check_division
from libs.common.security.audit import record_lookup
from libs.common.service import ServiceContext
from libs.common.web.catalogue import OUTSIDE_DIVISION
from libs.common.web.openapi import problems
from services.registration.asking import NOTICE_NOT_FOUND, Context, Reader, Writer, notice_of
from services.registration.assessments.history import AssessmentOut, assess_as_of, assessments_of
from services.registration.enrollments import store
from services.registration.enrollments.problems import ALREADY_PAID, ENROLLMENT_NOT_FOUND
from services.registration.households.rules import Row, Wish
from services.registration.people import store as people
from services.registration.people.problems import PERSON_NOT_FOUND
from services.registration.people.rules import Described
from services.registration.people.schemas import EnrollmentOut, enrollment_out
from services.registration.registering import problems as reasons
from services.registration.registering.admission import admission
from services.registration.registering.registering import register

router = APIRouter(prefix="/v1", tags=["enrollments"])


class EnrollmentIn(BaseModel):
    """Enroll a registered person, or choose tier and add-ons of an open enrollment."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"person_id": 42, "county": "huilong", "year": 2020, "tier": 1}}
    )

    person_id: int
    county: str
    year: int
    tier: int | None = Field(default=None, ge=1)
    add_ons: list[str] | None = None


class CancellationIn(BaseModel):
    """Why an enrollment is withdrawn."""

    reason: str = Field(min_length=1, max_length=200, examples=["insured as an employee elsewhere"])


class EnrollmentYear(BaseModel):
    """The enrollment of a person for a year, every assessment newest first, and the answer asked for."""

    enrollment: EnrollmentOut
    assessments: list[AssessmentOut]
    as_of: AssessmentOut | None = Field(default=None, description="what was owed as of the instant asked for")


@router.post(
    "/enrollments",
    status_code=201,
    responses=problems(
        PERSON_NOT_FOUND,
        OUTSIDE_DIVISION,
        reasons.UNKNOWN_COUNTY,
        reasons.OUTSIDE_NOTICE,
        reasons.ALREADY_COMPLETE,
    )
    | {200: {"model": EnrollmentOut, "description": "The person was enrolled already"}},
)
async def enroll_person(
    wanted: EnrollmentIn, response: Response, context: Context, caller: Writer
) -> EnrollmentOut:
    """Enroll a registered person for a year. What is owed follows within moments, as an assessment.

    Asking again with another tier or other add-ons changes an open enrollment; without them nothing changes.
    """
    async with context.engine.begin() as conn:
        person = await people.one(conn, wanted.person_id)
        if person is None:
            raise PERSON_NOT_FOUND.problem()
        check_division(caller, person.division_code)
        add_ons = None if wanted.add_ons is None else tuple(sorted(set(wanted.add_ons)))
        row = await _row_of(conn, person, wanted.county, Wish(wanted.year, wanted.tier, add_ons))
        plan = await register(
            conn,
            context.digests,
            person.county,
            [row],
            admission(context.notices, caller.division),
            context.clock.now(),
            whole_units=True,
        )
        if plan.rejected:
            raise plan.rejected[0].problem
        enrollment = await store.of_year(conn, person.id, person.county, wanted.year)
    if not any(planned.kind == "new" for planned in plan.enrollments):
        response.status_code = 200
    outbox.poke(context.engine)
    return enrollment_out(enrollment)


async def _row_of(conn: AsyncConnection, person: Any, county: str, wish: Wish) -> Row:
    """The row that says about the person what is on record already."""
    documents = tuple(
        Document(DocumentType(d.type), d.number) for d in await people.documents(conn, person.id)
    )
    described = Described(person.name, person.sex, person.born, documents, {})
    return Row(0, 0, county, person.household_no, person.division_code, None, False, described, wish)


@router.get(
    "/persons/{person_id}/enrollments/{year}",
    responses=problems(PERSON_NOT_FOUND, ENROLLMENT_NOT_FOUND, OUTSIDE_DIVISION, NOTICE_NOT_FOUND),
)
async def get_enrollment(
    person_id: int,
    year: int,
    context: Context,
    caller: Reader,
    as_of: AwareDatetime | None = Query(
        default=None,
        description="ask also what was owed at this instant, by what was known then",
        examples=["2019-11-20T10:00:00+08:00"],
    ),
) -> EnrollmentYear:
    """Look up what a person owes for a year and why: every assessment with question, answer and trace."""
    async with context.engine.begin() as conn:
        person = await people.one(conn, person_id)
        if person is None:
            raise PERSON_NOT_FOUND.problem()
        check_division(caller, person.division_code)
        enrollment = await store.of_year(conn, person_id, person.county, year)
        if enrollment is None:
            raise ENROLLMENT_NOT_FOUND.problem()
        await record_lookup(
            conn, caller, operation="get_enrollment", at=context.clock.now(), person_ids=[person_id]
        )
        return EnrollmentYear(
            enrollment=enrollment_out(enrollment),
            assessments=await assessments_of(conn, enrollment.id),
            as_of=await _as_of(context, conn, enrollment, as_of) if as_of is not None else None,
        )


async def _as_of(
    context: ServiceContext, conn: AsyncConnection, enrollment: Any, as_of: datetime
) -> AssessmentOut:
    notice_of(context.notices, enrollment.county, enrollment.coverage_year)
    return await assess_as_of(conn, context.notices, enrollment, as_of)


@router.post(
    "/enrollments/{enrollment_id}/cancel",
    responses=problems(ENROLLMENT_NOT_FOUND, OUTSIDE_DIVISION, ALREADY_PAID),
)
async def cancel_enrollment(
    enrollment_id: int, cancellation: CancellationIn, context: Context, caller: Writer
) -> EnrollmentOut:
    """Withdraw an enrollment that is not paid; what it owed no longer exists. Repeating changes nothing."""
    now = context.clock.now()
    async with context.engine.begin() as conn:
        enrollment = await store.lock_one(conn, enrollment_id)
        if enrollment is None:
            raise ENROLLMENT_NOT_FOUND.problem()
        check_division(caller, enrollment.division_code)
        if enrollment.state == "paid":
            raise ALREADY_PAID.problem()
        if enrollment.state != "cancelled":
            await store.cancel(conn, enrollment_id, cancellation.reason, now)
            fact = EnrollmentCancelled(
                enrollment_id=enrollment_id,
                person_id=enrollment.person_id,
                county=enrollment.county,
                coverage_year=enrollment.coverage_year,
                division_code=enrollment.division_code,
                reason=cancellation.reason,
                cancelled_at=now,
            )
            await store.publish(conn, [Draft(fact, str(enrollment.person_id), now)])
        return enrollment_out(await store.one(conn, enrollment_id))
