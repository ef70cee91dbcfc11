"""HTTP for status rosters."""

from datetime import date
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from libs.common.clock import business_date
from libs.common.web.openapi import problems
from libs.common.web.problems import Problem
from services.registration import examples
from services.registration.asking import NOTICE_NOT_FOUND, Context, RejectedRow, Writer, notice_of
from services.registration.examples import shown
from services.registration.rosters import problems as reasons
from services.registration.rosters.admission import admission, check_header, class_problem
from services.registration.rosters.applying import apply_roster
from services.registration.rosters.rules import Header, Listed, read_row

router = APIRouter(prefix="/v1", tags=["rosters"])

MAX_ROWS = 100_000

_ROW_SCHEMA = {
    "type": "object",
    "required": ["id_number"],
    "properties": {
        "id_number": {"type": "string"},
        "name": {"type": "string", "description": "checked against the registered name, if given"},
        "effective_on": {"type": "string", "format": "date"},
        "ended_on": {"type": "string", "format": "date", "description": "the first day without the status"},
        "class": {"type": "string"},
        "grade": {"type": "integer", "minimum": 1},
    },
}


class RosterIn(BaseModel):
    """A roster of one status. Class, grade and effective_on stand in the header, in each row, or both."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "county": "huining",
                "year": 2021,
                "status": "registered_poor",
                "department": "poverty_office",
                "listed_on": "2020-09-15",
                "mode": "add",
                "rows": [{"id_number": "11010519491231002X", "name": "张三", "effective_on": "2018-01-01"}],
            }
        },
        populate_by_name=True,
    )

    county: str
    year: int
    status: str
    status_class: str | None = Field(default=None, alias="class")
    grade: int | None = Field(default=None, ge=1, le=10)
    effective_on: date | None = None
    department: str = Field(min_length=1, max_length=60)
    listed_on: date = Field(description="the day it reached the medical-insurance bureau")
    mode: Literal["add", "remove", "replace"] = Field(
        default="add", description="`replace`: who is not on it any more loses the status"
    )
    rows: list[Any] = Field(max_length=MAX_ROWS, json_schema_extra={"items": _ROW_SCHEMA})


class RosterAnswer(BaseModel):
    """What the roster changed, and the rows that were not taken."""

    model_config = shown(examples.ROSTER)

    received: int
    added: int
    changed: int
    removed: int
    unchanged: int
    not_registered_yet: int = Field(description="kept, and found as soon as the person is registered")
    rejected: list[RejectedRow]


@router.post("/rosters", responses=problems(NOTICE_NOT_FOUND, reasons.STATUS_UNKNOWN))
async def send_roster(roster: RosterIn, context: Context, caller: Writer) -> RosterAnswer:
    """Send a roster: who has a status, who lost it, or the whole list anew.

    Enrollments of the people concerned are assessed again, as of now; after payment by the notice's own rule.
    """
    notice = notice_of(context.notices, roster.county, roster.year)
    check_header(context.notices, notice, roster.status, roster.mode, caller.division)
    now = context.clock.now()
    today = business_date(now)
    header = Header(
        roster.county, roster.year, roster.status, roster.department, roster.listed_on, roster.mode
    )
    default = {
        "class": roster.status_class,
        "grade": roster.grade,
        "effective_on": (roster.effective_on or (roster.listed_on if roster.mode == "remove" else None)),
    }
    if default["effective_on"] is not None:
        default["effective_on"] = default["effective_on"].isoformat()
    read = [read_row(row, index, default, today) for index, row in enumerate(roster.rows)]
    rows = [row for row in read if isinstance(row, Listed)]
    for row in rows:
        row.problem = class_problem(notice, roster.status, row.status_class)
    async with context.engine.begin() as conn:
        changes, counts = await apply_roster(
            conn, header, rows, admission(notice, caller.division), now=now, sent_by=caller.subject
        )
    rejected = [(index, row) for index, row in enumerate(read) if isinstance(row, Problem)]
    rejected += changes.rejected
    return RosterAnswer(
        **counts
        | {
            "received": len(roster.rows),
            "rejected": [
                RejectedRow(index=index, problem=problem.to_json())
                for index, problem in sorted(rejected, key=lambda item: item[0])
            ],
        }
    )
