"""From when to when somebody would be covered: asked by mini-programs before an order."""

from typing import Annotated

from fastapi import APIRouter, Query

from libs.common.security.access import check_division
from libs.common.security.audit import record_lookup
from libs.common.web.catalogue import OUTSIDE_DIVISION
from libs.common.web.openapi import problems
from libs.common.web.schemas import CoverageYear, Id
from services.registration.access import Context, Payer
from services.registration.covers.previewing import preview
from services.registration.covers.schemas import CoverPreview
from services.registration.enrollments import store
from services.registration.enrollments.problems import ENROLLMENT_NOT_FOUND
from services.registration.notices.rules import NOTICE_NOT_FOUND, notice_of
from services.registration.people import store as people
from services.registration.people.problems import PERSON_NOT_FOUND

router = APIRouter(prefix="/v1", tags=["enrollments"])


@router.get(
    "/persons/{person_id}/enrollments/{coverage_year}/cover",
    summary="From when to when would this person be covered who paid now?",
    responses=problems(PERSON_NOT_FOUND, ENROLLMENT_NOT_FOUND, OUTSIDE_DIVISION, NOTICE_NOT_FOUND),
)
async def preview_cover(
    person_id: Id,
    coverage_year: CoverageYear,
    context: Context,
    caller: Payer,
    tier: Annotated[int | None, Query(ge=1, le=9, description="while none is chosen")] = None,
) -> CoverPreview:
    """Say the cover that paying at this moment would bring, its wait, and what to hear before paying.

    Nothing is stored. Collection's search for dues gives the id. Where no day of cover is left,
    `warnings` has `no_benefit_days`; of whom a unit lists that pays for its people, `on_unit_list`.
    """
    now = context.clock.now()
    async with context.engine.begin() as conn:
        person = await people.one(conn, person_id)
        if person is None:
            raise PERSON_NOT_FOUND.problem()
        check_division(caller, person.division_code)
        enrollment = await store.of_year(conn, person.id, person.county, coverage_year)
        if enrollment is None:
            raise ENROLLMENT_NOT_FOUND.problem()
        notice_of(context.notices, enrollment.county, enrollment.coverage_year)
        await record_lookup(conn, caller, operation="preview_cover", at=now, person_ids=[person.id])
        return await preview(conn, context.notices, enrollment, tier, now)
