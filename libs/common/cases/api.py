"""HTTP of cases and approvals: the same operations in every service."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import alerts_store, lists_store, store
from libs.common.cases import problems as reasons
from libs.common.cases.deciding import Decision, Desk, acknowledge, decide_approval, decide_case
from libs.common.cases.kinds import ApprovalState, CaseState
from libs.common.cases.lists_store import Wanted
from libs.common.cases.schemas import (
    Acknowledgement,
    Approval,
    ApprovalDecision,
    ApprovalPage,
    Case,
    CaseDecided,
    CaseDecision,
    CaseNews,
    CaseNewsPage,
    CasePage,
    CaseTotals,
)
from libs.common.cases.showing import ALERTS, alerts_seen, shown, total
from libs.common.cases.store import CaseRow
from libs.common.security.access import check_division, require, require_any
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.service import AnyContext
from libs.common.web.app import context_of
from libs.common.web.catalogue import (
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    NOT_FOUND,
    OUTSIDE_DIVISION,
)
from libs.common.web.idempotency import IdempotencyKey, Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.schemas import CountyCode, CoverageYear, Id, Limit, NumberAfter, number_after

TAG = {"name": "cases", "description": "What a person has to decide, and what waits for a second one."}

Context = Annotated[AnyContext, Depends(context_of)]
_KEYS = (IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED)
_GONE = (NOT_FOUND, OUTSIDE_DIVISION)


def case_router(desk: Desk, service: str, *, decide: str) -> APIRouter:
    """Make the router of a service's cases; `decide` is the scope that deciding them needs."""
    router = APIRouter(prefix="/v1", tags=["cases"])
    reader: Any = Annotated[Caller, require(f"{service}:read")]
    seer: Any = Annotated[Caller, require_any(f"{service}:read", ALERTS)]
    decider: Any = Annotated[Caller, require(decide)]
    watcher: Any = Annotated[Caller, require_any(decide, *desk.seeing)]
    # Who may approve depends on what is asked for, and is looked at there.
    agreeing = (f"{service}:read", *sorted(set(desk.scopes.values())))
    approver: Any = Annotated[Caller, require_any(*agreeing)] if desk.scopes else decider
    _listing(router, desk, service, seer)
    _seeing(router, desk, service, seer, reader)
    _telling(router, service, reader)
    _seeing_to(router, desk, service, watcher)
    _deciding(router, desk, service, decider)
    _listing_approvals(router, service)
    _approving(router, desk, service, approver, decide)
    return router


def _listing(router: APIRouter, desk: Desk, service: str, reader: Any) -> None:
    @router.get("/cases", name=f"list_{service}_cases", summary="List cases and alerts, oldest first")
    async def list_cases(
        caller: reader,
        context: Context,
        state: CaseState | None = CaseState.OPEN,
        kind: Annotated[str | None, Query(max_length=60)] = None,
        owner: Annotated[str | None, Query(max_length=60)] = None,
        county: CountyCode | None = None,
        coverage_year: CoverageYear | None = None,
        person_id: Id | None = None,
        alert: Annotated[bool | None, Query(description="alerts alone, or none of them")] = None,
        after: NumberAfter = None,
        limit: Limit = 100,
    ) -> CasePage:
        only, place = alerts_seen(caller, service, alert), _wanted(caller, state, county, coverage_year)
        wanted = replace(place, kind=kind, owner=owner, person_id=person_id, alert=only)
        now = context.clock.now()
        async with context.engine.begin() as conn:
            rows = await lists_store.page(conn, wanted, number_after(after), limit)
            people = sorted({row.person_id for row in rows if row.person_id is not None})
            await record_lookup(conn, caller, operation="list_cases", at=now, person_ids=people)
        more = str(rows[-1].case_id) if len(rows) == limit else None
        return CasePage(items=[shown(desk, row, now) for row in rows], next_after=more)


def _seeing(router: APIRouter, desk: Desk, service: str, seer: Any, reader: Any) -> None:
    @router.get(
        "/cases/totals",
        name=f"total_{service}_cases",
        summary="Count open cases and alerts by kind, with their money and age",
    )
    async def total_cases(
        caller: seer,
        context: Context,
        county: CountyCode | None = None,
        coverage_year: CoverageYear | None = None,
        alert: Annotated[bool | None, Query(description="alerts alone, or none of them")] = None,
    ) -> CaseTotals:
        only = alerts_seen(caller, service, alert)
        wanted = replace(_wanted(caller, CaseState.OPEN, county, coverage_year), alert=only)
        async with context.engine.connect() as conn:
            rows = await lists_store.counts(conn, wanted)
        return CaseTotals(items=[total(desk, row) for row in rows])

    @router.get(
        "/cases/{case_id}", name=f"get_{service}_case", summary="See a case", responses=problems(*_GONE)
    )
    async def get_case(case_id: Id, caller: reader, context: Context) -> Case:
        async with context.engine.begin() as conn:
            return await _seen(conn, desk, case_id, caller, "get_case", context.clock.now())


def _telling(router: APIRouter, service: str, reader: Any) -> None:
    @router.get(
        "/cases/{case_id}/news",
        name=f"list_{service}_case_news",
        summary="What happened to an alert: raised, seen by whom, resolved; who asked about a case, and why",
        responses=problems(*_GONE),
    )
    async def list_case_news(case_id: Id, caller: reader, context: Context) -> CaseNewsPage:
        async with context.engine.begin() as conn:
            await _row(conn, case_id, caller, "list_case_news", context.clock.now())
            rows = await alerts_store.history(conn, case_id)
        return CaseNewsPage(items=[CaseNews.model_validate(row) for row in rows])


def _seeing_to(router: APIRouter, desk: Desk, service: str, watcher: Any) -> None:
    @router.post(
        "/cases/{case_id}/acknowledgement",
        name=f"acknowledge_{service}_alert",
        summary="Say that an alert was seen, and what is done about it",
        responses=problems(
            *_GONE, reasons.NOT_AN_ALERT, reasons.CASE_NOT_OPEN.problem(state="closed"), *_KEYS
        ),
        response_model=Case,
    )
    async def acknowledge_alert(
        case_id: Id, note: Acknowledgement, caller: watcher, key: Key, context: Context
    ) -> Response:
        wanted, now = once(caller, key, note), context.clock.now()
        async with context.engine.begin() as conn:
            if (before := await answered(conn, wanted, now)) is not None:
                return before
            await acknowledge(conn, desk, case_id, Decision("noted", note.note, caller.subject, now), caller)
            case = await _seen(conn, desk, case_id, caller, "acknowledge_alert", now)
            return await answer(conn, wanted, case, 200)


def _deciding(router: APIRouter, desk: Desk, service: str, decider: Any) -> None:
    @router.post(
        "/cases/{case_id}/decision",
        name=f"decide_{service}_case",
        summary="Decide a case, or say that an alert was seen",
        description="A step that needs two persons then waits for an approval; an alert is seen by it.",
        responses=problems(
            *_GONE,
            reasons.CASE_NOT_OPEN.problem(state="closed"),
            reasons.STEP_UNKNOWN.problem(known_steps=["keep", "withdraw"]),
            reasons.APPROVAL_WAITING,
            *_KEYS,
        ),
        response_model=CaseDecided,
    )
    async def decide_a_case(
        case_id: Id, decision: CaseDecision, caller: decider, key: Key, context: Context
    ) -> Response:
        wanted, now = once(caller, key, decision), context.clock.now()
        async with context.engine.begin() as conn:
            if (before := await answered(conn, wanted, now)) is not None:
                return before
            made = Decision(decision.step, decision.reason, caller.subject, now)
            asked = await decide_case(conn, desk, context, case_id, made, caller)
            case = await _seen(conn, desk, case_id, caller, "decide_case", now)
            decided = CaseDecided(
                case=case, approval=Approval.model_validate(asked) if asked is not None else None
            )
            return await answer(conn, wanted, decided, 200)


def _listing_approvals(router: APIRouter, service: str) -> None:
    @router.get("/approvals", name=f"list_{service}_approvals", summary="List what waits for a second person")
    async def list_approvals(
        caller: Annotated[Caller, require()],
        context: Context,
        state: ApprovalState | None = ApprovalState.WAITING,
        county: CountyCode | None = None,
        coverage_year: CoverageYear | None = None,
        after: NumberAfter = None,
        limit: Limit = 100,
    ) -> ApprovalPage:
        """List what callers asked for themselves; with the scope to read also others' of their division."""
        wanted, now = _wanted(caller, state, county, coverage_year), context.clock.now()
        own = not caller.may(f"{service}:read")
        async with context.engine.begin() as conn:
            place = number_after(after)
            rows = await lists_store.approvals(conn, wanted, place, limit, caller.subject, own=own)
            await record_lookup(conn, caller, operation="list_approvals", at=now)
        more = str(rows[-1].approval_id) if len(rows) == limit else None
        return ApprovalPage(items=[Approval.model_validate(row) for row in rows], next_after=more)


def _approving(router: APIRouter, desk: Desk, service: str, approver: Any, scope: str) -> None:
    refusals = problems(
        *_GONE, reasons.SAME_PERSON, reasons.APPROVAL_NOT_WAITING.problem(state="approved"), *_KEYS
    )

    @router.post(
        "/approvals/{approval_id}/approve",
        name=f"approve_{service}_approval",
        summary="Agree to what another person asked for; it is carried out",
        responses=refusals,
        response_model=Approval,
    )
    async def agree(
        approval_id: Id, note: ApprovalDecision, caller: approver, key: Key, context: Context
    ) -> Response:
        return await _answer(context, desk, caller, key, approval_id, note, scope, agreed=True)

    @router.post(
        "/approvals/{approval_id}/reject",
        name=f"reject_{service}_approval",
        summary="Refuse what another person asked for",
        responses=refusals,
        response_model=Approval,
    )
    async def refuse(
        approval_id: Id, note: ApprovalDecision, caller: approver, key: Key, context: Context
    ) -> Response:
        return await _answer(context, desk, caller, key, approval_id, note, scope, agreed=False)


async def _answer(
    context: AnyContext,
    desk: Desk,
    caller: Caller,
    key: IdempotencyKey,
    approval_id: int,
    note: ApprovalDecision,
    scope: str,
    *,
    agreed: bool,
) -> Response:
    wanted, now = once(caller, key, note), context.clock.now()
    async with context.engine.begin() as conn:
        if (before := await answered(conn, wanted, now)) is not None:
            return before
        await decide_approval(
            conn, desk, context, approval_id, caller, agreed=agreed, note=note.note, at=now, scope=scope
        )
        approval = Approval.model_validate(await store.approval(conn, approval_id))
        about = f"{approval.operation} of {approval.subject}"
        operation = "approve_approval" if agreed else "reject_approval"
        await record_lookup(conn, caller, operation=operation, at=now, purpose=about)
        return await answer(conn, wanted, approval, 200)


async def _seen(
    conn: AsyncConnection, desk: Desk, case_id: int, caller: Caller, operation: str, now: datetime
) -> Case:
    return shown(desk, await _row(conn, case_id, caller, operation, now), now)


async def _row(conn: AsyncConnection, case_id: int, caller: Caller, operation: str, now: datetime) -> CaseRow:
    row = await store.one(conn, case_id)
    if row is None:
        raise NOT_FOUND.problem()
    check_division(caller, row.division_code)
    people = [row.person_id] if row.person_id is not None else []
    await record_lookup(conn, caller, operation=operation, at=now, person_ids=people)
    return row


def _wanted(
    caller: Caller,
    state: CaseState | ApprovalState | None,
    county: str | None,
    coverage_year: int | None,
) -> Wanted:
    lowest, highest = caller.division_range
    return Wanted(
        state=state.value if state is not None else None,
        county=county,
        coverage_year=coverage_year,
        division=caller.division,
        lowest=lowest,
        highest=highest,
    )
