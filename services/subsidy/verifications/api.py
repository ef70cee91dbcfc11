"""HTTP of rosters of who is to be subsidized: drawing, verifying and printing them."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.security.access import require
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.spreadsheets import csv_pieces, workbook_pieces
from libs.common.web import idempotency
from libs.common.web.catalogue import (
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    NOT_FOUND,
    OUTSIDE_DIVISION,
)
from libs.common.web.files import MEDIA, file_responses, headers_of
from libs.common.web.idempotency import Key
from libs.common.web.notices import without_notice
from libs.common.web.openapi import problems
from libs.common.web.schemas import Id, Limit, NumberAfter, number_after
from services.subsidy.requests import Context, OfCounty, OfYear, Reader, Writer, cause
from services.subsidy.verifications import lines_store, store
from services.subsidy.verifications.deciding import decide
from services.subsidy.verifications.lines_store import Wanted
from services.subsidy.verifications.printing import HEADER, SHEET, as_page, as_parts
from services.subsidy.verifications.problems import NO_NOTICE, REASON_MISSING
from services.subsidy.verifications.rules import LineState
from services.subsidy.verifications.schemas import (
    DrawnVerifications,
    LeftLine,
    LineDecision,
    LinesDecided,
    NewVerifications,
    RosterFormat,
    Verification,
    VerificationLine,
    VerificationLinePage,
    VerificationPage,
)
from services.subsidy.verifications.store import Place, VerificationRow

router = APIRouter(tags=["verifications"])

_ROSTER = file_responses("The roster", ("html", "csv", "xlsx"), HEADER)
#: A roster has fewer people than any township.
_WHOLE = 1_000_000


@router.post(
    "/v1/verifications",
    summary="Draw rosters of who is to be subsidized, of all grants that are on none",
    description=(
        "One roster for each township and payer within the caller's division. What is settled outside is on "
        "none. A grant stands on one roster only; those that come later are on the next. Where nothing is "
        "new, no roster is drawn."
    ),
    responses=problems(IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED),
    status_code=201,
    response_model=DrawnVerifications,
)
async def draw_verifications(body: NewVerifications, caller: Writer, key: Key, context: Context) -> Response:
    once, now = idempotency.once(caller, key, body), context.clock.now()
    place = _place(caller, body)
    async with context.engine.begin() as conn:
        if (before := await idempotency.answered(conn, once, now)) is not None:
            return before
        await store.take_turn(conn, body.county, body.coverage_year)
        drawn = await store.draw(conn, place, caller.subject, now)
        await record_lookup(
            conn, caller, operation="draw_verifications", at=now, purpose=f"{drawn.lines} lines"
        )
        rows = await store.verifications(conn, drawn.verification_ids)
        answer = DrawnVerifications(verifications=[Verification.model_validate(row) for row in rows])
        return await idempotency.answer(conn, once, answer)


@router.get("/v1/verifications", summary="List rosters, and how far each is")
async def list_verifications(
    caller: Reader,
    context: Context,
    county: OfCounty = None,
    coverage_year: OfYear = None,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> VerificationPage:
    async with context.engine.begin() as conn:
        rows = await store.list_verifications(
            conn,
            after=number_after(after),
            county=county,
            coverage_year=coverage_year,
            division=caller.division,
            limit=limit,
        )
    more = str(rows[-1].verification_id) if len(rows) == limit else None
    return VerificationPage(items=[Verification.model_validate(row) for row in rows], next_after=more)


@router.get(
    "/v1/verifications/{verification_id}",
    summary="See a roster, and how far it is",
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION),
)
async def get_verification(verification_id: Id, caller: Reader, context: Context) -> Verification:
    async with context.engine.connect() as conn:
        return Verification.model_validate(await _roster(conn, verification_id, caller))


@router.get(
    "/v1/verifications/{verification_id}/lines",
    summary="List the lines of a roster, with who decided what",
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION),
)
async def list_verification_lines(
    verification_id: Id,
    caller: Reader,
    context: Context,
    state: LineState | None = None,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> VerificationLinePage:
    async with context.engine.begin() as conn:
        await _roster(conn, verification_id, caller)
        rows = await lines_store.lines(
            conn, verification_id, after=number_after(after), limit=limit, state=state
        )
        people = sorted({row.person_id for row in rows})
        now = context.clock.now()
        await record_lookup(conn, caller, operation="list_verification_lines", at=now, person_ids=people)
    more = str(rows[-1].grant_id) if len(rows) == limit else None
    return VerificationLinePage(items=[VerificationLine.model_validate(row) for row in rows], next_after=more)


@router.get(
    "/v1/verifications/{verification_id}/roster",
    summary="Give a roster out to be printed and signed, or as a table",
    description="The holders of accounts stand in it: hence the scope pii:read, and the look is recorded.",
    response_class=Response,
    responses=_ROSTER | problems(NOT_FOUND, OUTSIDE_DIVISION, NO_NOTICE),
)
async def print_verification(
    verification_id: Id,
    caller: Annotated[Caller, require("subsidy:read", "pii:read")],
    context: Context,
    format: Annotated[
        RosterFormat, Query(description="html is for printing and signing; csv and xlsx are tables")
    ] = "html",
) -> Response:
    async with context.engine.begin() as conn:
        roster = await _roster(conn, verification_id, caller)
        notice = context.notices.get((roster.county, roster.coverage_year))
        if notice is None:
            raise without_notice(NO_NOTICE, context.notices, roster.county, roster.coverage_year)
        rows = await lines_store.lines(conn, verification_id, after=0, limit=_WHOLE, state=None)
        people, about = sorted({row.person_id for row in rows}), f"verification {verification_id}"
        now = context.clock.now()
        await record_lookup(
            conn, caller, operation="print_verification", at=now, person_ids=people, purpose=about
        )
    name = f"资助花名册-{roster.division_prefix}-{roster.payer}-{roster.number}"
    headers = headers_of(format, name)
    if format == "html":
        return Response(as_page(notice, roster, rows), headers=headers, media_type=MEDIA[format])
    parts = as_parts(notice, rows)
    pieces = csv_pieces(HEADER, parts) if format == "csv" else workbook_pieces(SHEET, parts)
    return StreamingResponse(pieces, headers=headers, media_type=MEDIA[format])


@router.post(
    "/v1/verifications/decisions",
    summary="Hold, release or strike out lines of rosters",
    description=(
        "`release` of what `grant_ids` names, or of all open lines of the county and year (with "
        "`verification_id` of one roster); what a case of registration is about stays open. `hold` keeps "
        "money from going. `strike_out` takes back help that goes to a card, and it is not given again until "
        "`lift`; help that pays the contribution itself ends by its status (the department's roster) only. "
        "What could not be decided is told under `left`."
    ),
    responses=problems(REASON_MISSING, IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED),
    response_model=LinesDecided,
)
async def decide_verification_lines(
    body: LineDecision, caller: Writer, key: Key, context: Context
) -> Response:
    once, now = idempotency.once(caller, key, body), context.clock.now()
    wanted = Wanted(
        place=_place(caller, body),
        event=body.decision,
        verification_id=body.verification_id,
        named=body.grant_ids,
        reason=body.reason,
        by=caller.subject,
        at=now,
    )
    async with context.engine.begin() as conn:
        if (before := await idempotency.answered(conn, once, now)) is not None:
            return before
        whose = await lines_store.whose(conn, wanted) if wanted.named is not None else []
        decided, left = await decide(conn, wanted, cause())
        await record_lookup(
            conn,
            caller,
            operation="decide_verification_lines",
            at=now,
            person_ids=sorted({one.person_id for one in whose}),
            purpose=f"{body.decision} {decided.lines} lines",
        )
        answer = LinesDecided(
            lines=decided.lines,
            amount_fen=decided.amount_fen,
            left=[LeftLine.model_validate(one) for one in left],
        )
        return await idempotency.answer(conn, once, answer, 200)


def _place(caller: Caller, body: NewVerifications | LineDecision) -> Place:
    return Place(body.county, body.coverage_year, caller.division, *caller.division_range)


async def _roster(conn: AsyncConnection, verification_id: int, caller: Caller) -> VerificationRow:
    rows = await store.verifications(conn, [verification_id])
    if not rows:
        raise NOT_FOUND.problem()
    if not rows[0].division_prefix.startswith(caller.division):
        raise OUTSIDE_DIVISION.problem()
    return rows[0]
