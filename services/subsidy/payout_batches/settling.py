"""Takes in a bank's result file: all of it or nothing, and the same file only once."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.outbox import Cause
from libs.common.web.problems import FieldError, Problem
from services.subsidy.cards import store as cards_store
from services.subsidy.entitlements.facts import YearKey
from services.subsidy.grants.deciding import decide_again
from services.subsidy.payout_batches import contradicting, owing, results_store, store
from services.subsidy.payout_batches.files import ResultFileUnreadable, read_result_file
from services.subsidy.payout_batches.making import check_approved
from services.subsidy.payout_batches.problems import RESULTS_REFUSED
from services.subsidy.payout_batches.results_store import AttemptRow, ResultFileRow, Settled, SettledRefund
from services.subsidy.payout_batches.rules import (
    Outcome,
    ResultFault,
    ResultLine,
    SentAttempt,
    Settlement,
    judge,
    payout_no,
)
from services.subsidy.payout_batches.schemas import ResultsAnswer, Sum
from services.subsidy.payout_batches.telling import answers_told, ended_by
from services.subsidy.payouts import cards_store as cards_of_payouts
from services.subsidy.payouts.rules import TRANSITIONS, PayoutEvent, PayoutState
from services.subsidy.refunds.rules import TRANSITIONS as REFUND_TRANSITIONS
from services.subsidy.refunds.rules import RefundEvent, RefundState

_MOST_FAULTS = 100


async def take_results(
    conn: AsyncConnection, batch_id: int, content: bytes, by: str, at: datetime, cause: Cause
) -> ResultsAnswer:
    """Apply a result file to a batch that exists.

    Raises a problem that lists the lines at fault, and then nothing is applied.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    # People come before batches in the order of locks: whoever may lose a grant is decided again below.
    await cards_store.lock_persons(conn, _people(await results_store.attempts_of(conn, batch_id)))
    batch = await store.batch(conn, batch_id, lock=True)
    assert batch is not None, "batches are never deleted"
    check_approved(batch)
    earlier = await results_store.old_answer(conn, batch_id, sha256)
    if earlier is not None:
        return ResultsAnswer.model_validate(earlier).model_copy(update={"repeated": True})
    attempts = {
        payout_no(row.payout_id, row.attempt): row for row in await results_store.attempts_of(conn, batch_id)
    }
    try:
        file = read_result_file(content)
    except ResultFileUnreadable as error:
        raise _refused(error.faults) from None
    sent = {number: _sent(row) for number, row in attempts.items()}
    judged = judge(file.declared_count, file.declared_total_fen, file.lines, sent)
    if judged.faults:
        raise _refused(judged.faults)
    await _apply(conn, batch, judged.settlements, attempts, at, cause)
    await contradicting.keep(conn, batch_id, judged.contradictions, attempts, at, cause)
    after_all = [attempts[payout_no(against.payout_id, against.attempt)] for against in judged.contradictions]
    await decide_again(conn, years_of(after_all), at, cause)
    answer = _answer(batch_id, file.lines, len(judged.contradictions))
    kept = answer.model_dump(mode="json", exclude={"repeated"})
    await results_store.keep_answer(
        conn, ResultFileRow(batch.county, batch.coverage_year, batch_id, sha256, kept, by, at)
    )
    return answer


async def _apply(
    conn: AsyncConnection,
    batch: store.BatchRow,
    settlements: Sequence[Settlement],
    attempts: Mapping[str, AttemptRow],
    at: datetime,
    cause: Cause,
) -> None:
    about = [(s, attempts[payout_no(s.payout_id, s.attempt)]) for s in settlements]
    final = {settlement.payout_id: (settlement, row) for settlement, row in about}
    payouts: dict[int, PayoutState] = {}
    refunds: dict[int, RefundState] = {}
    for settlement, row in about:
        state = payouts.get(row.payout_id, PayoutState(row.state))
        payouts[row.payout_id] = _payout_after(state, settlement, row)
        if row.refund_id is not None:
            case = refunds.get(row.refund_id) or RefundState(row.refund_state or "")
            refunds[row.refund_id] = _refund_after(case, settlement, row)
    await results_store.settle(
        conn,
        [
            Settled(s.payout_id, s.attempt, s.outcome, s.reason, payouts[s.payout_id])
            for s, _ in final.values()
        ],
        [SettledRefund(refund_id, state) for refund_id, state in refunds.items()],
        at,
    )
    beside = await results_store.on_its_way(conn, ended_by(about))
    await outbox.append(conn, answers_told(batch.batch_id, about, beside, at, cause))
    returned = [row for settlement, row in final.values() if settlement.outcome is Outcome.RETURNED]
    await owing.ask(conn, returned, batch.created_at, at)
    back = [row for settlement, row in final.values() if settlement.outcome is not Outcome.PAID]
    await contradicting.end(conn, [row for row in back if row.paid_by is not None], at)
    await decide_again(conn, years_of(row for row in back if row.kind == "subsidy"), at, cause)
    await cards_of_payouts.find_cards(conn, person_ids=_people(back))


def _payout_after(state: PayoutState, settlement: Settlement, row: AttemptRow) -> PayoutState:
    """The state of a payout after an answer; money that left by another attempt is not sent once more."""
    after = TRANSITIONS.after(state, PayoutEvent(settlement.outcome.value))
    if settlement.outcome is Outcome.PAID or row.paid_by is None:
        return after
    return TRANSITIONS.after(after, PayoutEvent.PAID_AFTER_ALL)


def _refund_after(state: RefundState, settlement: Settlement, row: AttemptRow) -> RefundState:
    after = REFUND_TRANSITIONS.after(state, RefundEvent(settlement.outcome.value))
    if settlement.outcome is Outcome.PAID or row.paid_by is None:
        return after
    return REFUND_TRANSITIONS.after(after, RefundEvent.PAID_AFTER_ALL)


def years_of(rows: Iterable[AttemptRow]) -> set[YearKey]:
    """Whose help is decided anew: their grants may only have stood because their money was out."""
    return {
        YearKey(row.person_id, row.coverage_year)
        for row in rows
        if row.person_id is not None and row.coverage_year is not None
    }


def _people(rows: Iterable[AttemptRow]) -> set[int]:
    return {row.person_id for row in rows if row.person_id is not None}


def _sent(row: AttemptRow) -> SentAttempt:
    outcome = Outcome(row.outcome) if row.outcome else None
    return SentAttempt(row.payout_id, row.attempt, row.amount_fen, outcome)


def _answer(batch_id: int, lines: Sequence[ResultLine], contradictions: int) -> ResultsAnswer:
    sums = {
        outcome: Sum(
            count=sum(line.outcome == outcome for line in lines),
            amount_fen=sum(line.amount_fen for line in lines if line.outcome == outcome),
        )
        for outcome in Outcome
    }
    return ResultsAnswer(
        batch_id=batch_id,
        paid=sums[Outcome.PAID],
        failed=sums[Outcome.FAILED],
        returned=sums[Outcome.RETURNED],
        contradictions=contradictions,
    )


def _refused(faults: Sequence[ResultFault]) -> Problem:
    problem = RESULTS_REFUSED.problem(
        errors=[
            FieldError(f"#/lines/{fault.line}" if fault.line else "#/header", fault.detail, fault.detail_zh)
            for fault in faults[:_MOST_FAULTS]
        ]
    )
    if len(faults) > _MOST_FAULTS:
        problem.extensions["more_errors"] = len(faults) - _MOST_FAULTS
    return problem
