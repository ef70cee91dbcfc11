"""Gives lines in suspense their place by an officer's decision, within the same rules as the matcher.

One line alone, or two that together are what was owed: the later one, with which the due was paid, bears the
voucher, and the other is a part of it.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.store import CaseRow
from libs.common.security.access import check_division
from libs.common.security.caller import Caller
from libs.common.web.catalogue import NOT_FOUND
from services.collection.channel_refunds import store as channel_refunds
from services.collection.channel_refunds.problems import UNDER_WAY
from services.collection.fitting.rules import Reason
from services.collection.matching import store as matching_store
from services.collection.matching.judging import judged
from services.collection.matching.lease_store import hold_lease
from services.collection.matching.matching import follow_up
from services.collection.matching.reading import again
from services.collection.matching.rules import Decision, Line, Named
from services.collection.matching.settling import Settling
from services.collection.matching.store import KeptLine
from services.collection.problems import CANNOT_APPLY, LINE_NOT_SUSPENDED
from services.collection.suspense import store
from services.collection.suspense.rules import WHY
from services.collection.suspense.store import AppliedLine


@dataclass(frozen=True, slots=True)
class Assignment:
    """An operator's decision about one line. Without a person the line is judged as the channel named it."""

    payment_id: int
    line_no: int
    person_id: int | None
    county: str | None
    coverage_year: int | None
    note: str | None


async def apply_line(
    conn: AsyncConnection, settling: Settling, assignment: Assignment, caller: Caller, now: datetime
) -> AppliedLine:
    """Apply the line or raise Problem 404, 403 or 409; the caller's transaction commits it."""
    await hold_lease(conn)
    found = await matching_store.lines(conn, [(assignment.payment_id, assignment.line_no)])
    if not found:
        raise NOT_FOUND.problem()
    (kept,) = found
    check_division(caller, kept.division_code)
    decision = await _fitting(conn, settling, kept, assignment, now, caller)
    await settling.settle(conn, [decision], by=caller.subject, note=assignment.note)
    await follow_up(conn, [decision])
    applied = await store.applied(conn, kept.payment_id, kept.line_no)
    assert applied is not None, "it was applied just now"
    return applied


async def _fitting(
    conn: AsyncConnection,
    settling: Settling,
    kept: KeptLine,
    assignment: Assignment,
    now: datetime,
    caller: Caller | None = None,
) -> Decision:
    """Where a line goes by a decision about it. Raises Problem 409 where it fits or waits no more.

    A `caller` is told nothing about somebody elsewhere, not even why the money is not theirs: 403.
    """
    if kept.giving_back:
        before = await channel_refunds.under_way(conn, kept.payment_id, kept.line_no)
        raise UNDER_WAY.problem(request_no=before.request_no if before else None)
    line = again(kept, now)
    if line is None:
        raise LINE_NOT_SUSPENDED.problem(state=kept.state)
    (decision,) = await judged(conn, [_assigned(line, assignment)], settling.terms)
    if caller is not None and decision.due is not None:
        check_division(caller, decision.due.division_code)
    reason = decision.verdict.reason
    if reason is not None:
        raise CANNOT_APPLY.problem(*WHY.get(reason, (None, None)), reason=str(reason))
    return decision


async def fits(conn: AsyncConnection, settling: Settling, assignment: Assignment, now: datetime) -> Decision:
    """Say where a line would go. Raises Problem 404 or 409. The caller holds the lease."""
    found = await matching_store.lines(conn, [(assignment.payment_id, assignment.line_no)])
    if not found:
        raise NOT_FOUND.problem()
    return await _fitting(conn, settling, found[0], assignment, now)


async def apply_by_case(
    conn: AsyncConnection, settling: Settling, assignment: Assignment, by: str, now: datetime
) -> None:
    """Apply a line as a case has it decided. Raises Problem 404 or 409. The caller holds the lease."""
    decision = await fits(conn, settling, assignment, now)
    await settling.settle(conn, [decision], by=by, note=assignment.note)
    await follow_up(conn, [decision])


async def apply_together(
    conn: AsyncConnection, settling: Settling, case: CaseRow, by: str, reason: str, at: datetime
) -> None:
    """Apply all lines of a case; raise Problem 409 when they do not fit any more.

    Whether the household is whole is not asked: the rest of it may have paid in parts, too. The caller holds
    the lease.
    """
    waiting = await _waiting(conn, case, "lines", Reason.WRONG_AMOUNT, at)
    waiting.sort(key=lambda line: (line.paid_at, line.payment_id))
    named = case.evidence["lines"]
    if not isinstance(named, list) or len(waiting) != len(named):
        raise CANNOT_APPLY.problem(reason="not_payable")
    *others, head = waiting
    whole = replace(_of(head, case.person_id), amount_fen=sum(line.amount_fen for line in waiting))
    (decision,) = await judged(conn, [whole], settling.terms, whole_households=False)
    verdict = decision.verdict
    if verdict.segment is None or head.amount_fen <= verdict.segment.add_on_due_fen:
        why = verdict.reason or Reason.WRONG_AMOUNT
        raise CANNOT_APPLY.problem(*WHY.get(why, (None, None)), reason=str(why))
    own_fen = head.amount_fen - verdict.segment.add_on_due_fen
    part = replace(verdict, chosen=False, part_of=(head.payment_id, head.line_no))
    decisions = [
        Decision(head, decision.due, replace(verdict, own_fen=own_fen)),
        *(Decision(line, decision.due, replace(part, own_fen=line.amount_fen)) for line in others),
    ]
    await settling.settle(conn, decisions, by=by, note=reason)
    await follow_up(conn, decisions)


async def apply_waiting(
    conn: AsyncConnection, settling: Settling, case: CaseRow, by: str, reason: str, at: datetime
) -> None:
    """Apply what waits for a household, without those who are missing; raise Problem 409 if nothing fits.

    The caller holds the lease.
    """
    waiting = await _waiting(conn, case, "waiting", Reason.HOUSEHOLD_INCOMPLETE, at)
    decisions = await judged(conn, waiting, settling.terms, whole_households=False)
    if not any(one.verdict.applied for one in decisions):
        raise CANNOT_APPLY.problem(reason="not_payable")
    await settling.settle(conn, decisions, by=by, note=reason)
    await follow_up(conn, decisions)


async def _waiting(
    conn: AsyncConnection, case: CaseRow, name: str, reason: Reason, at: datetime
) -> list[Line]:
    """The lines that a case names, as far as they still wait with this reason."""
    named = case.evidence[name]
    assert isinstance(named, list)
    keys = [(int(str(one["payment_id"])), int(str(one["line_no"]))) for one in named if isinstance(one, dict)]
    kept = [again(one, at) for one in await matching_store.lines(conn, keys) if one.reason == reason]
    return [line for line in kept if line is not None]


def _assigned(line: Line, assignment: Assignment) -> Line:
    """Put the operator's word above the channel's: the person named stands whatever number and name came."""
    line = replace(
        line,
        county=assignment.county or line.county,
        coverage_year=assignment.coverage_year or line.coverage_year,
    )
    return _of(line, assignment.person_id)


def _of(line: Line, person_id: int | None) -> Line:
    if person_id is None:
        return line
    named = Named(None, None, line.named.masked_id, line.named.masked_name)
    return replace(line, person_id=person_id, named=named)
