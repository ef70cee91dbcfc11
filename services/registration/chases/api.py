"""HTTP for chasing: who is on whom, what was done, and what comes next."""

from fastapi import APIRouter, Response

from libs.common.security.audit import record_lookup
from libs.common.web.catalogue import IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.schemas import Answer, CountyCode, CoverageYear, Id
from services.registration import examples
from services.registration.access import Context, RejectedRow, SurveyReader, SurveyWriter, rejected_rows
from services.registration.chases import store
from services.registration.chases.chasing import chase
from services.registration.chases.schemas import NewSteps, StepOut, StepPage
from services.registration.examples import shown
from services.registration.notices.rules import NOTICE_NOT_FOUND, notice_of
from services.registration.surveys.answers_store import Subject

router = APIRouter(prefix="/v1/chases", tags=["chases"])


class StepsKept(Answer):
    """How many were kept, and why the others were not."""

    model_config = shown(examples.BATCH)

    accepted: int
    rejected: list[RejectedRow]


@router.post(
    "/steps",
    status_code=201,
    response_model=StepsKept,
    responses=problems(NOTICE_NOT_FOUND, IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED),
)
async def record_chase_steps(body: NewSteps, context: Context, caller: SurveyWriter, key: Key) -> Response:
    """Take people, record contacts with the next step and its day, or let go.

    Whoever somebody else is on is refused until they let go, or nothing has happened for too long; so is
    who has paid, is exempt, or is excluded with a proof.
    """
    now, request = context.clock.now(), once(caller, key, body)
    notice = notice_of(context.notices, body.county, body.coverage_year)
    stale_days = context.settings.chase_stale_days
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        refused = await chase(conn, caller, notice, body.steps, now, stale_days)
        kept = StepsKept(accepted=len(body.steps) - len(refused), rejected=rejected_rows(refused))
        return await answer(conn, request, kept)


@router.get("/steps", responses=problems(NOTICE_NOT_FOUND))
async def list_chase_steps(
    county: CountyCode,
    coverage_year: CoverageYear,
    context: Context,
    caller: SurveyReader,
    row_id: Id | None = None,
    person_id: Id | None = None,
) -> StepPage:
    """List all that was done about one person in the own division, the newest first. The look is audited."""
    notice_of(context.notices, county, coverage_year)
    who, division = Subject(0, row_id, person_id), caller.division_range
    async with context.engine.begin() as conn:
        found = await store.taken(conn, county, coverage_year, who, division)
        people = {one.person_id for one in found if one.person_id is not None}
        await record_lookup(
            conn,
            caller,
            operation="list_chase_steps",
            at=context.clock.now(),
            person_ids=sorted(people),
            purpose=f"row {row_id}" if row_id else None,
        )
    return StepPage(items=[StepOut.model_validate(one) for one in found])
