"""HTTP for enrollments that could not be assessed: see why, and have them tried again."""

from fastapi import APIRouter, Response

from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.schemas import CountyCode, CoverageYear, Limit, NumberAfter, number_after
from services.registration.access import Context, Reader, Writer
from services.registration.notices.rules import NOTICE_NOT_FOUND, notice_of
from services.registration.unassessed import store
from services.registration.unassessed.schemas import RetryIn, RetryOut, UnassessedOut, UnassessedPage

router = APIRouter(prefix="/v1", tags=["assessments"])


@router.get("/unassessed")
async def list_unassessed(
    context: Context,
    caller: Reader,
    county: CountyCode | None = None,
    coverage_year: CoverageYear | None = None,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> UnassessedPage:
    """List enrollments of the own division that could not be assessed, with the reason.

    The others go on without them. Correct what the reason says, then have them tried again.
    """
    async with context.engine.connect() as conn:
        rows = await store.page(conn, caller.division, county, coverage_year, number_after(after), limit)
    return UnassessedPage(
        items=[UnassessedOut.model_validate(row) for row in rows],
        next_after=str(rows[-1].enrollment_id) if len(rows) == limit else None,
    )


@router.post("/unassessed:retry", response_model=RetryOut, responses=problems(NOTICE_NOT_FOUND))
async def retry_unassessed(wanted: RetryIn, context: Context, caller: Writer, key: Key) -> Response:
    """Have the enrollments of a notice and of the own division that could not be assessed tried again."""
    notice_of(context.notices, wanted.county, wanted.coverage_year)
    now = context.clock.now()
    request = once(caller, key, wanted)
    async with context.engine.begin() as conn:
        if repeated := await answered(conn, request, now):
            return repeated
        number = await store.try_again(conn, wanted.county, wanted.coverage_year, caller.division)
        return await answer(conn, request, RetryOut(waiting=number), 200)
