"""HTTP for status rosters."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field, JsonValue

from libs.common.cases.schemas import Approval
from libs.common.clock import business_date
from libs.common.policy.engine.contract import Day
from libs.common.security.caller import Caller
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.problems import Problem
from libs.common.web.reach import SHARED
from libs.common.web.schemas import Answer, Body, CountyCode, CoverageYear, FreeText, Text
from services.registration import examples
from services.registration.access import Context, RejectedRow, Writer, rejected_rows
from services.registration.examples import schema_of, shown
from services.registration.notices.rules import NOTICE_NOT_FOUND, notice_of
from services.registration.rosters import problems as reasons
from services.registration.rosters.admission import (
    BUREAU,
    admission,
    check_header,
    check_sender,
    department_problem,
    listing_problem,
    needs_second,
    read_rows,
)
from services.registration.rosters.backdating import ask
from services.registration.rosters.isolating import apply_each
from services.registration.rosters.recording import record_refused, record_taken
from services.registration.rosters.rules import (
    Changes,
    Grade,
    Header,
    Mode,
    RosterRow,
    StatusClass,
)
from services.registration.rosters.waiting_store import WaitingRoster

router = APIRouter(prefix="/v1", tags=["rosters"])

MAX_ROWS = 100_000


class RosterIn(Body):
    """A roster of one status. Class, grade and effective_on stand in the header, in each row, or both."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "county": "youxi",
                "coverage_year": 2020,
                "status": "medical_assistance_1",
                "department": "civil_affairs",
                "listed_on": "2019-12-10",
                "mode": "add",
                "rows": [{"id_number": "11010519491231002X", "name": "张三", "effective_on": "2019-12-01"}],
            }
        },
        populate_by_name=True,
        extra="forbid",
        frozen=True,
    )

    county: CountyCode
    coverage_year: CoverageYear
    status: str = Field(min_length=1, max_length=60)
    status_class: StatusClass | None = Field(default=None, alias="class")
    grade: Grade | None = None
    effective_on: Day | None = None
    department: Text = Field(min_length=1, max_length=60)
    listed_on: Day = Field(description="the day it reached the medical-insurance bureau")
    receipt: FreeText | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="the paper that shows the day; needed after the window for a day before today",
    )
    mode: Mode = Field(default="add", description="`replace`: who is not on it any more loses the status")
    rows: list[JsonValue] = Field(max_length=MAX_ROWS, json_schema_extra={"items": schema_of(RosterRow)})

    def header(self) -> Header:
        """What holds for all rows."""
        return Header(
            county=self.county,
            coverage_year=self.coverage_year,
            status=self.status,
            department=self.department,
            listed_on=self.listed_on,
            mode=self.mode,
        )

    def waiting(self, caller: Caller, now: datetime) -> WaitingRoster:
        """The roster as it is kept until a second person decides."""
        return WaitingRoster(
            county=self.county,
            coverage_year=self.coverage_year,
            status=self.status,
            department=self.department,
            listed_on=self.listed_on,
            mode=self.mode,
            defaults=self.defaults(),
            rows=self.rows,
            receipt=self.receipt or "",
            division=caller.division,
            sent_by=caller.subject,
            asked_at=now,
        )

    def defaults(self) -> dict[str, JsonValue]:
        """What stands in the header for rows that leave it out."""
        effective_on = self.effective_on or (self.listed_on if self.mode == "remove" else None)
        given: dict[str, JsonValue] = {
            "class": self.status_class,
            "grade": self.grade,
            "effective_on": effective_on.isoformat() if effective_on else None,
        }
        return {name: value for name, value in given.items() if value is not None}


class RosterAnswer(Answer):
    """What the roster changed, and the rows that were not taken."""

    model_config = shown(examples.ROSTER)

    received: int
    added: int
    changed: int
    removed: int
    unchanged: int
    not_registered_yet: int = Field(description="kept, and found as soon as the person is registered")
    rejected: list[RejectedRow]


class RosterWaits(Answer):
    """The roster waits for a second person; `rejected` are the rows that would not be taken."""

    model_config = shown(examples.ROSTER_WAITS)

    received: int
    rejected: list[RejectedRow]
    approval: Approval


@router.post(
    "/rosters",
    response_model=RosterAnswer,
    openapi_extra=SHARED,
    responses=problems(
        NOTICE_NOT_FOUND,
        reasons.STATUS_UNKNOWN,
        reasons.OTHER_DEPARTMENT.problem(recognized_by="civil_affairs"),
        reasons.DEPARTMENT_MISSING,
        reasons.LISTED_EARLIER,
        reasons.RECEIPT_MISSING,
    )
    | {202: {"model": RosterWaits, "description": "A second officer has to agree under /v1/approvals"}},
)
async def send_roster(roster: RosterIn, context: Context, caller: Writer, key: Key) -> Response:
    """Send a roster: who has a status, who lost it, or the whole list anew.

    Enrollments of the people concerned are assessed again, as of now; after payment by the notice's own rule.
    What was struck by mistake comes back with today as `listed_on`, or with the very same row as before. Any
    other paper that arrived before it was struck says nothing against that: it is older.
    After the main window a roster that arrived before today waits for a second officer, with its receipt.
    """
    notice = notice_of(context.notices, roster.county, roster.coverage_year)
    check_sender(caller)
    check_header(context.notices, notice, roster.status, roster.mode, caller.division)
    now = context.clock.now()
    refusal = department_problem(
        notice, roster.status, roster.department, caller.department
    ) or listing_problem(roster.listed_on, business_date(now), by_bureau=caller.may(BUREAU))
    if refusal is not None:
        raise refusal
    of_two = needs_second(notice, roster.listed_on, now)
    if of_two and roster.receipt is None:
        raise reasons.RECEIPT_MISSING.problem()
    rows, faulty = await read_rows(notice, roster.status, roster.rows, roster.defaults(), business_date(now))
    admissible = admission(notice, caller.division)
    wanted = await asyncio.to_thread(once, caller, key, roster)  # it writes all rows down
    async with context.engine.begin() as conn:
        if repeated := await answered(conn, wanted, now):
            return repeated
        parts = await apply_each(
            conn, roster.header(), rows, admissible, now=now, sent_by=caller.subject, dry_run=of_two
        )
        await record_refused(conn, context.digests, caller, "send_roster", rows, now)
        taken = _answer(len(roster.rows), parts, faulty)
        if not of_two:
            await record_taken(conn, caller, "send_roster", rows, now, roster.status)
            return await answer(conn, wanted, taken, 200)
        good = [row for row in rows if row.problem is None]
        approval = await ask(conn, notice, roster.waiting(caller, now), good, caller)
        waits = RosterWaits(
            received=taken.received, rejected=taken.rejected, approval=Approval.model_validate(approval)
        )
        return await answer(conn, wanted, waits, 202)


def _answer(received: int, parts: Sequence[Changes], faulty: Sequence[tuple[int, Problem]]) -> RosterAnswer:
    return RosterAnswer(
        received=received,
        added=sum(part.added for part in parts),
        changed=sum(part.changed for part in parts),
        removed=sum(part.removed for part in parts),
        unchanged=sum(part.unchanged for part in parts),
        not_registered_yet=sum(part.not_registered_yet for part in parts),
        rejected=rejected_rows([*faulty, *(one for part in parts for one in part.rejected)]),
    )
