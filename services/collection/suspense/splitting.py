"""Two payments that together are exactly what one person owed: one case, and one step that applies both.

What was owed is looked up at the later instant of payment, for only then the due was paid. That line bears
the voucher; the other is a part of it.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import combinations

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import store as cases
from libs.common.cases.store import CaseRow, Gone, NewCase
from services.collection.cases.rules import SPLIT_PAYMENT
from services.collection.dues import schedules_store
from services.collection.dues.rules import Due
from services.collection.fitting.rules import Reason, Verdict, judge
from services.collection.matching import store as matching_store
from services.collection.matching.reading import again
from services.collection.matching.rules import Decision, Dues, Line, person_year
from services.collection.matching.settling import Settling
from services.collection.matching.store import KeptLine
from services.collection.problems import CANNOT_APPLY
from services.collection.suspense import store


async def show_splits(conn: AsyncConnection, decisions: Sequence[Decision]) -> None:
    """Open a case for pairs that fit together, and close those of persons who are paid for now."""
    paid = [one for one in decisions if one.due is not None and one.verdict.segment is not None]
    if paid:
        at = max(one.line.occurred_at for one in paid)
        gone = [Gone(SPLIT_PAYMENT.code, _subject(one.due)) for one in paid if one.due is not None]
        await cases.close_cases(conn, gone, at, "the person is paid for")
    wrong = {
        one.due.enrollment_id: one
        for one in decisions
        if one.due is not None and one.verdict.reason == Reason.WRONG_AMOUNT and one.line.doubt is None
    }
    waiting = await store.wrong_amounts(conn, sorted(wrong))
    opened = []
    for enrollment_id, one in wrong.items():
        assert one.due is not None
        pair = _pair(one.due, [line for line in waiting if line.enrollment_id == enrollment_id])
        if pair is not None:
            opened.append(_case(one.due, pair, one.line.occurred_at))
    await cases.open_cases(conn, opened)


async def apply_together(
    conn: AsyncConnection, settling: Settling, case: CaseRow, by: str, reason: str, at: datetime
) -> None:
    """Apply both lines of a case; raise Problem 409 when they do not fit any more."""
    await matching_store.hold_lease(conn)
    kept = [await matching_store.line(conn, *key) for key in _keys_of(case)]
    lines = sorted(_still_waiting(kept, at), key=lambda line: (line.paid_at, line.payment_id))
    due = await _due_of(conn, case)
    if due is None or len(lines) != 2:
        raise CANNOT_APPLY.problem(reason="not_payable")
    first, head = lines
    paid = bool(await matching_store.paid_people(conn, [person_year(due)]))
    verdict = judge(due, first.amount_fen + head.amount_fen, head.paid_at, paid=paid)
    if verdict.segment is None or head.amount_fen <= verdict.segment.add_on_due_fen:
        raise CANNOT_APPLY.problem(reason=str(verdict.reason or Reason.WRONG_AMOUNT))
    add_on = verdict.segment.add_on_due_fen
    decisions = [
        Decision(head, due, _part(verdict, head.amount_fen - add_on, None)),
        Decision(first, due, _part(verdict, first.amount_fen, (head.payment_id, head.line_no))),
    ]
    await settling.settle(conn, decisions, by=by, note=reason)


def _part(verdict: Verdict, own_fen: int, part_of: tuple[int, int] | None) -> Verdict:
    return Verdict(
        segment=verdict.segment,
        assessment_id=verdict.assessment_id,
        tier=verdict.tier,
        chosen=verdict.chosen and part_of is None,
        own_fen=own_fen,
        part_of=part_of,
    )


def _keys_of(case: CaseRow) -> list[tuple[int, int]]:
    found = case.evidence["lines"]
    assert isinstance(found, list)
    lines = [one for one in found if isinstance(one, dict)]
    return [(int(str(one["payment_id"])), int(str(one["line_no"]))) for one in lines]


def _still_waiting(kept: Sequence[KeptLine | None], at: datetime) -> list[Line]:
    lines = [again(one, at) for one in kept if one is not None and one.reason == Reason.WRONG_AMOUNT]
    return [line for line in lines if line is not None]


async def _due_of(conn: AsyncConnection, case: CaseRow) -> Due | None:
    assert case.person_id is not None
    found = Dues(await schedules_store.found(conn, [], [case.person_id]))
    wanted = [
        due for due in found.all() if due.county == case.county and due.coverage_year == case.coverage_year
    ]
    return max(wanted, key=lambda due: (due.state != "cancelled", due.enrollment_id), default=None)


def _pair(due: Due, lines: Sequence[store.WrongAmount]) -> tuple[store.WrongAmount, store.WrongAmount] | None:
    """The first two lines that together are what was owed at the later instant."""
    for first, second in combinations(lines, 2):
        together = first.amount_fen + second.amount_fen
        if judge(due, together, max(first.paid_at, second.paid_at), paid=False).segment is not None:
            return first, second
    return None


def _subject(due: Due) -> str:
    return f"persons/{due.person_id}/{due.coverage_year}"


def _case(due: Due, pair: tuple[store.WrongAmount, store.WrongAmount], at: datetime) -> NewCase:
    lines: list[JsonValue] = [
        {
            "payment_id": line.payment_id,
            "line_no": line.line_no,
            "amount_fen": line.amount_fen,
            "paid_at": line.paid_at.isoformat(),
        }
        for line in pair
    ]
    return NewCase(
        kind=SPLIT_PAYMENT.code,
        subject=_subject(due),
        owner=SPLIT_PAYMENT.owner,
        proposed=SPLIT_PAYMENT.steps[0].code,
        opened_at=at,
        evidence={"lines": lines},
        county=due.county,
        coverage_year=due.coverage_year,
        division_code=due.division_code,
        person_id=due.person_id,
        amount_fen=sum(line.amount_fen for line in pair),
    )
