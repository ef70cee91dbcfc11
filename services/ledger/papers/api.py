"""HTTP of papers: what each party of a handover signs, and its own figures beside ours."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.problems import APPROVAL_WAITING
from libs.common.security.caller import Caller
from libs.common.web import idempotency
from libs.common.web.catalogue import IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED
from libs.common.web.files import MEDIA, file_responses, headers_of
from libs.common.web.idempotency import Key
from libs.common.web.openapi import Responses, problems
from libs.common.web.schemas import CountyCode, CoverageYear
from services.ledger.access import Context, LedgerContext, Reader, Signer, check_books
from services.ledger.handovers.rules import canonical, digest
from services.ledger.papers import making, printing, signing, store
from services.ledger.papers.comparing import Own, differences
from services.ledger.papers.making import Paper
from services.ledger.papers.problems import (
    FIGURES_FILE_REFUSED,
    FIGURES_UNKNOWN,
    NOT_YOUR_PAPER,
    PAPER_DISPUTED,
    PAPER_MOVED_ON,
    PAPER_SIGNED,
    PARTY_UNKNOWN,
)
from services.ledger.papers.reading import read_figures
from services.ledger.papers.schemas import (
    Compared,
    Difference,
    HandoverPaper,
    OwnFigures,
    PaperDocument,
    PartyPaper,
    PartyPapers,
    Signed,
    SignRequest,
)
from services.ledger.papers.store import PaperRow
from services.ledger.postings.rules import Season
from services.ledger.problems import CLOSING_BUSY, COUNTY_UNKNOWN, DEADLINE_UNKNOWN, NOT_SEALED

router = APIRouter(prefix="/v1/handovers/{county}/{coverage_year}/{deadline_id}/papers", tags=["papers"])
DeadlineId = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Party = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,59}$", description="the department")]
_KEYS = (IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED)
_FOUND = (COUNTY_UNKNOWN, DEADLINE_UNKNOWN, NOT_SEALED, PARTY_UNKNOWN.problem(parties=["tax"]))
_FIGURES = (
    *_FOUND, NOT_YOUR_PAPER.problem(department="tax"), PAPER_SIGNED,
    FIGURES_UNKNOWN.problem(figures=["contributions/350426999"]), *_KEYS,
)  # fmt: skip
_WAITS: Responses = {202: {"description": "It waits for the second person of the party", "model": Signed}}
_FILE = "项目,对象,人数,金额（元）\r\n个人缴费（按乡镇）,梅仙镇,1,250.00\r\n"


@router.get(
    "", summary="The papers of a handover", responses=problems(COUNTY_UNKNOWN, DEADLINE_UNKNOWN, NOT_SEALED)
)
async def list_handover_papers(
    context: Context, caller: Reader, county: CountyCode, coverage_year: CoverageYear, deadline_id: DeadlineId
) -> PartyPapers:
    """List the parties of a handover, what the notice asks of each, and who signed."""
    notice, now = check_books(context, caller, Season(county, coverage_year)), context.clock.now()
    handover = making.handover_of(notice, deadline_id, now)
    async with context.engine.connect() as conn:
        return PartyPapers(
            items=[
                await _state(conn, await making.make(conn, notice, deadline_id, party.department, now))
                for party in handover.parties
            ]
        )


@router.get(
    "/{party}",
    summary="The paper of a party",
    response_model=HandoverPaper,
    responses=file_responses("The paper", ("html", "pdf", "xlsx")) | problems(*_FOUND),
)
async def get_handover_paper(
    context: Context,
    caller: Reader,
    county: CountyCode,
    coverage_year: CoverageYear,
    deadline_id: DeadlineId,
    party: Party,
    format: Annotated[
        Literal["json", "html", "pdf", "xlsx"],
        Query(description="html and pdf are for printing and signing, xlsx a table"),
    ] = "json",
) -> HandoverPaper | Response:
    """Give the paper of a party: as it was signed, else as it would be signed now."""
    async with context.engine.connect() as conn:
        made = await _made(conn, context, caller, Season(county, coverage_year), deadline_id, party)
        shown = await _shown(conn, made)
    name = f"移交单-{county}-{coverage_year}-{deadline_id}-{party}"
    if format == "html":
        return HTMLResponse(printing.page(shown), headers=headers_of("html", ""))
    if format == "pdf":
        content = await printing.as_pdf(shown, context.clock.now())
        return Response(content, 200, headers_of("pdf", name), MEDIA["pdf"])
    if format == "xlsx":
        return Response(printing.as_workbook(shown), 200, headers_of("xlsx", name), MEDIA["xlsx"])
    return shown


@router.post(
    "/{party}/figures",
    summary="Enter a party's own figures",
    response_model=Compared,
    responses=problems(*_FIGURES),
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

    What the party does not name is not compared. The figures count instead of those given before.
    """
    once = idempotency.once(caller, key, request)
    async with context.engine.begin() as conn:
        if (before := await idempotency.answered(conn, once, context.clock.now())) is not None:
            return before
        made = await _mine(conn, context, caller, Season(county, coverage_year), deadline_id, party)
        own = [Own(one.section, one.row, one.heads, one.amount_fen) for one in request.figures]
        return await idempotency.answer(conn, once, await _compared(conn, context, caller, made, own), 200)


@router.post(
    "/{party}/figures/file",
    summary="Enter a party's own figures as a file",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"text/csv": {"schema": {"type": "string"}, "example": _FILE}},
        }
    },
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
    """Take CSV with 项目, 对象, 人数 and 金额（元） on top: codes, or words as the paper has them."""
    content = await request.body()
    once = idempotency.once(caller, key, content)
    async with context.engine.begin() as conn:
        if (before := await idempotency.answered(conn, once, context.clock.now())) is not None:
            return before
        made = await _mine(conn, context, caller, Season(county, coverage_year), deadline_id, party)
        own = read_figures(content, made.document)
        return await idempotency.answer(conn, once, await _compared(conn, context, caller, made, own), 200)


@router.post(
    "/{party}/signature",
    summary="Sign the paper of a party",
    status_code=201,
    response_model=Signed,
    responses=_WAITS
    | problems(
        *_FOUND,
        NOT_YOUR_PAPER.problem(department="tax"),
        PAPER_SIGNED,
        PAPER_DISPUTED.problem(case_id=3),
        PAPER_MOVED_ON,
        APPROVAL_WAITING,
        CLOSING_BUSY,
        *_KEYS,
    ),
)
async def sign_handover_paper(
    context: Context,
    caller: Signer,
    key: Key,
    county: CountyCode,
    coverage_year: CoverageYear,
    deadline_id: DeadlineId,
    party: Party,
    request: SignRequest,
) -> Response:
    """Sign the paper whose hash was read. Where the party answers for money, another of its people agrees.

    Signed it is frozen, and its hash stands in the document of the next handover that is sealed.
    """
    once, now = idempotency.once(caller, key, request), context.clock.now()
    season = Season(county, coverage_year)
    notice = check_books(context, caller, season)
    async with context.engine.begin() as conn:
        if (before := await idempotency.answered(conn, once, now)) is not None:
            return before
        made = await _mine(conn, context, caller, season, deadline_id, party)
        if digest(canonical(made.document)) != request.sha256:
            raise PAPER_MOVED_ON.problem()
        asked = await signing.sign(conn, notice, made, caller, now)
        if asked is None:
            return await idempotency.answer(conn, once, Signed(state="signed", approval_id=None), 201)
        waits = Signed(state="waiting", approval_id=asked.approval_id)
        return await idempotency.answer(conn, once, waits, 202)


async def _made(
    conn: AsyncConnection,
    context: LedgerContext,
    caller: Caller,
    season: Season,
    deadline_id: str,
    party: str,
) -> Paper:
    notice = check_books(context, caller, season)
    return await making.make(conn, notice, deadline_id, party, context.clock.now())


async def _mine(
    conn: AsyncConnection,
    context: LedgerContext,
    caller: Caller,
    season: Season,
    deadline_id: str,
    party: str,
) -> Paper:
    """The paper, for one of its own people, while it is not signed. Raises Problem."""
    signing.check_party(caller.department, party)
    made = await _made(conn, context, caller, season, deadline_id, party)
    if await _signed(conn, made) is not None:
        raise PAPER_SIGNED.problem()
    return made


async def _compared(
    conn: AsyncConnection, context: LedgerContext, caller: Caller, made: Paper, own: list[Own]
) -> Compared:
    notice = context.notices[made.handover.county, made.handover.coverage_year]
    found = await making.enter(conn, notice, made, own, caller.subject, context.clock.now())
    return Compared(differences=[Difference.model_validate(one) for one in found])


async def _signed(conn: AsyncConnection, made: Paper) -> PaperRow | None:
    mine = (made.handover.ordinal, made.party.department)
    signed = await store.signed(conn, made.handover.season)
    return next((one for one in signed if (one.ordinal, one.party) == mine), None)


async def _state(conn: AsyncConnection, made: Paper) -> PartyPaper:
    row, asked = await _signed(conn, made), await store.waiting(conn, made.subject, signing.OPERATION)
    return PartyPaper(
        party=made.party.department,
        name=made.document["party_name_en"],
        name_zh=made.document["party_name"],
        does_zh=made.party.does.zh,
        clause=made.party.clause,
        due_on=made.document["due_on"],
        two_persons=made.two_persons,
        state="signed" if row else "waiting" if asked is not None else "unsigned",
        approval_id=asked,
        sha256=row.sha256 if row else None,
        made_by=row.made_by if row else None,
        signed_by=row.signed_by if row else None,
        signed_at=row.signed_at if row else None,
    )


async def _shown(conn: AsyncConnection, made: Paper) -> HandoverPaper:
    state = await _state(conn, made)
    row = await _signed(conn, made)
    text = row.document if row else canonical(made.document)
    own = await making.own_of(conn, made)
    return HandoverPaper(
        state=state.state,
        sha256=digest(text),
        made_by=state.made_by,
        made_at=row.made_at if row else None,
        signed_by=state.signed_by,
        signed_at=state.signed_at,
        differences=[Difference.model_validate(one) for one in differences(made.document, own)],
        document=PaperDocument.model_validate_json(text),
    )
