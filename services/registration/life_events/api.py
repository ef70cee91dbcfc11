"""HTTP for life events."""

from fastapi import APIRouter, Response
from pydantic import Field, JsonValue

from libs.common.clock import business_date
from libs.common.security.access import check_division
from libs.common.security.audit import record_lookup
from libs.common.web.catalogue import NOT_FOUND, OUTSIDE_DIVISION
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.problems import Problem
from libs.common.web.schemas import Answer, Body, FreeText, Id
from services.registration import examples
from services.registration.access import Context, RejectedRow, Writer, rejected_rows
from services.registration.examples import asked, schema_of, shown
from services.registration.life_events import store
from services.registration.life_events.applying import apply_reports
from services.registration.life_events.problems import EVENT_KIND_UNKNOWN, PERSON_UNKNOWN
from services.registration.life_events.rules import Reported, ReportGiven, read_report
from services.registration.life_events.withdrawing import withdraw
from services.registration.people import store as people
from services.registration.people.problems import LIVES_ELSEWHERE
from services.registration.people.schemas import PersonOut
from services.registration.people.viewing import view

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


class EventWithdrawal(Body):
    """Why an event is taken back."""

    model_config = asked({"reason": "死亡登记有误，本人健在"})

    reason: FreeText = Field(min_length=1, max_length=200)


class LifeEventsAnswer(Answer):
    """How many rows were taken, how many of them were on record already, and those not taken."""

    model_config = shown(examples.LIFE_EVENTS)

    accepted: int
    unchanged: int
    rejected: list[RejectedRow]


@router.post(
    "/life-events",
    response_model=LifeEventsAnswer,
    responses=problems(PERSON_UNKNOWN, EVENT_KIND_UNKNOWN, LIVES_ELSEWHERE),
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
        fresh, rejected = await apply_reports(conn, reports, counties, caller, now)
        rejected += [(index, row) for index, row in enumerate(read) if isinstance(row, Problem)]
        accepted = len(events.rows) - len(rejected)
        taken = LifeEventsAnswer(
            accepted=accepted,
            unchanged=max(accepted - fresh, 0),
            rejected=rejected_rows(rejected),
        )
        return await answer(conn, wanted, taken, 200)


@router.post(
    "/life-events/{life_event_id}/withdrawal",
    response_model=PersonOut,
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION),
)
async def withdraw_life_event(
    life_event_id: Id, withdrawal: EventWithdrawal, context: Context, caller: Writer, key: Key
) -> Response:
    """Take back an event that did not happen: facts, and what it ended, are as they were before it."""
    now, wanted = context.clock.now(), once(caller, key, withdrawal)
    async with context.engine.begin() as conn:
        if repeated := await answered(conn, wanted, now):
            return repeated
        event = await store.one(conn, life_event_id)
        if event is None:
            raise NOT_FOUND.problem()
        check_division(caller, event.division_code)
        await withdraw(conn, event, caller.subject, now)
        person = await people.the(conn, event.person_id)
        await record_lookup(
            conn, caller, operation="withdraw_life_event", at=now, person_ids=[person.id],
            note=withdrawal.reason,
        )  # fmt: skip
        return await answer(conn, wanted, await view(conn, context.notices, caller, person), 200)
