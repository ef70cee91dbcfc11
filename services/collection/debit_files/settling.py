"""Takes in what a bank says of a debit batch: all of a file or nothing, and the same file only once.

What was paid is stored for the matcher as a channel would have told it: it is judged like all other money.
"""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
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
from libs.common.bank_files.layouts import ResultLayout
from libs.common.bank_files.reading import ResultFileUnreadable, read_result_file
from libs.common.bank_files.refusing import refused
from libs.common.cases import store as cases
from libs.common.cases.store import NewCase
from services.collection.cases.debits import DEBIT_CONTRADICTED
from services.collection.debit_files.telling import debited, given_back
from services.collection.debits import lines_store, store
from services.collection.debits.lines_store import AnsweredRow
from services.collection.debits.problems import BATCH_NOT_READY, DEBIT_RESULTS_REFUSED
from services.collection.debits.rules import Judged, Settlement, debit_no, judge, numbered
from services.collection.debits.schemas import DebitResults, DebitSum
from services.collection.debits.store import BatchRow, ResultFileRow
from services.collection.intake.claims_store import Claim, known_claims, store_claims
from services.collection.mandates import store as mandates


@dataclass(frozen=True, slots=True)
class Told:
    """A bank's result file as it came: by whom, when, and how it is laid out, by the profile of that name."""

    content: bytes
    profile: str
    layout: ResultLayout
    by: str
    at: datetime

    @property
    def sha256(self) -> str:
        """By which it is known again, read in the same way."""
        return hashlib.sha256(self.profile.encode() + b"\n" + self.content).hexdigest()


#: A batch that is held, and the lines of a file that are about it.
_Part = tuple[BatchRow, Sequence[ResultLine]]


async def take_results(conn: AsyncConnection, batch: BatchRow, told: Told) -> DebitResults:
    """Apply a result file to a batch that is held.

    Raises a problem that lists the lines at fault, and then nothing is applied.
    """
    if batch.given_at is None:
        raise BATCH_NOT_READY.problem(state=batch.state, approval_id=batch.approval_id)
    file = await _read(told)
    (answer,) = await _take(conn, told, [(batch, file.lines)], declared_faults(file))
    return answer


async def take_results_of_county(
    conn: AsyncConnection, county: str, division: str, told: Told
) -> list[DebitResults]:
    """Apply a result file to whatever batches its lines are of, of a county and within a division.

    Raises a problem that lists the lines at fault, and then nothing is applied.
    """
    file = await _read(told)
    where = await lines_store.batches_of(conn, county, division, _ids(file.lines))
    lines: dict[int, list[ResultLine]] = {}
    faults = declared_faults(file)
    for line in file.lines:
        if (batch_id := where.get(numbered(line.number) or 0)) is None:
            faults.append(ResultFault(line.line, *of_number(line, _NOT_GIVEN)))
        else:
            lines.setdefault(batch_id, []).append(line)
    batches = [await store.one(conn, batch_id, lock=True) for batch_id in sorted(lines)]
    parts = [(batch, lines[batch.batch_id]) for batch in batches if batch is not None]
    return await _take(conn, told, parts, faults)


_NOT_GIVEN = ("no debit of yours was given out under this number", "本县没有以该流水号送盘的扣款")


async def _read(told: Told) -> ResultFile:
    try:
        return await asyncio.to_thread(read_result_file, told.content, told.layout)
    except ResultFileUnreadable as error:
        raise refused(DEBIT_RESULTS_REFUSED, error.faults) from None


def _ids(lines: Sequence[ResultLine]) -> set[int]:
    return {number for line in lines if (number := numbered(line.number)) is not None}


async def _take(
    conn: AsyncConnection, told: Told, parts: Sequence[_Part], faults: list[ResultFault]
) -> list[DebitResults]:
    """Apply lines to their batches, all of them or none."""
    answers: dict[int, DebitResults] = {}
    judged: list[tuple[BatchRow, Sequence[ResultLine], Judged]] = []
    for batch, lines in parts:
        if (before := await store.old_answer(conn, batch.batch_id, told.sha256)) is not None:
            old = DebitResults.model_validate(before)
            answers[batch.batch_id] = old.model_copy(update={"repeated": True})
            continue
        known = await lines_store.named(conn, batch.batch_id, _ids(lines))
        sent = {debit_no(one.debit_id): one for one in known}
        found = judge(lines, sent, batch.debit_at, told.at)
        faults.extend(found.faults)
        judged.append((batch, lines, found))
    if faults:
        raise refused(DEBIT_RESULTS_REFUSED, sorted(faults, key=lambda fault: fault.line))
    for batch, lines, found in judged:
        answers[batch.batch_id] = await _settle(conn, batch, lines, found, told)
    return [answers[batch.batch_id] for batch, _ in parts]


async def _settle(
    conn: AsyncConnection, batch: BatchRow, lines: Sequence[ResultLine], judged: Judged, told: Told
) -> DebitResults:
    """Carry out what a file says of one batch, and keep the file with what is answered."""
    ended = await _apply(conn, batch, judged, told)
    answer = _answer(batch.batch_id, lines, len(judged.denied), ended)
    kept = answer.model_dump(mode="json", exclude={"repeated"})
    row = ResultFileRow(batch.batch_id, told.sha256, told.profile, told.content, kept, told.at, told.by)
    await store.keep_file(conn, row)
    return answer


async def _apply(conn: AsyncConnection, batch: BatchRow, judged: Judged, told: Told) -> int:
    """Carry out what a file says; give how many mandates it ends."""
    counts = [*judged.settled, *(one for one in judged.denied if one.brings_money)]
    payments = await _bring_money(conn, batch, counts, told)
    await lines_store.answer(conn, [_row(one, payments, told.at) for one in counts])
    failed = [one for one in judged.settled if one.outcome is Outcome.FAILED]
    await lines_store.free_orders(conn, [one.debit.order_no for one in failed], told.at)
    closed = {one.debit.mandate_id for one in failed if one.closed}
    await mandates.end(conn, closed, "account_closed", told.by, told.at)
    await lines_store.free_mandates(conn, closed, told.at)
    await cases.open_cases(conn, [_case(batch, one, told.at) for one in judged.denied])
    await store.end(conn, batch.batch_id)
    return len(closed)


async def _bring_money(
    conn: AsyncConnection, batch: BatchRow, counts: Sequence[Settlement], told: Told
) -> Mapping[int, int]:
    """Store for the matcher what came and what went back; give the payments, by debit.

    What the bank had told of by itself under the same number is that money, and no other.
    """
    came = {one.debit.debit_id: debited(batch, one, told.by, told.at) for one in counts if one.brings_money}
    claims: list[Claim] = list(came.values())
    payments = await known_claims(conn, claims) if claims else {}
    payments |= await store_claims(conn, claims)
    back = [given_back(batch, one, told.at) for one in counts if one.outcome is Outcome.RETURNED]
    await store_claims(conn, back)
    return {debit_id: payments[claim.channel, claim.dedupe_key] for debit_id, claim in came.items()}


def _row(one: Settlement, payments: Mapping[int, int], at: datetime) -> AnsweredRow:
    paid = one.brings_money
    return AnsweredRow(
        debit_id=one.debit.debit_id,
        outcome=one.outcome.value,
        reason=one.reason,
        paid_at=one.paid_at if paid else None,
        payment_id=payments.get(one.debit.debit_id),
        settled_at=at,
    )


def _case(batch: BatchRow, one: Settlement, at: datetime) -> NewCase:
    kind, before = DEBIT_CONTRADICTED, one.before
    assert before is not None, "it denies something"
    return NewCase(
        kind=kind.code,
        subject=f"debits/{one.debit.debit_id}",
        owner=kind.owner,
        proposed=kind.steps[0].code,
        opened_at=at,
        evidence={
            "batch_id": batch.batch_id,
            "debit_no": debit_no(one.debit.debit_id),
            "said_before": before.value,
            "says_now": one.outcome.value,
            "counts": one.brings_money,
        },
        county=batch.county,
        coverage_year=batch.coverage_year,
        division_code=batch.division_code,
        amount_fen=one.debit.amount_fen,
    )


def _answer(batch_id: int, lines: Sequence[ResultLine], denied: int, ended: int) -> DebitResults:
    sums = {
        outcome.value: DebitSum(
            count=sum(line.outcome == outcome for line in lines),
            amount_fen=sum(line.amount_fen for line in lines if line.outcome == outcome),
        )
        for outcome in Outcome
    }
    return DebitResults(batch_id=batch_id, contradictions=denied, mandates_ended=ended, **sums)
