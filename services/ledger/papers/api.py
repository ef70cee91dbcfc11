"""HTTP of papers: what each party of a handover signs."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response

from libs.common.cases.problems import APPROVAL_WAITING
from libs.common.web import idempotency
from libs.common.web.catalogue import OUTSIDE_DIVISION
from libs.common.web.files import file_responses
from libs.common.web.idempotency import Key
from libs.common.web.openapi import Responses, problems
from libs.common.web.reach import COUNTY
from libs.common.web.schemas import CountyCode, CoverageYear
from services.ledger.access import (
    Context,
    Reader,
    Signer,
    check_books,
    division_within,
    notice_of,
)
from services.ledger.handovers.rules import canonical, digest
from services.ledger.papers import making, printing, showing, signing
from services.ledger.papers.problems import (
    FOUND,
    KEYS,
    NOT_YOUR_PAPER,
    PAPER_DISPUTED,
    PAPER_MOVED_ON,
    PAPER_SIGNED,
    TOWNSHIP_UNKNOWN,
)
from services.ledger.papers.schemas import (
    DeadlineId,
    HandoverPaper,
    Party,
    PartyPapers,
    Signed,
    SignRequest,
)
from services.ledger.postings.rules import Season
from services.ledger.problems import CLOSING_BUSY, COUNTY_UNKNOWN, DEADLINE_UNKNOWN, NOT_SEALED

router = APIRouter(prefix="/v1/handovers/{county}/{coverage_year}/{deadline_id}/papers", tags=["papers"])
Form = Annotated[
    Literal["json", "html", "pdf", "xlsx"],
    Query(description="html and pdf are for printing and signing, xlsx a table"),
]
_WAITS: Responses = {202: {"description": "It waits for the second person of the party", "model": Signed}}


@router.get(
    "",
    summary="The papers of a handover",
    responses=problems(COUNTY_UNKNOWN, DEADLINE_UNKNOWN, NOT_SEALED),
    openapi_extra=COUNTY,
)
async def list_handover_papers(
    context: Context, caller: Reader, county: CountyCode, coverage_year: CoverageYear, deadline_id: DeadlineId
) -> PartyPapers:
    """List the parties of a handover, what the notice asks of each, and who signed."""
    season = Season(county, coverage_year)
    notice = check_books(context, caller, season)
    handover = making.handover_of(notice, deadline_id, context.clock.now())
    async with context.engine.connect() as conn:
        sealed = await making.sealed_of(conn, season, deadline_id)
        items = [await showing.state_of(conn, notice, handover, sealed, party) for party in handover.parties]
    return PartyPapers(items=items)


@router.get(
    "/{party}",
    summary="The paper of a party",
    response_model=HandoverPaper,
    responses=file_responses("The paper", ("html", "pdf", "xlsx")) | problems(*FOUND),
    openapi_extra=COUNTY,
)
async def get_handover_paper(
    context: Context,
    caller: Reader,
    county: CountyCode,
    coverage_year: CoverageYear,
    deadline_id: DeadlineId,
    party: Party,
    format: Form = "json",
) -> HandoverPaper | Response:
    """Give the paper of a party: as it was signed, else as it would be signed now.

    Before its handover is sealed it is a draft, from when its days are over.
    """
    season = Season(county, coverage_year)
    notice = check_books(context, caller, season)
    async with context.engine.connect() as conn:
        shown = await showing.prepared(conn, season, deadline_id, party)
        if shown is None:
            made = await making.make(conn, notice, deadline_id, party, context.clock.now())
            shown = await showing.shown(conn, made)
    name = f"移交单-{county}-{coverage_year}-{deadline_id}-{party}"
    return await printing.answered(shown, format, name, context.clock.now())


@router.get(
    "/{party}/townships/{division_code}",
    summary="What of the paper belongs to a township",
    response_model=HandoverPaper,
    responses=file_responses("The part of the paper", ("html", "pdf", "xlsx"))
    | problems(*FOUND, TOWNSHIP_UNKNOWN.problem(townships=["350426101000"]), OUTSIDE_DIVISION),
)
async def get_handover_paper_of_township(
    context: Context,
    caller: Reader,
    county: CountyCode,
    coverage_year: CoverageYear,
    deadline_id: DeadlineId,
    party: Party,
    division_code: Annotated[str, Path(pattern=r"^[0-9]{9}000$", description="of the township")],
    format: Form = "json",
) -> HandoverPaper | Response:
    """Give the figures of one township; those of all townships together are the paper's.

    What is not known by township (what moved, suspense, refunds, money on its way) stands on the whole paper
    alone. Hash and signatures are those of the whole paper. Whoever works for a township sees its own.
    """
    season, now = Season(county, coverage_year), context.clock.now()
    notice = notice_of(context, season)
    if not division_code.startswith(division_within(context, caller, season)):
        raise OUTSIDE_DIVISION.problem()
    async with context.engine.connect() as conn:
        made = await making.make(conn, notice, deadline_id, party, now)
        shown = await showing.part(conn, notice, made, division_code)
    name = f"移交单-{county}-{coverage_year}-{deadline_id}-{party}-{division_code}"
    return await printing.answered(shown, format, name, now)


@router.post(
    "/{party}/signature",
    summary="Sign the paper of a party",
    status_code=201,
    response_model=Signed,
    responses=_WAITS
    | problems(
        *FOUND,
        NOT_YOUR_PAPER.problem(department="tax"),
        PAPER_SIGNED,
        PAPER_DISPUTED.problem(case_id=3),
        PAPER_MOVED_ON,
        APPROVAL_WAITING,
        CLOSING_BUSY,
        *KEYS,
    ),
    openapi_extra=COUNTY,
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
        made = await signing.held(conn, notice, caller, deadline_id, party, now)
        if digest(canonical(made.document)) != request.sha256:
            raise PAPER_MOVED_ON.problem()
        asked = await signing.sign(conn, notice, made, caller, now)
        if asked is None:
            return await idempotency.answer(conn, once, Signed(state="signed", approval_id=None), 201)
        waits = Signed(state="waiting", approval_id=asked.approval_id)
        return await idempotency.answer(conn, once, waits, 202)
