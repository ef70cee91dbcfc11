"""HTTP for life events."""

from fastapi import APIRouter, Response
from pydantic import Field, JsonValue

from libs.common.clock import business_date
from libs.common.web.catalogue import OUTSIDE_DIVISION
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.problems import Problem
from libs.common.web.schemas import Answer, Body
from services.registration import examples
from services.registration.access import Context, RejectedRow, Writer, rejected_rows
from services.registration.examples import asked, schema_of, shown
from services.registration.life_events.applying import apply_reports
from services.registration.life_events.problems import EVENT_KIND_UNKNOWN, PERSON_UNKNOWN
from services.registration.life_events.rules import Reported, ReportGiven, read_report

router = APIRouter(prefix="/v1", tags=["people"])

MAX_EVENTS = 5_000


class LifeEventsIn(Body):
    """Life events of many people."""

    model_config = asked(
        {
            "rows": [
                {"id_number": "11010519491231002X", "kind": "employee_insurance_ended", "on": "2020-04-20"}
            ]
        }
    )

    rows: list[JsonValue] = Field(max_length=MAX_EVENTS, json_schema_extra={"items": schema_of(ReportGiven)})


class LifeEventsAnswer(Answer):
    """How many rows were taken, how many of them were on record already, and those not taken."""

    model_config = shown(examples.LIFE_EVENTS)

    accepted: int
    unchanged: int
    rejected: list[RejectedRow]


@router.post(
    "/life-events",
    response_model=LifeEventsAnswer,
    responses=problems(PERSON_UNKNOWN, EVENT_KIND_UNKNOWN, OUTSIDE_DIVISION),
)
async def report_life_events(events: LifeEventsIn, context: Context, caller: Writer, key: Key) -> Response:
    """Report what happened to people: their facts change, and open enrollments are assessed again.

    A row that cannot be taken does not stop the others. Reporting the same event again changes nothing.
    """
    now = context.clock.now()
    read = [read_report(row, index, business_date(now)) for index, row in enumerate(events.rows)]
    reports = [row for row in read if isinstance(row, Reported)]
    counties = sorted({county for county, _ in context.notices})
    wanted = once(caller, key, events)
    async with context.engine.begin() as conn:
        if repeated := await answered(conn, wanted, now):
            return repeated
        fresh, rejected = await apply_reports(conn, reports, counties, caller.sees, now)
        rejected += [(index, row) for index, row in enumerate(read) if isinstance(row, Problem)]
        accepted = len(events.rows) - len(rejected)
        taken = LifeEventsAnswer(
            accepted=accepted,
            unchanged=max(accepted - fresh, 0),
            rejected=rejected_rows(rejected),
        )
        return await answer(conn, wanted, taken, 200)
