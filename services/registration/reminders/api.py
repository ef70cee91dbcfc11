"""HTTP for reminders: make a run, see how far it is, take the list or the file of it."""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from libs.common.policy import Notice
from libs.common.security.access import check_division
from libs.common.security.audit import record_lookup
from libs.common.spreadsheets import csv_pieces, workbook_pieces
from libs.common.text_workbooks import Sheet
from libs.common.web.catalogue import IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED, OUTSIDE_DIVISION
from libs.common.web.files import MEDIA, file_responses, headers_of
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.schemas import CountyCode, CoverageYear, Id, Limit, NumberAfter, number_after
from services.registration.access import (
    Context,
    ReminderHolder,
    SurveyReader,
    SurveyWriter,
    check_place,
    range_of,
)
from services.registration.notices.rules import NOTICE_NOT_FOUND, notice_of
from services.registration.reminders import store
from services.registration.reminders.gateway import Gateways
from services.registration.reminders.planning import Wanted, plan
from services.registration.reminders.problems import NO_GATEWAY, NO_MESSAGES, RUN_IS_SENT, RUN_NOT_FOUND
from services.registration.reminders.rules import Repair, text_of, words
from services.registration.reminders.schemas import NewReminders, RunOut, RunPage
from services.registration.reminders.store import Listed, Run

router = APIRouter(prefix="/v1/reminders", tags=["chases"])
_LIST, _FILE = ("村代码", "户号", "姓名", "电话"), ("电话", "内容")
_WIDTHS = {_LIST: (14, 12, 14, 16), _FILE: (16, 80)}


@router.post(
    "",
    status_code=201,
    response_model=RunOut,
    responses=problems(
        NOTICE_NOT_FOUND, OUTSIDE_DIVISION, NO_MESSAGES.problem(known_texts=["unpaid"]), NO_GATEWAY,
        IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED,
    ),
)  # fmt: skip
async def remind_payers(body: NewReminders, context: Context, caller: SurveyWriter, key: Key) -> Response:
    """Remind everybody of a division who has not paid and agreed to it, one message to each phone.

    Nobody who has paid, is exempt or excluded, whose money waits, or who had a message too lately by the
    notice. Everything is kept before anything is sent.
    """
    now, request = context.clock.now(), once(caller, key, body)
    notice = notice_of(context.notices, body.county, body.coverage_year)
    check_place(caller, notice)
    low, high = range_of(caller, body.division_code)
    if body.means == "gateway" and Gateways(context.settings).of(body.county) is None:
        raise NO_GATEWAY.problem()
    # The whole county, where nobody names a part of it: whoever sees everywhere reminds no other.
    prefix = max(caller.division, body.division_code or notice.division, key=len)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        wanted = Wanted(body.text_id, body.means, prefix, (low, high), caller.subject, now)
        run_id, messages = await plan(conn, notice, wanted)
        people = sorted({person for one in messages for person in one.people})
        await record_lookup(conn, caller, operation="remind_payers", at=now, person_ids=people)
        made = await store.one(conn, run_id)
        assert made is not None, "it was made just now"
        return await answer(conn, request, RunOut.model_validate(made))


@router.get("", responses=problems(NOTICE_NOT_FOUND))
async def list_reminders(
    county: CountyCode,
    coverage_year: CoverageYear,
    context: Context,
    caller: SurveyReader,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> RunPage:
    """List the runs of the own division, with how many messages of each are how far."""
    notice_of(context.notices, county, coverage_year)
    async with context.engine.connect() as conn:
        found = await store.page(conn, county, coverage_year, caller.division, number_after(after), limit)
    return RunPage(
        items=[RunOut.model_validate(one) for one in found],
        next_after=str(found[-1].run_id) if len(found) == limit else None,
    )


@router.get(
    "/{run_id}/file",
    response_class=Response,
    responses=file_responses("The list to telephone, or the file for the operator", ("csv", "xlsx"), _LIST)
    | problems(RUN_NOT_FOUND, RUN_IS_SENT, OUTSIDE_DIVISION, NOTICE_NOT_FOUND),
)
async def get_reminder_file(
    run_id: Id,
    context: Context,
    caller: ReminderHolder,
    format: Annotated[Literal["csv", "xlsx"], Query(description="a table, or a workbook")] = "xlsx",
) -> StreamingResponse:
    """Give out whom to telephone, village by village, or phones with texts for an operator. Audited."""
    now = context.clock.now()
    async with context.engine.begin() as conn:
        run = await store.one(conn, run_id)
        if run is None:
            raise RUN_NOT_FOUND.problem()
        check_division(caller, run.division_prefix.ljust(12, "0"))
        if run.means == "gateway":
            raise RUN_IS_SENT.problem()
        notice = notice_of(context.notices, run.county, run.coverage_year)
        people = await store.listed(conn, run_id)
        ids = sorted({one.person_id for one in people})
        await record_lookup(conn, caller, operation="get_reminder_file", at=now, person_ids=ids)
    header, rows = _table(notice, run, people)

    async def parts() -> AsyncIterator[list[tuple[str, ...]]]:
        yield rows

    title = "缴费提醒"
    pieces = (
        csv_pieces(header, parts())
        if format == "csv"
        else workbook_pieces(Sheet(title, header, _WIDTHS[header]), parts())
    )
    return StreamingResponse(
        pieces, media_type=MEDIA[format], headers=headers_of(format, f"{title}-{run_id}")
    )


def _table(
    notice: Notice, run: Run, people: Sequence[Listed]
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    if run.means == "list":
        return _LIST, [(one.division_code, one.household_no, one.name, one.phone) for one in people]
    text = text_of(notice, run.text_id)
    by_phone: dict[str, list[Listed]] = {}
    for one in people:
        by_phone.setdefault(one.phone, []).append(one)
    if text is None:
        raise NO_MESSAGES.problem(known_texts=[])
    return _FILE, [(phone, words(notice, text, len(them), _most(them))) for phone, them in by_phone.items()]


def _most(people: Sequence[Listed]) -> Repair:
    """What the one of those under a phone could repair whom it helps most."""
    one = max(people, key=lambda one: (one.repair_months, one.repair_years))
    return Repair(one.repair_years, one.repair_months)
