"""HTTP for notices: which are in force, what operators supplied, and the order to assess everybody again."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Response

from libs.common.cases import problems as case_problems
from libs.common.cases.schemas import Approval
from libs.common.policy import Notice
from libs.common.security.access import check_division
from libs.common.web.catalogue import OUTSIDE_DIVISION
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.reach import ANY, COUNTY
from libs.common.web.schemas import CountyCode, CoverageYear
from services.registration.access import Anybody, Context, NoticeWriter, Writer
from services.registration.assessments import store as assessments
from services.registration.notices import store, supplying
from services.registration.notices.problems import PARAMETER_OUT_OF_BOUNDS, PARAMETER_UNKNOWN
from services.registration.notices.reading_schemas import FlawOut, Leaflet, NoticeDifferences, WorkedCases
from services.registration.notices.rules import NOTICE_NOT_FOUND, before_of, notice_of, parameters_of
from services.registration.notices.schemas import (
    NoticeDetail,
    NoticeOut,
    NoticePage,
    NoticeWords,
    ParameterOut,
    Reassessing,
    Supplying,
    Values,
    VersionOut,
)
from services.registration.notices.showing import Shown, registrations
from services.registration.notices.telling import places, told, told_beside, told_to_payers
from services.registration.notices.working import worked_cases

router = APIRouter(prefix="/v1/notices", tags=["notices"])


@router.get("", openapi_extra=ANY)
async def list_notices(context: Context, caller: Anybody) -> NoticePage:
    """List the notices in force; a faulty file is named, while its last good version goes on, if any.

    Notices are public: every token may read them, whatever its scopes.
    """
    return NoticePage(
        items=[_out(notice) for _, notice in sorted(context.notices.items())],
        flaws=[
            FlawOut(file=one.file, line=one.line, detail=str(one), detail_zh=one.said("zh"))
            for one in context.notices.flaws
        ],
        not_in_force=[f"{county}/{year}" for county, year in sorted(context.notices.faulty)],
    )


@router.get("/{county}/{coverage_year}", responses=problems(NOTICE_NOT_FOUND), openapi_extra=ANY)
async def get_notice(
    county: CountyCode, coverage_year: CoverageYear, context: Context, caller: Anybody
) -> NoticeDetail:
    """Look at one notice: windows, prices, statuses with their help, deadlines, values supplied, versions.

    Notices are public: every token may read them, whatever its scopes.
    """
    notice = notice_of(context.notices, county, coverage_year)
    async with context.engine.connect() as conn:
        supplied = await store.supplied(conn, county, coverage_year)
        versions = await store.versions(conn, county, coverage_year)
    shown = Shown(notice, {row.name: row.value for row in supplied})
    return NoticeDetail(
        **_out(notice).model_dump(),
        issued_on=notice.document.notice.issued_on,
        extends=[f"{one.head.document_no} {one.head.title}" for one in notice.bases],
        windows=list(shown.windows()),
        prices=list(shown.prices()),
        statuses=list(shown.statuses()),
        help=list(shown.help()),
        registration=registrations(notice, context.clock.now()),
        deadlines=list(shown.deadlines()),
        open_questions=list(shown.open_questions()),
        open_parameters=list(parameters_of(notice)),
        parameters=[ParameterOut.model_validate(row) for row in supplied],
        versions=[VersionOut.model_validate(row) for row in versions],
    )


@router.get("/{county}/{coverage_year}/words", responses=problems(NOTICE_NOT_FOUND), openapi_extra=ANY)
async def get_notice_words(
    county: CountyCode, coverage_year: CoverageYear, context: Context, caller: Anybody
) -> NoticeWords:
    """Read a whole notice in words: who does what by when, which papers, channels, accounts, open questions.

    Notices are public: every token may read them, whatever its scopes.
    """
    notice = notice_of(context.notices, county, coverage_year)
    return NoticeWords(
        county=notice.county, coverage_year=notice.year, notice=notice.ref, sections=told(notice),
        places=places(notice),
    )  # fmt: skip


@router.get("/{county}/{coverage_year}/leaflet", responses=problems(NOTICE_NOT_FOUND), openapi_extra=ANY)
async def get_leaflet(
    county: CountyCode, coverage_year: CoverageYear, context: Context, caller: Anybody
) -> Leaflet:
    """Read what a notice says to its payers: who may enroll, how much, when, cover, and who is helped.

    Notices are public: every token may read them, whatever its scopes.
    """
    return told_to_payers(notice_of(context.notices, county, coverage_year))


@router.get("/{county}/{coverage_year}/differences", responses=problems(NOTICE_NOT_FOUND), openapi_extra=ANY)
async def compare_notices(
    county: CountyCode, coverage_year: CoverageYear, context: Context, caller: Anybody,
    before: Annotated[
        str | None,
        Query(
            pattern=r"^[a-z][a-z0-9-]{0,39}/[0-9]{4}$",
            description="the other notice, as `county/year`; otherwise the latest earlier one of the county",
        ),
    ] = None,
) -> NoticeDifferences:  # fmt: skip
    """See rule by rule how a notice differs from the one before it, or from that of another county.

    Notices are public: every token may read them, whatever its scopes.
    """
    notice = notice_of(context.notices, county, coverage_year)
    # Each language of each notice is told for this: others are answered meanwhile.
    return await asyncio.to_thread(told_beside, before_of(context.notices, notice, before), notice)


@router.get("/{county}/{coverage_year}/cases", responses=problems(NOTICE_NOT_FOUND), openapi_extra=ANY)
async def list_worked_cases(
    county: CountyCode, coverage_year: CoverageYear, context: Context, caller: Anybody
) -> WorkedCases:
    """See the worked cases of a notice, with what it answers to each, and whether that is what was expected.

    Notices are public: every token may read them, whatever its scopes.
    """
    notice = notice_of(context.notices, county, coverage_year)
    return await asyncio.to_thread(worked_cases, notice, context.settings.policies_dir)


@router.put(
    "/{county}/{coverage_year}/parameters",
    status_code=202,
    responses=problems(
        NOTICE_NOT_FOUND,
        PARAMETER_UNKNOWN,
        PARAMETER_OUT_OF_BOUNDS,
        OUTSIDE_DIVISION,
        case_problems.APPROVAL_WAITING,
    ),
    openapi_extra=COUNTY,
)
async def supply_parameters(
    county: CountyCode, coverage_year: CoverageYear, given: Values, context: Context, caller: NoticeWriter
) -> Supplying:
    """Ask for values that the notice leaves open; they count when another officer agrees under /v1/approvals.

    Then every open enrollment is assessed again. Earlier values are kept: an assessment as of an earlier
    instant uses what was known then.
    """
    notice = notice_of(context.notices, county, coverage_year)
    check_division(caller, notice.division)
    supplying.check(notice, given.root)
    async with context.engine.begin() as conn:
        waiting = await supplying.ask(conn, notice, given.root, caller, context.clock.now())
    return Supplying(approval=Approval.model_validate(waiting))


@router.post(
    "/{county}/{coverage_year}/reassess",
    response_model=Reassessing,
    responses=problems(NOTICE_NOT_FOUND, OUTSIDE_DIVISION),
    openapi_extra=COUNTY,
)
async def reassess(
    county: CountyCode, coverage_year: CoverageYear, context: Context, caller: Writer, key: Key
) -> Response:
    """Have every open enrollment assessed again, after the file of the notice was corrected."""
    notice = notice_of(context.notices, county, coverage_year)
    check_division(caller, notice.division)
    now = context.clock.now()
    wanted = once(caller, key, None)
    async with context.engine.begin() as conn:
        if repeated := await answered(conn, wanted, now):
            return repeated
        ids = await store.open_enrollments(conn, county, coverage_year)
        await assessments.enqueue(conn, ids, "notice_changed", now)
        return await answer(conn, wanted, Reassessing(waiting=len(ids)), 200)


def _out(notice: Notice) -> NoticeOut:
    header = notice.document.notice
    return NoticeOut(
        county=notice.county,
        coverage_year=notice.year,
        notice=notice.ref,
        sha256=notice.sha256,
        title=header.title,
        document_no=header.document_no,
        division=notice.division,
        place=header.place.en,
        place_zh=header.place.zh,
    )
