"""Decides cases and approvals: what a service has registered for a step is carried out in one transaction."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import alerts_store, problems, store
from libs.common.cases.kinds import ApprovalState, CaseKind, CaseState
from libs.common.cases.store import ApprovalRow, CaseRow, NewApproval
from libs.common.security.access import check_division
from libs.common.security.caller import Caller
from libs.common.web.catalogue import NOT_FOUND, SCOPE_MISSING


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, by whom and why; `approved_by` is the second person."""

    step: str
    reason: str
    by: str
    at: datetime
    approved_by: str | None = None
    #: Whose the second person is, where the token says so.
    department: str = ""
    #: What the second person adds.
    note: str | None = None


#: What a step does: connection, context of the service, case, decision. A step without one does nothing.
Action = Callable[[AsyncConnection, Any, CaseRow, Decision], Awaitable[None]]
#: What has to be held before a case, or an approval, of a county is.
Hold = Callable[[AsyncConnection, str | None], Awaitable[None]]
#: What an approval without a case does.
Operation = Callable[[AsyncConnection, Any, ApprovalRow, Decision], Awaitable[None]]


@dataclass(frozen=True)
class Desk:
    """All kinds of cases of a service, what their steps do, and what else needs a second person."""

    kinds: Mapping[str, CaseKind]
    actions: Mapping[tuple[str, str], Action] = field(default_factory=dict)
    #: What refuses a step at once that cannot be taken: nobody is asked to agree to it.
    checks: Mapping[tuple[str, str], Action] = field(default_factory=dict)
    operations: Mapping[str, Operation] = field(default_factory=dict)
    #: What refusing an operation undoes, where anything was done before.
    refusals: Mapping[str, Operation] = field(default_factory=dict)
    #: Scopes that approving an operation needs, where it is not that of deciding cases.
    scopes: Mapping[str, str] = field(default_factory=dict)
    #: Scopes of which any suffices to say that an alert was seen, beside that of deciding cases.
    seeing: Collection[str] = ()
    #: What whoever opens and closes cases by events holds meanwhile: taken first here too, or both would wait
    #: for each other.
    hold: Hold | None = None
    #: What an operation has to hold before that, in the order in which other work takes both.
    first: Mapping[str, Callable[[AsyncConnection, ApprovalRow], Awaitable[object]]] = field(
        default_factory=dict
    )

    def __post_init__(self) -> None:
        for kind, step in self.actions:
            if kind not in self.kinds or self.kinds[kind].step(step) is None:
                raise ValueError(f"there is no step {step} about cases of the kind {kind}")


async def decide_case(
    conn: AsyncConnection,
    desk: Desk,
    context: object,
    case_id: int,
    decision: Decision,
    caller: Caller,
) -> ApprovalRow | None:
    """Take a step about a case; give the approval that it now waits for, if a second person is needed.

    Raises Problem 404, 403, 409 or 422.
    """
    if desk.hold is not None and (known := await store.one(conn, case_id)) is not None:
        await desk.hold(conn, known.county)
    case = await _held(conn, case_id, caller)
    if case.state != CaseState.OPEN:
        raise problems.CASE_NOT_OPEN.problem(state=case.state)
    kind = desk.kinds[case.kind]
    step = kind.step(decision.step)
    if step is None:
        raise problems.STEP_UNKNOWN.problem(known_steps=[known.code for known in kind.steps])
    if kind.alert is not None:
        await _see(conn, case, decision)
        return None
    if not step.two_persons:
        await _carry_out(conn, desk, context, case, decision)
        return None
    if (check := desk.checks.get((case.kind, step.code))) is not None:
        await check(conn, context, case, decision)
    return await ask_second(conn, _approval(case, decision))


async def acknowledge(
    conn: AsyncConnection, desk: Desk, case_id: int, seen: Decision, caller: Caller
) -> None:
    """Say that an alert was seen; it stays open until its cause is gone. Raises Problem 404, 403 or 409."""
    case = await _held(conn, case_id, caller)
    if desk.kinds[case.kind].alert is None:
        raise problems.NOT_AN_ALERT.problem()
    if case.state != CaseState.OPEN:
        raise problems.CASE_NOT_OPEN.problem(state=case.state)
    await _see(conn, case, seen)


async def _held(conn: AsyncConnection, case_id: int, caller: Caller) -> CaseRow:
    """Hold a case that the caller may see. Raises Problem 404 or 403."""
    case = await store.lock(conn, case_id)
    if case is None:
        raise NOT_FOUND.problem()
    check_division(caller, case.division_code)
    return case


async def _see(conn: AsyncConnection, case: CaseRow, seen: Decision) -> None:
    await alerts_store.acknowledge(conn, case.case_id, by=seen.by, at=seen.at, note=seen.reason)


async def ask_second(conn: AsyncConnection, approval: NewApproval) -> ApprovalRow:
    """Ask for a second person; nothing is done before. Raises Problem 409 when it was asked for already."""
    asked = await store.ask(conn, approval)
    if asked is None:
        raise problems.APPROVAL_WAITING.problem()
    return asked


async def decide_approval(
    conn: AsyncConnection,
    desk: Desk,
    context: object,
    approval_id: int,
    caller: Caller,
    *,
    agreed: bool,
    note: str | None,
    at: datetime,
    scope: str,
) -> None:
    """Agree as the second person, which carries it out, or refuse. Raises Problem 404, 403 or 409."""
    await _hold(conn, desk, await store.approval(conn, approval_id))
    asked = await store.lock_approval(conn, approval_id)
    if asked is None:
        raise NOT_FOUND.problem()
    check_division(caller, asked.division_code)
    needed = desk.scopes.get(asked.operation, scope)
    if not caller.may(needed):
        raise SCOPE_MISSING.problem(required_scope=needed)
    if asked.state != ApprovalState.WAITING:
        raise problems.APPROVAL_NOT_WAITING.problem(state=asked.state)
    if asked.asked_by == caller.subject:
        raise problems.SAME_PERSON.problem()
    state = ApprovalState.APPROVED if agreed else ApprovalState.REJECTED
    await store.end_approval(conn, approval_id, state, by=caller.subject, at=at, note=note)
    step = str(asked.payload.get("step", ""))
    decision = Decision(step, asked.reason, asked.asked_by, at, caller.subject, caller.department, note)
    if not agreed:
        if (undo := desk.refusals.get(asked.operation)) is not None:
            await undo(conn, context, asked, decision)
        return
    if asked.case_id is None:
        await desk.operations[asked.operation](conn, context, asked, decision)
        return
    case = await store.lock(conn, asked.case_id)
    assert case is not None, "cases are never deleted"
    await _carry_out(conn, desk, context, case, decision)


async def _hold(conn: AsyncConnection, desk: Desk, known: ApprovalRow | None) -> None:
    """Hold what an approval needs, in the order in which other work does."""
    if known is None:
        return
    if (first := desk.first.get(known.operation)) is not None:
        await first(conn, known)
    if desk.hold is not None:
        await desk.hold(conn, known.county)


async def _carry_out(
    conn: AsyncConnection, desk: Desk, context: object, case: CaseRow, decision: Decision
) -> None:
    step = desk.kinds[case.kind].step(decision.step)
    if step is not None and step.keeps_open:
        # The case waits on: who asked and why is what happened to it so far.
        await alerts_store.acknowledge(
            conn, case.case_id, by=decision.by, at=decision.at, note=decision.reason
        )
    else:
        await store.decide(
            conn, case.case_id, step=decision.step, reason=decision.reason, by=decision.by, at=decision.at
        )
    action = desk.actions.get((case.kind, decision.step))
    if action is not None:
        await action(conn, context, case, decision)


def _approval(case: CaseRow, decision: Decision) -> NewApproval:
    return NewApproval(
        operation=f"{case.kind}:{decision.step}",
        subject=case.subject,
        payload={"step": decision.step},
        reason=decision.reason,
        asked_by=decision.by,
        asked_at=decision.at,
        county=case.county,
        coverage_year=case.coverage_year,
        division_code=case.division_code,
        case_id=case.case_id,
    )
