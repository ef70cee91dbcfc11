"""Takes in a bank's result file: all of it or nothing, and the same file only once."""

import asyncio
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bank_files.answers import (
    Outcome,
    ResultFault,
    ResultFile,
    ResultLine,
    declared_faults,
    of_number,
)
from libs.common.bank_files.layouts import GENERIC, ResultLayout
from libs.common.bank_files.reading import ResultFileUnreadable, read_result_file
from libs.common.bank_files.refusing import refused
from libs.common.bus import outbox
from libs.common.bus.outbox import Cause
from services.subsidy.cards import store as cards_store
from services.subsidy.entitlements.facts import YearKey
from services.subsidy.grants.deciding import decide_again
from services.subsidy.payout_batches import answers_store, contradicting, owing, results_store, store
from services.subsidy.payout_batches.making import check_approved
from services.subsidy.payout_batches.problems import RESULTS_REFUSED
from services.subsidy.payout_batches.results_store import AttemptRow, ResultFileRow, Settled, SettledRefund
from services.subsidy.payout_batches.rules import (
    Judged,
    SentAttempt,
    Settlement,
    answers_kept,
    judge,
    numbered,
    payout_no,
)
from services.subsidy.payout_batches.schemas import ResultsAnswer, Sum
from services.subsidy.payout_batches.store import BatchRow
from services.subsidy.payout_batches.telling import answers_told, ended_by
from services.subsidy.payouts import cards_store as cards_of_payouts
from services.subsidy.payouts.rules import TRANSITIONS, PayoutEvent, PayoutState
from services.subsidy.refunds.rules import TRANSITIONS as REFUND_TRANSITIONS
from services.subsidy.refunds.rules import RefundEvent, RefundState


@dataclass(frozen=True, slots=True)
class Told:
    """A bank's result file as it came: by whom, when, and how it is laid out, by the profile of that name."""

    content: bytes
    profile: str
    layout: ResultLayout
    by: str
    at: datetime
    cause: Cause

    @property
    def sha256(self) -> str:
        """By which it is known again, read in the same way; of what was always read there is but one way."""
        read_by = b"" if self.profile == GENERIC else self.profile.encode() + b"\n"
        return hashlib.sha256(read_by + self.content).hexdigest()


_Lines = Mapping[int, Sequence[ResultLine]]


async def take_results(conn: AsyncConnection, batch_id: int, told: Told) -> ResultsAnswer:
    """Apply a result file to a batch that exists.

    Raises a problem that lists the lines at fault, and then nothing is applied.
    """
    file = await _read(told)
    (answer,) = await _take(conn, told, {batch_id: file.lines}, declared_faults(file))
    return answer


async def take_results_of_county(
    conn: AsyncConnection, county: str, division: str, told: Told
) -> list[ResultsAnswer]:
    """Apply a result file to whatever batches its lines are of, of a county and within a division.

    Raises a problem that lists the lines at fault, and then nothing is applied.
    """
    file = await _read(told)
    named = {line.number: number for line in file.lines if (number := numbered(line.number))}
    sent = {
        payout_no(one.payout_id, one.attempt): one.batch_id
        for one in await results_store.batches_of(conn, county, division, sorted(set(named.values())))
    }
    lines: dict[int, list[ResultLine]] = {}
    faults = declared_faults(file)
    for line in file.lines:
        if (batch_id := sent.get(line.number)) is None:
            faults.append(ResultFault(line.line, *of_number(line, _NOT_SENT)))
        else:
            lines.setdefault(batch_id, []).append(line)
    return await _take(conn, told, lines, faults)


_NOT_SENT = "no payout of yours was sent under this number", "本辖区没有以该流水号发放的款项"


async def _read(told: Told) -> ResultFile:
    try:
        return await asyncio.to_thread(read_result_file, told.content, told.layout)
    except ResultFileUnreadable as error:
        raise refused(RESULTS_REFUSED, error.faults) from None


async def _take(
    conn: AsyncConnection, told: Told, lines: _Lines, faults: list[ResultFault]
) -> list[ResultsAnswer]:
    """Apply lines to their batches, all of them or none."""
    # People come before batches in the order of locks: whoever may lose a grant is decided again below.
    known = [row for one in sorted(lines) for row in await _attempts(conn, one, lines[one])]
    await cards_store.lock_persons(conn, _people(known))
    batches, sha256 = [await _locked(conn, batch_id) for batch_id in sorted(lines)], told.sha256
    old = {one.batch_id: await results_store.old_answer(conn, one.batch_id, sha256) for one in batches}
    judged: list[tuple[BatchRow, Judged, dict[str, AttemptRow]]] = []
    for batch in batches:
        if old[batch.batch_id] is not None:
            continue
        rows = await _attempts(conn, batch.batch_id, lines[batch.batch_id])
        attempts = {payout_no(row.payout_id, row.attempt): row for row in rows}
        found = judge(lines[batch.batch_id], {number: _sent(row) for number, row in attempts.items()})
        judged.append((batch, found, attempts))
        faults.extend(found.faults)
    if faults:
        raise refused(RESULTS_REFUSED, sorted(faults, key=lambda fault: fault.line))
    answers = {
        batch.batch_id: await _settle(conn, batch, lines[batch.batch_id], found, attempts, told)
        for batch, found, attempts in judged
    }
    return [
        answers.get(one.batch_id)
        or ResultsAnswer.model_validate(old[one.batch_id]).model_copy(update={"repeated": True})
        for one in batches
    ]


async def _attempts(conn: AsyncConnection, batch_id: int, lines: Sequence[ResultLine]) -> list[AttemptRow]:
    """What was sent in a batch of what a file names: of a large batch a few may have come back."""
    named = {number[0] for line in lines if (number := numbered(line.number)) is not None}
    return await results_store.attempts_of(conn, batch_id, named)


async def _locked(conn: AsyncConnection, batch_id: int) -> BatchRow:
    batch = await store.batch(conn, batch_id, lock=True)
    assert batch is not None, "batches are never deleted"
    check_approved(batch)
    return batch


async def _settle(
    conn: AsyncConnection,
    batch: BatchRow,
    lines: Sequence[ResultLine],
    judged: Judged,
    attempts: Mapping[str, AttemptRow],
    told: Told,
) -> ResultsAnswer:
    """Carry out what a file says of one batch, and keep what is answered."""
    at, cause = told.at, told.cause
    await _apply(conn, batch, judged.settlements, attempts, at, cause)
    await contradicting.keep(conn, batch.batch_id, judged.contradictions, attempts, at, cause)
    after_all = [attempts[payout_no(against.payout_id, against.attempt)] for against in judged.contradictions]
    await answers_store.keep(conn, answers_kept(judged, at, told.sha256))
    await decide_again(conn, years_of(after_all), at, cause)
    answer = _answer(batch.batch_id, lines, len(judged.contradictions))
    kept = answer.model_dump(mode="json", exclude={"repeated"})
    row = ResultFileRow(batch.county, batch.coverage_year, batch.batch_id, told.sha256, kept, told.by, at)
    await results_store.keep_answer(conn, row)
    return answer


async def _apply(
    conn: AsyncConnection,
    batch: BatchRow,
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
