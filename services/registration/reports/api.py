"""HTTP for reports."""

from fastapi import APIRouter

from libs.common.security.audit import record_lookup
from libs.common.security.masking import mask_name
from libs.common.web.catalogue import OUTSIDE_DIVISION
from libs.common.web.openapi import problems
from libs.common.web.schemas import After, CountyCode, CoverageYear, Limit
from services.registration.access import Context, Reader, check_place, place_of
from services.registration.notices.rules import NOTICE_NOT_FOUND, notice_of
from services.registration.people.viewing import UNMASKED
from services.registration.progress.rules import digits_of
from services.registration.reports import store
from services.registration.reports.counting import progress
from services.registration.reports.rules import late_statuses
from services.registration.reports.schemas import LateEntitlement, LateEntitlements, Progress
from services.registration.reports.store import Late

router = APIRouter(prefix="/v1/reports", tags=["reports"])


@router.get("/enrollments", responses=problems(NOTICE_NOT_FOUND, OUTSIDE_DIVISION))
async def report_enrollments(
    county: CountyCode, coverage_year: CoverageYear, context: Context, caller: Reader
) -> Progress:
    """Count enrollments by state and by the units of the notice's tasks; nothing about single persons."""
    notice = notice_of(context.notices, county, coverage_year)
    check_place(caller, notice)
    async with context.engine.connect() as conn:
        counts = await store.enrollment_counts(
            conn, county, coverage_year, caller.division_range, digits_of(notice)
        )
    return progress(notice, counts)


@router.get("/late-entitlements", responses=problems(NOTICE_NOT_FOUND, OUTSIDE_DIVISION))
async def report_late_entitlements(
    county: CountyCode,
    coverage_year: CoverageYear,
    context: Context,
    caller: Reader,
    after: After = None,
    limit: Limit = 200,
) -> LateEntitlements:
    """List who paid as ordinary and was entitled later, with what the notice's own rule still grants."""
    notice = notice_of(context.notices, county, coverage_year)
    check_place(caller, notice)
    rule = notice.document.subsidies.after_payment
    start = place_of(after)
    async with context.engine.begin() as conn:
        found = await store.late_entitlements(
            conn, county, coverage_year, caller.division_range, start, limit
        )
        if found:
            await record_lookup(
                conn,
                caller,
                operation="report_late_entitlements",
                at=context.clock.now(),
                person_ids=[row.person_id for row in found],
            )
    return LateEntitlements(
        county=county,
        coverage_year=coverage_year,
        rule=rule.rule,
        clause=rule.clause,
        items=[_row(row, caller.may(UNMASKED)) for row in found],
        next_after=str(found[-1].enrollment_id) if len(found) == limit else None,
    )


def _row(row: Late, unmasked: bool) -> LateEntitlement:
    late = row.late_subsidies or []
    return LateEntitlement(
        person_id=row.person_id,
        name=row.name if unmasked else mask_name(row.name),
        enrollment_id=row.enrollment_id,
        division_code=row.division_code,
        paid_at=row.completed_at,
        paid_fen=row.paid_fen or 0,
        known_at=row.assessed_at,
        statuses=late_statuses(row.question, row.question_at_payment),
        late_subsidies=late,
        late_fen=sum(line["amount_fen"] for line in late),
        summary={"zh": row.summary["zh"], "en": row.summary["en"]},
    )
