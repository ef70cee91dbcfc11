"""Carries what the bank answered for refunds over to payment lines, each answer once and in its turn."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.store import Gone, NewCase, close_cases, open_cases
from libs.common.events.subsidy import RefundSettled
from libs.common.web.schemas import shanghai
from services.collection.cases.rules import REFUND_EXCEEDS
from services.collection.refunds import store
from services.collection.refunds.parting import change_lines
from services.collection.refunds.rules import LineMoney, Refund, settle
from services.collection.refunds.store import ChangedLine
from services.collection.suspense.splitting import ask_about_splits


async def carry_over(conn: AsyncConnection, facts: Sequence[RefundSettled], at: datetime) -> None:
    """Change the lines that the answers, told at `at`, speak of. The caller holds the lease."""
    for told in _rounds(facts):
        lines = await store.lines(conn, [(fact.payment_id, fact.line_no) for fact in told])
        known = await store.known(conn, [fact.refund_id for fact in told])
        changed, news = [], []
        cases: list[NewCase] = []
        for fact in told:
            line, refund = lines.get((fact.payment_id, fact.line_no)), _refund(fact)
            before = known.get(fact.refund_id)
            if line is None or (before is not None and before.turn >= refund.turn):
                continue
            after, refund = settle(line, before, refund)
            news.append(refund)
            changed.append(_changed(line, after, fact))
            if refund.excess_fen:
                cases.append(_too_much(line, refund, at))
        await store.write(conn, news)
        await change_lines(conn, changed, at)
        people = {line.person_id for line in lines.values() if line.person_id is not None}
        await ask_about_splits(conn, people, at)
        back = [Gone(REFUND_EXCEEDS.code, _subject(one)) for one in news if one.outcome == "returned"]
        await close_cases(conn, back, at, "the refund came back")
        await open_cases(conn, cases)


def _rounds(facts: Sequence[RefundSettled]) -> list[list[RefundSettled]]:
    """Sort answers into rounds that speak of each line once, in order (mostly that is one round).

    A refund that failed has changed nothing.
    """
    rounds: list[dict[tuple[int, int], RefundSettled]] = []
    turn: Counter[tuple[int, int]] = Counter()
    for fact in facts:
        if fact.outcome == "failed":
            continue
        key = (fact.payment_id, fact.line_no)
        if turn[key] == len(rounds):
            rounds.append({})
        rounds[turn[key]][key] = fact
        turn[key] += 1
    return [[told[key] for key in sorted(told)] for told in rounds]


def _refund(fact: RefundSettled) -> Refund:
    return Refund(
        refund_id=fact.refund_id,
        payment_id=fact.payment_id,
        line_no=fact.line_no,
        attempt=fact.attempt,
        outcome=fact.outcome,
        amount_fen=fact.amount_fen,
        withdraws=fact.withdraws,
        settled_at=fact.settled_at,
    )


def _subject(refund: Refund) -> str:
    return f"refunds/{refund.refund_id}"


def _too_much(line: LineMoney, refund: Refund, at: datetime) -> NewCase:
    """More went to a card than was left: somebody has to get the difference back."""
    return NewCase(
        kind=REFUND_EXCEEDS.code,
        subject=_subject(refund),
        owner=REFUND_EXCEEDS.owner,
        proposed=REFUND_EXCEEDS.steps[0].code,
        opened_at=at,
        evidence={
            "payment_id": line.payment_id,
            "line_no": line.line_no,
            "refunded_fen": refund.amount_fen,
            "left_fen": refund.amount_fen - refund.excess_fen,
            "settled_at": shanghai(refund.settled_at),
        },
        county=line.county,
        coverage_year=line.coverage_year,
        division_code=line.division_code,
        person_id=line.person_id,
        amount_fen=refund.excess_fen,
    )


def _changed(before: LineMoney, after: LineMoney, fact: RefundSettled) -> ChangedLine:
    ended = before.state == "applied" and after.state != "applied"
    return ChangedLine(
        payment_id=after.payment_id,
        line_no=after.line_no,
        state=after.state,
        reason=after.reason,
        refunded_fen=after.refunded_fen,
        refunded_at=fact.settled_at if after.refunded_fen else None,
        void_reason="refunded" if ended else None,
        changed_at=fact.settled_at,
        refund_id=fact.refund_id,
        refund_attempt=fact.attempt,
        refund_outcome=fact.outcome,
    )
