"""HTTP for life events."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from libs.common.clock import business_date
from libs.common.web.catalogue import OUTSIDE_DIVISION
from libs.common.web.openapi import problems
from libs.common.web.problems import Problem
from services.registration import examples
from services.registration.asking import Context, RejectedRow, Writer
from services.registration.examples import shown
from services.registration.life_events.applying import apply_reports
from services.registration.life_events.problems import EVENT_KIND_UNKNOWN, PERSON_UNKNOWN
from services.registration.life_events.rules import KINDS, Reported, read_report

router = APIRouter(prefix="/v1", tags=["people"])

MAX_EVENTS = 5_000

_ROW_SCHEMA = {
    "type": "object",
    "required": ["id_number", "kind", "on"],
    "properties": {
        "id_number": {"type": "string"},
        "kind": {"enum": list(KINDS)},
        "on": {"type": "string", "format": "date"},
    },
}


class LifeEventsIn(BaseModel):
    """Life events of many people."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "rows": [
                    {
                        "id_number": "11010519491231002X",
                        "kind": "employee_insurance_ended",
                        "on": "2020-04-20",
                    }
                ]
            }
        }
    )

    rows: list[Any] = Field(max_length=MAX_EVENTS, json_schema_extra={"items": _ROW_SCHEMA})


class LifeEventsAnswer(BaseModel):
    """How many rows were taken, how many of them were on record already, and those not taken."""

    model_config = shown(examples.LIFE_EVENTS)

    accepted: int
    unchanged: int
    rejected: list[RejectedRow]


@router.post("/life-events", responses=problems(PERSON_UNKNOWN, EVENT_KIND_UNKNOWN, OUTSIDE_DIVISION))
async def report_life_events(events: LifeEventsIn, context: Context, caller: Writer) -> LifeEventsAnswer:
    """Report what happened to people: their facts change, and open enrollments are assessed again.

    A row that cannot be taken does not stop the others. Reporting the same event again changes nothing.
    """
    now = context.clock.now()
    read = [read_report(row, index, business_date(now)) for index, row in enumerate(events.rows)]
    reports = [row for row in read if isinstance(row, Reported)]
    counties = sorted({county for county, _ in context.notices})
    async with context.engine.begin() as conn:
        fresh, rejected = await apply_reports(conn, reports, counties, caller.sees, now)
    rejected += [(index, row) for index, row in enumerate(read) if isinstance(row, Problem)]
    accepted = len(events.rows) - len(rejected)
    return LifeEventsAnswer(
        accepted=accepted,
        unchanged=max(accepted - fresh, 0),
        rejected=[
            RejectedRow(index=index, problem=problem.to_json())
            for index, problem in sorted(rejected, key=lambda item: item[0])
        ],
    )
