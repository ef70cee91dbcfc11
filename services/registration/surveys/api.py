"""HTTP for surveys: the bases of villages and their versions, and the lists that follow from them."""

import base64
import binascii
from dataclasses import astuple
from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from libs.common.clock import business_date
from libs.common.divisions import CODE_LENGTH
from libs.common.identity import DocumentType, clean_number
from libs.common.security.audit import record_lookup
from libs.common.spreadsheets import csv_pieces, workbook_pieces
from libs.common.web.catalogue import (
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    INVALID_REQUEST,
    OUTSIDE_DIVISION,
)
from libs.common.web.figures import COUNTED_LATER, MayBeOld
from libs.common.web.files import MEDIA, file_responses, headers_of
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.problems import FieldError
from libs.common.web.schemas import (
    After,
    Answer,
    CountyCode,
    CoverageYear,
    Id,
    Limit,
    NumberAfter,
    number_after,
)
from services.registration import examples
from services.registration.access import (
    Context,
    DivisionQuery,
    RejectedRow,
    SurveyReader,
    SurveyWriter,
    range_of,
    rejected_rows,
)
from services.registration.examples import shown
from services.registration.notices.rules import NOTICE_NOT_FOUND, notice_of
from services.registration.surveys import answers_store, exporting, store
from services.registration.surveys.answering import write_down
from services.registration.surveys.answers_store import Subject
from services.registration.surveys.counting import villages_of
from services.registration.surveys.listing import Looked, listed, said_out
from services.registration.surveys.lists_store import Place, Wanted
from services.registration.surveys.printing import HEADER, SHEET
from services.registration.surveys.rules import ListName, terms_of
from services.registration.surveys.schemas import (
    BaseOut,
    BasePage,
    NewAnswers,
    SaidPage,
    SurveyPeople,
    SurveySearch,
    VillageCount,
    VillageCounts,
)

router = APIRouter(prefix="/v1/surveys", tags=["surveys"])

_TOWNSHIP_DIGITS = 9
RosterFormat = Literal["html", "csv", "xlsx"]
_ROSTER = file_responses("The rosters", ("html", "csv", "xlsx"), HEADER)


class Kept(Answer):
    """How many were kept, and why the others were not."""

    model_config = shown(examples.BATCH)

    accepted: int
    rejected: list[RejectedRow]


@router.get("/bases", responses=problems(NOTICE_NOT_FOUND, OUTSIDE_DIVISION))
async def list_survey_bases(
    county: CountyCode,
    coverage_year: CoverageYear,
    context: Context,
    caller: SurveyReader,
    division_code: DivisionQuery = "",
    after: NumberAfter = None,
    limit: Limit = 100,
) -> BasePage:
    """List the versions of the bases of villages; the newest of each village counts."""
    notice_of(context.notices, county, coverage_year)
    division = range_of(caller, division_code)
    async with context.engine.connect() as conn:
        found = await store.bases(conn, county, coverage_year, division, number_after(after), limit)
    return BasePage(
        items=[BaseOut.model_validate(one) for one in found],
        next_after=str(found[-1].base_id) if len(found) == limit else None,
    )


@router.get("/villages", responses=COUNTED_LATER | problems(NOTICE_NOT_FOUND, OUTSIDE_DIVISION))
async def count_survey_villages(
    county: CountyCode,
    coverage_year: CoverageYear,
    context: Context,
    caller: SurveyReader,
    kept: MayBeOld,
    division_code: DivisionQuery = "",
    after: NumberAfter = None,
    limit: Limit = 100,
) -> VillageCounts:
    """Count the people of villages: base, exclusions, target, and how many have paid; nobody by name."""
    notice = notice_of(context.notices, county, coverage_year)
    low, high = range_of(caller, division_code)
    if after is not None:
        low = max(low, str(int(after) + 1).zfill(CODE_LENGTH))

    async def count() -> list[VillageCount]:
        async with context.engine.connect() as conn:
            wanted = Wanted(county, coverage_year, low, high, terms_of(context.notices, notice))
            return await villages_of(conn, notice, wanted, limit, context.clock.now())

    found = await kept.of(count, "survey-villages", county, coverage_year, low, high, limit)
    return VillageCounts(items=found, next_after=found[-1].division_code if len(found) == limit else None)


@router.post("/search", responses=problems(NOTICE_NOT_FOUND, OUTSIDE_DIVISION))
async def search_surveys(
    wanted: SurveySearch, context: Context, caller: SurveyReader, after: After = None, limit: Limit = 100
) -> SurveyPeople:
    """List who stands on the lists of villages, with what base and record say differently.

    Whoever has paid or is exempt is ticked off at once. Every look is audited.
    """
    notice = notice_of(context.notices, wanted.county, wanted.coverage_year)
    low, high = range_of(caller, wanted.division_code)
    if wanted.name is not None and low[:_TOWNSHIP_DIGITS] != high[:_TOWNSHIP_DIGITS]:
        raise INVALID_REQUEST.problem(errors=[_NAME_NEEDS_TOWNSHIP])
    number = clean_number(wanted.id_number) if wanted.id_number else None
    digest = context.digests.identity(DocumentType.RESIDENT_ID, number) if number else None
    looked = Looked(caller, context.clock.now(), "search_surveys", None, digest, wanted.purpose)
    lists = Wanted(
        county=wanted.county,
        coverage_year=wanted.coverage_year,
        low=low,
        high=high,
        terms=terms_of(context.notices, notice),
        on_list=wanted.on_list,
        troubled=wanted.troubled,
        trouble=wanted.trouble,
        household_no=wanted.household_no,
        row_id=wanted.row_id,
        person_id=wanted.person_id,
        id_number=number,
        taken_by=wanted.taken_by,
        next_by=wanted.next_by,
        free_on=business_date(looked.now) if wanted.free else None,
    )
    async with context.engine.begin() as conn:
        items, more = await listed(conn, notice, lists, _place(after), limit, looked, wanted.name)
    return SurveyPeople(items=items, next_after=_token(more) if more else None)


_NAME_NEEDS_TOWNSHIP = FieldError(
    "#/name",
    "Name a village or a township (9 digits) as division_code: names are looked for in one of them.",
    "按姓名查询须以 division_code 指定一个村（社区）或乡镇（9 位）。",
)


@router.get(
    "/roster",
    response_class=StreamingResponse,
    responses=_ROSTER | problems(NOTICE_NOT_FOUND, OUTSIDE_DIVISION),
)
async def print_survey_roster(
    county: CountyCode,
    coverage_year: CoverageYear,
    context: Context,
    caller: SurveyReader,
    division_code: DivisionQuery = "",
    on_list: ListName | None = None,
    troubled: Annotated[bool, Query(description="only people with troubles")] = False,
    format: Annotated[
        RosterFormat, Query(description="html is for printing and signing; csv and xlsx are tables")
    ] = "html",
) -> StreamingResponse:
    """Give out the rosters of villages (参保缴费名册), whole or one list, each village on its own pages.

    `troubled` gives those whom somebody has to look at, with what is wrong, on whatever list.
    """
    notice = notice_of(context.notices, county, coverage_year)
    low, high = range_of(caller, division_code)
    terms = terms_of(context.notices, notice)
    wanted = Wanted(county, coverage_year, low, high, terms, on_list, troubled=troubled)
    about = f"{format} {low[:9]} {on_list or 'all lists'}{', troubled' if troubled else ''}"
    looked = Looked(caller, context.clock.now(), "print_survey_roster", about)
    villages = exporting.villages_of(context, notice, wanted, looked)
    parts = {
        "html": lambda: exporting.as_page(notice, villages, looked),
        "csv": lambda: csv_pieces(HEADER, exporting.as_rows(villages)),
        "xlsx": lambda: workbook_pieces(SHEET, exporting.as_rows(villages)),
    }
    name = f"参保缴费名册-{low if low == high else low[:9]}"
    return StreamingResponse(parts[format](), media_type=MEDIA[format], headers=headers_of(format, name))


@router.post(
    "/answers",
    status_code=201,
    response_model=Kept,
    responses=problems(NOTICE_NOT_FOUND, IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED),
)
async def record_survey_answers(
    body: NewAnswers, context: Context, caller: SurveyWriter, key: Key
) -> Response:
    """Write down what people answered. Earlier answers stay on record; the newest by said_at counts."""
    now, request = context.clock.now(), once(caller, key, body)
    notice = notice_of(context.notices, body.county, body.coverage_year)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        refused = await write_down(conn, caller, notice, body.answers, now)
        kept = Kept(accepted=len(body.answers) - len(refused), rejected=rejected_rows(refused))
        places = {place for place, _ in refused}
        people = {one.person_id for place, one in enumerate(body.answers) if place not in places}
        await record_lookup(
            conn,
            caller,
            operation="record_survey_answers",
            at=now,
            person_ids=sorted(filter(None, people)),
            purpose=f"{kept.accepted} answers",
        )
        return await answer(conn, request, kept)


@router.get("/answers", responses=problems(NOTICE_NOT_FOUND))
async def list_survey_answers(
    county: CountyCode,
    coverage_year: CoverageYear,
    context: Context,
    caller: SurveyReader,
    row_id: Id | None = None,
    person_id: Id | None = None,
) -> SaidPage:
    """List all that was said of one person in the own division, the newest first. The look is audited."""
    notice_of(context.notices, county, coverage_year)
    who, division = Subject(0, row_id, person_id), caller.division_range
    async with context.engine.begin() as conn:
        found = await answers_store.said(conn, county, coverage_year, who, division)
        people = {one.person_id for one in found if one.person_id is not None}
        about = f"row {row_id}" if row_id else None
        await record_lookup(
            conn,
            caller,
            operation="list_survey_answers",
            at=context.clock.now(),
            person_ids=sorted(people),
            purpose=about,
        )
    return SaidPage(items=[said_out(one, caller) for one in found])


def _token(place: Place) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(astuple(place))).decode()


def _place(after: str | None) -> Place:
    if after is None:
        return Place()
    try:
        division, household, member, subject = orjson.loads(base64.urlsafe_b64decode(after.encode()))
        return Place(str(division), str(household), int(member), int(subject))
    except (ValueError, TypeError, binascii.Error):
        fault = FieldError(
            "query/after", "Use `next_after` of the page before.", "请使用上一页的 next_after。"
        )
        raise INVALID_REQUEST.problem(errors=[fault]) from None
