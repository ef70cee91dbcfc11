"""HTTP of refunds: cases are requested by one person and decided by another."""

from dataclasses import replace
from datetime import datetime

from fastapi import APIRouter, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.deciding import decide_approval
from libs.common.clock import business_date
from libs.common.identity import IdentityNumberInvalid, identify
from libs.common.security.access import check_division
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.web import idempotency
from libs.common.web.catalogue import (
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    INVALID_REQUEST,
    NOT_FOUND,
    OUTSIDE_DIVISION,
)
from libs.common.web.idempotency import IdempotencyKey, Key
from libs.common.web.openapi import problems
from libs.common.web.problems import FieldError
from libs.common.web.schemas import Id, Limit, NumberAfter, number_after
from services.subsidy.assembly import SubsidyContext
from services.subsidy.cards import store as cards_store
from services.subsidy.cases.deciding import DESK
from services.subsidy.entitlements.facts import LineKey
from services.subsidy.refunds import money_store, store
from services.subsidy.refunds.deciding import lock
from services.subsidy.refunds.money_store import LineAndMoney
from services.subsidy.refunds.problems import (
    ALREADY_DECIDED,
    BY_CHANNEL,
    LINE_UNKNOWN,
    NOT_COVERED,
    NOT_IN_TIME,
    NOT_PROVIDED,
    ONE_WAITS,
    OWN_REQUEST,
    PROOFS_MISSING,
    REPAIR_USED,
    REPAIR_WHOLE,
    UNPLACED,
)
from services.subsidy.refunds.providing import Ground, Stated, ground_of
from services.subsidy.refunds.requesting import Asked, request_refund
from services.subsidy.refunds.rules import RefundState
from services.subsidy.refunds.schemas import Refund, RefundDecision, RefundPage, RefundRequest
from services.subsidy.requests import Approver, Asker, Context, OfCounty, OfYear, Reader

router = APIRouter(tags=["refunds"])

_DECIDED = (
    NOT_FOUND,
    OUTSIDE_DIVISION,
    OWN_REQUEST,
    ALREADY_DECIDED.problem(state="paid"),
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
)


@router.post(
    "/v1/refunds",
    summary="Request a refund of a payment line",
    description=(
        "Capped by the line's money net of earlier refunds and of what was reimbursed to the card. A second "
        "payment of the same year needs no request: its case is opened by itself. Another person decides it."
    ),
    responses=problems(
        LINE_UNKNOWN,
        OUTSIDE_DIVISION,
        NOT_COVERED.problem(left_fen=0),
        BY_CHANNEL.problem(request_no="CR2020121610000000000000000001"),
        ONE_WAITS.problem(refund_id=3),
        NOT_PROVIDED.problem(rule="default_deny", clause="七(二)"),
        NOT_IN_TIME.problem(clause="七(二)"),
        PROOFS_MISSING.problem(clause="七(二)", missing=["death-certificate"]),
        REPAIR_WHOLE,
        REPAIR_USED.problem(cover_from="2027-04-01"),
        IDEMPOTENCY_KEY_MISSING,
        IDEMPOTENCY_KEY_REUSED,
    ),
    status_code=201,
    response_model=Refund,
)
async def create_refund(request: RefundRequest, caller: Asker, key: Key, context: Context) -> Response:
    once, now = idempotency.once(caller, key, request), context.clock.now()
    asked = Asked(
        reason=request.reason,
        by=caller.subject,
        at=now,
        amount_fen=request.amount_fen,
        county=request.county,
        coverage_year=request.coverage_year,
        payee_digest=_payee_digest(request.payee_id_number, context),
        exceptional=bool(request.exceptional),
    )
    async with context.engine.begin() as conn:
        if (before := await idempotency.answered(conn, once, now)) is not None:
            return before
        line = await money_store.line(conn, LineKey(request.payment_id, request.line_no))
        if line is None:
            raise LINE_UNKNOWN.problem()
        check_division(caller, line.division_code)
        ground = _ground(context, line, request, now)
        if line.person_id is not None:
            await cards_store.lock_persons(conn, [line.person_id])
        refund_id = await request_refund(conn, line.key, replace(asked, ground=ground))
        shown = await _shown(conn, refund_id, caller, "create_refund", now)
        return await idempotency.answer(conn, once, shown)


@router.get("/v1/refunds", summary="List refund cases")
async def list_refunds(
    caller: Reader,
    context: Context,
    state: RefundState | None = None,
    county: OfCounty = None,
    coverage_year: OfYear = None,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> RefundPage:
    async with context.engine.begin() as conn:
        rows = await store.list_refunds(
            conn,
            after=number_after(after),
            state=state,
            county=county,
            coverage_year=coverage_year,
            division=caller.division,
            division_range=caller.division_range,
            limit=limit,
        )
        people = sorted({row.person_id for row in rows if row.person_id is not None})
        await record_lookup(conn, caller, operation="list_refunds", at=context.clock.now(), person_ids=people)
    more = str(rows[-1].refund_id) if len(rows) == limit else None
    return RefundPage(items=[Refund.model_validate(row) for row in rows], next_after=more)


@router.get(
    "/v1/refunds/{refund_id}", summary="See a refund case", responses=problems(NOT_FOUND, OUTSIDE_DIVISION)
)
async def get_refund(refund_id: Id, caller: Reader, context: Context) -> Refund:
    async with context.engine.begin() as conn:
        return await _shown(conn, refund_id, caller, "get_refund", context.clock.now())


@router.post(
    "/v1/refunds/{refund_id}/approve",
    summary="Approve a refund that somebody else requested",
    description=(
        "Its money goes to the person's social-security card with the next payout batch. When it gives back "
        "all of a contribution, the help that rested on it is taken back."
    ),
    responses=problems(*_DECIDED, NOT_COVERED.problem(left_fen=8000), UNPLACED),
    response_model=Refund,
)
async def approve(
    refund_id: Id, decision: RefundDecision, caller: Approver, key: Key, context: Context
) -> Response:
    return await _decide(context, caller, key, refund_id, decision, agreed=True)


@router.post(
    "/v1/refunds/{refund_id}/reject",
    summary="Reject a refund that somebody else requested",
    responses=problems(*_DECIDED),
    response_model=Refund,
)
async def reject(
    refund_id: Id, decision: RefundDecision, caller: Approver, key: Key, context: Context
) -> Response:
    return await _decide(context, caller, key, refund_id, decision, agreed=False)


async def _decide(
    context: SubsidyContext,
    caller: Caller,
    key: IdempotencyKey,
    refund_id: int,
    decision: RefundDecision,
    *,
    agreed: bool,
) -> Response:
    once, now = idempotency.once(caller, key, decision), context.clock.now()
    async with context.engine.begin() as conn:
        if (before := await idempotency.answered(conn, once, now)) is not None:
            return before
        approval_id = await _waiting(conn, refund_id, caller)
        await decide_approval(
            conn, DESK, context, approval_id, caller,
            agreed=agreed, note=decision.note, at=now, scope="subsidy:approve",
        )  # fmt: skip
        operation = "approve_refund" if agreed else "reject_refund"
        shown = await _shown(conn, refund_id, caller, operation, now)
        return await idempotency.answer(conn, once, shown, 200)


async def _waiting(conn: AsyncConnection, refund_id: int, caller: Caller) -> int:
    """The approval that a refund waits for; raise a problem where the caller cannot give it."""
    case = await store.refund(conn, refund_id)
    if case is None:
        raise NOT_FOUND.problem()
    check_division(caller, case.division_code)
    if case.requested_by == caller.subject:
        raise OWN_REQUEST.problem()
    await lock(conn, case)
    case = await store.refund(conn, refund_id) or case
    if case.approval_id is None:
        raise ALREADY_DECIDED.problem(state=case.state)
    return case.approval_id


async def _shown(
    conn: AsyncConnection, refund_id: int, caller: Caller, operation: str, at: datetime
) -> Refund:
    case = await store.refund(conn, refund_id)
    if case is None:
        raise NOT_FOUND.problem()
    check_division(caller, case.division_code)
    people = [case.person_id] if case.person_id is not None else []
    await record_lookup(conn, caller, operation=operation, at=at, person_ids=people)
    return Refund.model_validate(case)


def _ground(context: SubsidyContext, line: LineAndMoney, asked: RefundRequest, now: datetime) -> Ground:
    """What the notice has to do with it; money that is nobody's contribution goes back whatever it says."""
    notice = context.notices.get((line.county or "", line.coverage_year or 0))
    rule = notice.refunds if notice is not None and line.state == "applied" else None
    payee = asked.payee_id_number is not None
    by_another = line.payer_digest is not None or line.employee_fund is not None
    stated = Stated(asked.ground, asked.proofs, bool(asked.exceptional), payee, by_another)
    return ground_of(rule, stated, line.paid_at, now)


def _payee_digest(number: str | None, context: SubsidyContext) -> str | None:
    if number is None:
        return None
    try:
        return context.digests.document(identify(number, business_date(context.clock.now())))
    except IdentityNumberInvalid as error:
        raise INVALID_REQUEST.problem(
            errors=[FieldError("#/payee_id_number", str(error), error.message_zh)]
        ) from None
