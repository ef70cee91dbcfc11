"""HTTP for reports."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from libs.common.security.audit import record_lookup
from libs.common.security.masking import mask_name
from libs.common.web.openapi import problems
from services.registration import examples
from services.registration.asking import NOTICE_NOT_FOUND, Context, Reader, notice_of
from services.registration.examples import shown
from services.registration.people.schemas import UNMASKED
from services.registration.reports import store
from services.registration.reports.progress import Progress, progress
from services.registration.reports.rules import late_statuses

router = APIRouter(prefix="/v1/reports", tags=["reports"])

MAX_ROWS = 1_000


class LateEntitlement(BaseModel):
    """A person who paid as ordinary (or with less help) and whose status became known later."""

    person_id: int
    name: str
    enrollment_id: int
    division_code: str
    paid_at: datetime
    paid_fen: int
    known_at: datetime = Field(description="when the latest status became known")
    statuses: list[dict[str, Any]] = Field(description="the statuses that became known after the payment")
    late_subsidies: list[dict[str, Any]] = Field(description="what the notice grants now; often nothing")
    late_fen: int = Field(description="what is still to be paid to the card or settled by a department")
    summary: dict[str, str]


class LateEntitlements(BaseModel):
    """The report, by the notice's own rule."""

    model_config = shown(examples.LATE)

    county: str
    coverage_year: int
    rule: str = Field(description="`reassess` or `nothing`: what the notice does after payment")
    clause: str
    rows: list[LateEntitlement]
    next_after: int | None = Field(description="ask again with `after` to read on; none at the end")


@router.get("/enrollments", responses=problems(NOTICE_NOT_FOUND))
async def report_enrollments(county: str, year: int, context: Context, caller: Reader) -> Progress:
    """Count enrollments by township and state, beside the notice's tasks; nothing about single persons."""
    notice = notice_of(context.notices, county, year)
    async with context.engine.connect() as conn:
        counts = await store.enrollment_counts(conn, county, year, caller.division_range)
    return progress(notice, year, counts)


@router.get("/late-entitlements", responses=problems(NOTICE_NOT_FOUND))
async def report_late_entitlements(
    county: str,
    year: int,
    context: Context,
    caller: Reader,
    after: int = Query(default=0, ge=0, description="next_after of the page before"),
    limit: int = Query(default=200, ge=1, le=MAX_ROWS),
) -> LateEntitlements:
    """List who paid as ordinary and was entitled later, with what the notice's own rule still grants."""
    notice = notice_of(context.notices, county, year)
    rule = notice.document.subsidies.after_payment
    async with context.engine.begin() as conn:
        found = await store.late_entitlements(conn, county, year, caller.division_range, after, limit)
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
        coverage_year=year,
        rule=rule.rule,
        clause=rule.clause,
        rows=[_row(row, caller.may(UNMASKED)) for row in found],
        next_after=found[-1].enrollment_id if len(found) == limit else None,
    )


def _row(row: Any, unmasked: bool) -> LateEntitlement:
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
        summary=row.answer["summary"],
    )
