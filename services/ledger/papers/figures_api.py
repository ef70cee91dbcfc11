"""HTTP of a party's own figures: entered one by one or as a file, and the template of that file."""

import asyncio
from collections.abc import Callable

from fastapi import APIRouter, Request, Response

from libs.common.security.caller import Caller
from libs.common.web import idempotency
from libs.common.web.files import file_responses, table_body, workbook_answer
from libs.common.web.idempotency import Key, Once
from libs.common.web.openapi import problems
from libs.common.web.reach import COUNTY
from libs.common.web.schemas import CountyCode, CoverageYear
from services.ledger.access import Context, LedgerContext, Reader, Signer, check_books
from services.ledger.facts.store import lock_books
from services.ledger.papers import disputing, making, signing
from services.ledger.papers.comparing import Own
from services.ledger.papers.making import Comparable
from services.ledger.papers.problems import (
    FIGURES_FILE_REFUSED,
    FIGURES_UNKNOWN,
    FOUND,
    KEYS,
    NOT_YOUR_PAPER,
    PAPER_SIGNED,
)
from services.ledger.papers.reading import read_figures
from services.ledger.papers.schemas import Compared, DeadlineId, Difference, OwnFigures, Party
from services.ledger.papers.templating import template
from services.ledger.postings.rules import Season
from services.ledger.problems import CLOSING_BUSY

router = APIRouter(
    prefix="/v1/handovers/{county}/{coverage_year}/{deadline_id}/papers/{party}/figures", tags=["papers"]
)
_FIGURES = (
    *FOUND, NOT_YOUR_PAPER.problem(department="tax"), PAPER_SIGNED, CLOSING_BUSY,
    FIGURES_UNKNOWN.problem(figures=["contributions/350426999"]), *KEYS,
)  # fmt: skip
_FILE = "项目,对象,人数,金额（元）\r\n个人缴费（按乡镇）,梅仙镇,1,250.00\r\n"


@router.post(
    "",
    summary="Enter a party's own figures",
    response_model=Compared,
    responses=problems(*_FIGURES),
    openapi_extra=COUNTY,
)
async def enter_party_figures(
    context: Context,
    caller: Signer,
    key: Key,
    county: CountyCode,
    coverage_year: CoverageYear,
    deadline_id: DeadlineId,
    party: Party,
    request: OwnFigures,
) -> Response:
    """Compare what a party has itself with its paper: where they differ a case is open until they agree.

    That is so from when it is a draft on; it is compared again when the draft changes, and when it is sealed.
    What the party does not name is not compared. The figures count instead of those given before.
    """
    own = [Own(one.section, one.row, one.heads, one.amount_fen) for one in request.figures]
    season = Season(county, coverage_year)
    once = idempotency.once(caller, key, request)
    return await _enter(context, caller, once, season, deadline_id, party, lambda made: own)


@router.post(
    "/file",
    summary="Enter a party's own figures as a file",
    openapi_extra=table_body(_FILE) | COUNTY,
    response_model=Compared,
    responses=problems(FIGURES_FILE_REFUSED.problem(errors=[]), *_FIGURES),
)
async def read_party_figures(
    request: Request,
    context: Context,
    caller: Signer,
    key: Key,
    county: CountyCode,
    coverage_year: CoverageYear,
    deadline_id: DeadlineId,
    party: Party,
) -> Response:
    """Take CSV or a workbook with 项目, 对象, 人数 and 金额（元） on top: codes, or words of the paper.

    The template has them. A line with neither people nor money says nothing, and is not compared. What is
    wrong is named line by line, and nothing is entered then.
    """
    content = await request.body()
    season = Season(county, coverage_year)
    once = idempotency.once(caller, key, content)
    return await _enter(
        context, caller, once, season, deadline_id, party, lambda made: read_figures(content, made.document)
    )


@router.get(
    "/template",
    summary="The template of a file of own figures",
    response_class=Response,
    responses=file_responses("The template", ("xlsx",)) | problems(*FOUND),
    openapi_extra=COUNTY,
)
async def get_figures_template(
    context: Context,
    caller: Reader,
    county: CountyCode,
    coverage_year: CoverageYear,
    deadline_id: DeadlineId,
    party: Party,
) -> Response:
    """Give a workbook with all lines of the paper, in which the party fills in what it has itself."""
    season = Season(county, coverage_year)
    notice = check_books(context, caller, season)
    async with context.engine.connect() as conn:
        paper = await disputing.in_draft(conn, season, deadline_id, party)
        if paper is None:
            now = context.clock.now()
            paper = (await making.make(conn, notice, deadline_id, party, now)).comparable
    body = await asyncio.to_thread(template, paper.document)
    return workbook_answer(body, f"本部门数据模板-{county}-{coverage_year}-{deadline_id}-{party}")


async def _enter(
    context: LedgerContext,
    caller: Caller,
    once: Once,
    season: Season,
    deadline_id: str,
    party: str,
    read: Callable[[Comparable], list[Own]],
) -> Response:
    now, notice = context.clock.now(), check_books(context, caller, season)
    signing.check_party(caller.department, party)
    async with context.engine.begin() as conn:
        if (before := await idempotency.answered(conn, once, now)) is not None:
            return before
        await lock_books(conn, season)
        paper = await disputing.in_draft(conn, season, deadline_id, party)
        if paper is None:
            paper = (await signing.held(conn, notice, caller, deadline_id, party, now)).comparable
        found = await disputing.enter(conn, notice, paper, read(paper), caller.subject, now)
        compared = Compared(differences=[Difference.model_validate(one) for one in found])
        return await idempotency.answer(conn, once, compared, 200)
