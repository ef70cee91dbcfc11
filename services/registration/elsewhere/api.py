"""HTTP of help for people recognized here who are insured elsewhere: recording, listing, withdrawing it."""

from fastapi import APIRouter, Response

from libs.common.arrivals import ReversalAsked
from libs.common.cases.problems import APPROVAL_WAITING
from libs.common.security.audit import record_lookup
from libs.common.web.catalogue import (
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    NOT_FOUND,
    OUTSIDE_DIVISION,
)
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.schemas import CountyCode, CoverageYear, Id, Limit, NumberAfter, number_after
from services.registration.access import Context, Reader, Writer, check_place
from services.registration.elsewhere import ending, recording, store
from services.registration.elsewhere.problems import (
    ELSEWHERE_INSURED_HERE,
    ELSEWHERE_NO_HELP,
    ELSEWHERE_NOT_IN_NOTICE,
    ELSEWHERE_NOT_STANDING,
    ELSEWHERE_OUTSIDE,
    ELSEWHERE_PERSON_UNKNOWN,
    ELSEWHERE_PROOFS_MISSING,
    ELSEWHERE_TOO_LATE,
    ELSEWHERE_TWICE,
)
from services.registration.elsewhere.schemas import (
    ElsewhereAsked,
    ElsewhereHelp,
    ElsewhereHelpPage,
    ElsewhereWithdrawal,
    HelpingLine,
    NewElsewhereHelp,
)
from services.registration.notices.rules import NOTICE_NOT_FOUND, notice_of

router = APIRouter(prefix="/v1", tags=["elsewhere"])
_KEYS = (IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED)


@router.post(
    "/elsewhere-helps",
    status_code=202,
    response_model=ElsewhereAsked,
    responses=problems(
        *(NOTICE_NOT_FOUND, OUTSIDE_DIVISION, ELSEWHERE_NOT_IN_NOTICE, ELSEWHERE_TOO_LATE, ELSEWHERE_OUTSIDE),
        *(ELSEWHERE_PROOFS_MISSING, ELSEWHERE_NO_HELP, ELSEWHERE_PERSON_UNKNOWN, ELSEWHERE_INSURED_HERE),
        *(ELSEWHERE_TWICE, *_KEYS),
    ),
)
async def record_elsewhere_help(
    body: NewElsewhereHelp, context: Context, caller: Writer, key: Key
) -> Response:
    """Record who is insured elsewhere and is to be helped for it; a second person of the bureau agrees.

    The help is what the notice of this county gives on the day of payment as if the person had joined here,
    never more than was paid there; it goes to the card.
    """
    now, request = context.clock.now(), once(caller, key, body)
    notice = notice_of(context.notices, body.county, body.coverage_year)
    check_place(caller, notice)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        new, asked = await recording.ask(conn, notice, body, caller, now)
        await record_lookup(
            conn, caller, operation="record_elsewhere_help", at=now, person_ids=[new.person_id]
        )
        out = ElsewhereAsked(
            elsewhere_help_id=new.id,
            approval_id=asked.approval_id,
            subsidies=[HelpingLine.model_validate(line) for line in new.lines],
            amount_fen=new.amount_fen,
        )
        return await answer(conn, request, out, 202)


@router.get("/elsewhere-helps", responses=problems(NOTICE_NOT_FOUND, OUTSIDE_DIVISION))
async def list_elsewhere_helps(
    county: CountyCode,
    coverage_year: CoverageYear,
    context: Context,
    caller: Reader,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> ElsewhereHelpPage:
    """List who of the own division is insured elsewhere and helped for it, what ended too. Audited."""
    check_place(caller, notice_of(context.notices, county, coverage_year))
    async with context.engine.begin() as conn:
        rows = await store.page(
            conn, (county, coverage_year), caller.division_range, number_after(after), limit
        )
        await record_lookup(
            conn,
            caller,
            operation="list_elsewhere_helps",
            at=context.clock.now(),
            person_ids=sorted({row.person_id for row in rows}),
        )
    more = str(rows[-1].id) if len(rows) == limit else None
    return ElsewhereHelpPage(items=[ElsewhereHelp.model_validate(row) for row in rows], next_after=more)


@router.post(
    "/elsewhere-helps/{elsewhere_help_id}/withdrawal",
    status_code=202,
    response_model=ReversalAsked,
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION, ELSEWHERE_NOT_STANDING, APPROVAL_WAITING, *_KEYS),
)
async def withdraw_elsewhere_help(
    elsewhere_help_id: Id, body: ElsewhereWithdrawal, context: Context, caller: Writer, key: Key
) -> Response:
    """Ask a second person to end such help; until they agree it stands. What was paid out is recovered."""
    now, request = context.clock.now(), once(caller, key, body)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        asked = await ending.ask(conn, elsewhere_help_id, body.reason, caller, now)
        people = [int(str(asked.payload["person_id"]))]
        await record_lookup(conn, caller, operation="withdraw_elsewhere_help", at=now, person_ids=people)
        return await answer(conn, request, ReversalAsked(approval_id=asked.approval_id), 202)
