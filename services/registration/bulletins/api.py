"""HTTP for bulletins: which are due, drafting, signing, and the papers."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from libs.common.cases.deciding import decide_approval
from libs.common.cases.problems import APPROVAL_NOT_WAITING, SAME_PERSON
from libs.common.cases.store import approval
from libs.common.policy import Notice
from libs.common.security.access import check_division
from libs.common.security.caller import Caller
from libs.common.web.catalogue import IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED, OUTSIDE_DIVISION
from libs.common.web.files import MEDIA, file_responses, headers_of
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.reach import COUNTY, SHARED
from libs.common.web.schemas import CountyCode, CoverageYear, Id, Limit, NumberAfter, number_after
from services.registration.access import (
    BulletinSigner,
    Context,
    ProgressReader,
    ProgressWriter,
    check_place,
)
from services.registration.bulletins import printing, store
from services.registration.bulletins.drafting import Wanted, draft
from services.registration.bulletins.problems import (
    BULLETIN_NOT_DRAFT,
    BULLETIN_NOT_FOUND,
    PERIOD_OPEN,
    PERIOD_PASSED,
    PERIOD_UNKNOWN,
    REPORT_UNKNOWN,
)
from services.registration.bulletins.rules import State, public, thawed
from services.registration.bulletins.schemas import (
    BulletinOut,
    BulletinPage,
    BulletinWhole,
    DueReports,
    NewBulletin,
    Signature,
)
from services.registration.bulletins.showing import bulletin_out, bulletin_whole, due_reports, issue_of
from services.registration.bulletins.store import Bulletin
from services.registration.cases.deciding import DESK
from services.registration.notices.rules import NOTICE_NOT_FOUND, notice_of
from services.registration.settings import RegistrationContext

router = APIRouter(prefix="/v1/bulletins", tags=["bulletins"])
_KEYS = (IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED)
_SIGNING = (BULLETIN_NOT_FOUND, BULLETIN_NOT_DRAFT, APPROVAL_NOT_WAITING, SAME_PERSON, OUTSIDE_DIVISION)
Form = Literal["html", "pdf", "xlsx"]
_FILE = file_responses("The bulletin", ("html", "pdf", "xlsx"))


@router.get("/due", responses=problems(NOTICE_NOT_FOUND, OUTSIDE_DIVISION), openapi_extra=SHARED)
async def list_due_bulletins(
    county: CountyCode, coverage_year: CoverageYear, context: Context, caller: ProgressReader
) -> DueReports:
    """List the reports that the notice asks for: by whom, when each is due, which are overdue or signed."""
    notice = notice_of(context.notices, county, coverage_year)
    check_place(caller, notice)
    async with context.engine.connect() as conn:
        known = await store.periods(conn, county, coverage_year)
    items = due_reports(notice, known, context.clock.now())
    if not _drafts_too(caller, notice):
        nowhere = {"bulletin_id": None}
        items = [one.model_copy(update=nowhere) if one.state == "drafted" else one for one in items]
    return DueReports(items=items)


@router.get("", responses=problems(NOTICE_NOT_FOUND, OUTSIDE_DIVISION), openapi_extra=SHARED)
async def list_bulletins(
    county: CountyCode,
    coverage_year: CoverageYear,
    context: Context,
    caller: ProgressReader,
    state: State | None = None,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> BulletinPage:
    """List bulletins; townships see those of their county that are signed."""
    notice = notice_of(context.notices, county, coverage_year)
    check_place(caller, notice)
    wanted = state if _drafts_too(caller, notice) else "signed"
    async with context.engine.connect() as conn:
        found = await store.page(conn, county, coverage_year, wanted, number_after(after), limit)
    return BulletinPage(
        items=[bulletin_out(notice, one) for one in found],
        next_after=str(found[-1].id) if len(found) == limit else None,
    )


@router.post(
    "",
    status_code=201,
    response_model=BulletinOut,
    responses=problems(
        NOTICE_NOT_FOUND,
        REPORT_UNKNOWN,
        PERIOD_UNKNOWN.problem(periods=["2020-11-20"]),
        PERIOD_OPEN.problem(period_to="2020-11-20"),
        PERIOD_PASSED,
        OUTSIDE_DIVISION,
        *_KEYS,
    ),
    openapi_extra=COUNTY,
)
async def draft_bulletin(body: NewBulletin, context: Context, caller: ProgressWriter, key: Key) -> Response:
    """Draft a bulletin from what was known when its period ended; a second person signs it.

    What came late goes into the next one.
    """
    now, request = context.clock.now(), once(caller, key, body)
    notice = notice_of(context.notices, body.county, body.coverage_year)
    check_division(caller, notice.division.ljust(12, "0"))
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        made = await draft(conn, notice, Wanted(body.kind, body.period_to, caller.subject, now))
        return await answer(conn, request, bulletin_out(notice, made))


@router.get("/{bulletin_id}", responses=problems(BULLETIN_NOT_FOUND, OUTSIDE_DIVISION), openapi_extra=SHARED)
async def get_bulletin(bulletin_id: Id, context: Context, caller: ProgressReader) -> BulletinWhole:
    """Look a bulletin up, with its figures as they were frozen when it was drafted."""
    notice, one = await _seen(context, caller, bulletin_id)
    async with context.engine.connect() as conn:
        asked = await approval(conn, one.approval_id) if _drafts_too(caller, notice) else None
    return bulletin_whole(notice, one, asked.note if asked else None)


@router.get(
    "/{bulletin_id}/file",
    response_class=Response,
    responses=_FILE | problems(BULLETIN_NOT_FOUND, BULLETIN_NOT_DRAFT, OUTSIDE_DIVISION),
    openapi_extra=SHARED,
)
async def get_bulletin_file(
    bulletin_id: Id,
    context: Context,
    caller: ProgressReader,
    format: Annotated[
        Form, Query(description="a page with a chart to read and print, PDF, or a table")
    ] = "html",
    audience: Annotated[
        Literal["offices", "public"], Query(description="public: for the village board (张榜公布)")
    ] = "offices",
) -> Response:
    """Give a bulletin out, as it was frozen; for the public without what could tell of single people."""
    _, one = await _seen(context, caller, bulletin_id)
    is_public = audience == "public"
    content, issue = thawed(one.content), issue_of(one, is_public=is_public)
    content = public(content) if is_public else content
    if format == "pdf":
        made = await printing.as_pdf(content, issue)
    elif format == "xlsx":
        made = printing.as_workbook(content, issue)
    else:
        made = printing.page(content, issue).encode()
    headers = headers_of(format, printing.title_of(content, issue))
    return Response(made, media_type=MEDIA[format], headers=headers)


@router.post(
    "/{bulletin_id}/sign",
    response_model=BulletinOut,
    responses=problems(*_SIGNING, *_KEYS),
    openapi_extra=COUNTY,
)
async def sign_bulletin(
    bulletin_id: Id, body: Signature, context: Context, caller: BulletinSigner, key: Key
) -> Response:
    """Sign a bulletin that somebody else drafted: it gets its number, and is never changed."""
    return await _decide(context, caller, bulletin_id, body, key, agreed=True)


@router.post(
    "/{bulletin_id}/refuse",
    response_model=BulletinOut,
    responses=problems(*_SIGNING, *_KEYS),
    openapi_extra=COUNTY,
)
async def refuse_bulletin(
    bulletin_id: Id, body: Signature, context: Context, caller: BulletinSigner, key: Key
) -> Response:
    """Refuse a draft; it takes no number, and another may be drafted."""
    return await _decide(context, caller, bulletin_id, body, key, agreed=False)


async def _decide(
    context: RegistrationContext, caller: Caller, bulletin_id: int, body: Signature, key: Key, *, agreed: bool
) -> Response:
    now, request = context.clock.now(), once(caller, key, body)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        one = await store.one(conn, bulletin_id)
        if one is None:
            raise BULLETIN_NOT_FOUND.problem()
        await decide_approval(
            conn, DESK, context, one.approval_id, caller,
            agreed=agreed, note=body.note, at=now, scope="progress:sign",
        )  # fmt: skip
        made = await store.one(conn, bulletin_id)
        assert made is not None, "bulletins are never deleted"
        notice = notice_of(context.notices, made.county, made.coverage_year)
        return await answer(conn, request, bulletin_out(notice, made), 200)


async def _seen(context: RegistrationContext, caller: Caller, bulletin_id: int) -> tuple[Notice, Bulletin]:
    """A bulletin, as far as somebody may see it: drafts are the county's own."""
    async with context.engine.connect() as conn:
        one = await store.one(conn, bulletin_id)
    if one is None:
        raise BULLETIN_NOT_FOUND.problem()
    notice = notice_of(context.notices, one.county, one.coverage_year)
    check_place(caller, notice)
    if one.state != "signed" and not _drafts_too(caller, notice):
        raise BULLETIN_NOT_FOUND.problem()
    return notice, one


def _drafts_too(caller: Caller, notice: Notice) -> bool:
    return notice.division.startswith(caller.division)
