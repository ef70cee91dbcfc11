"""Takes in a bank's result file: all of it or nothing, and the same file only once."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypedDict

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.outbox import Cause, Draft
from libs.common.events.subsidy import PayoutSettled, RefundSettled
from libs.common.web.problems import FieldError, Problem
from services.subsidy.cards import store as cards_store
from services.subsidy.entitlements import rules
from services.subsidy.entitlements import store as entitlements_store
from services.subsidy.grants import store as grants_store
from services.subsidy.grants.recording import Changes, record
from services.subsidy.payout_batches import store as batch_store
from services.subsidy.payout_batches.files import ResultFileUnreadable, read_result_file
from services.subsidy.payout_batches.rules import (
    Outcome,
    ResultFault,
    ResultLine,
    Settlement,
    judge,
    payout_no,
)
from services.subsidy.payout_batches.store import Attempt
from services.subsidy.payouts import problems, store
from services.subsidy.payouts.rules import PayoutKind

_MOST_FAULTS = 100


async def take_results(
    conn: AsyncConnection, batch_id: int, content: bytes, by: str, at: datetime, cause: Cause
) -> tuple[Mapping[str, JsonValue], bool]:
    """Apply a result file to a batch that exists; give the answer and whether the file was new.

    Raises a problem that lists the lines at fault, and then nothing is applied.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    # People come before batches in the order of locks: whoever may lose a grant is decided again below.
    attempts = await batch_store.attempts_of(conn, batch_id)
    await cards_store.lock_persons(conn, _people(attempts.values()))
    batch = await batch_store.batch(conn, batch_id, lock=True)
    assert batch is not None, "the caller has looked it up"
    earlier = await batch_store.old_answer(conn, batch_id, sha256)
    if earlier is not None:
        return earlier, False
    attempts = await batch_store.attempts_of(conn, batch_id)
    try:
        file = read_result_file(content)
    except ResultFileUnreadable as error:
        raise _refused(error.faults) from None
    seen = {number: attempt.seen for number, attempt in attempts.items()}
    judged = judge(file.declared_count, file.declared_total_fen, file.lines, seen)
    if judged.faults:
        raise _refused(judged.faults)
    await _apply(conn, batch_id, judged.settlements, attempts, at, cause)
    answer = _answer(batch_id, file.lines)
    await batch_store.keep_answer(conn, batch, sha256, answer, by, at)
    return answer, True


async def _apply(
    conn: AsyncConnection,
    batch_id: int,
    settlements: tuple[Settlement, ...],
    attempts: Mapping[str, Attempt],
    at: datetime,
    cause: Cause,
) -> None:
    final = {settlement.payout_id: settlement for settlement in settlements}
    about = {
        settlement: attempts[payout_no(settlement.payout_id, settlement.attempt)]
        for settlement in settlements
    }
    refunds = {
        refund_id: settlement.outcome
        for settlement in final.values()
        if (refund_id := about[settlement].refund_id) is not None
    }
    await batch_store.settle(conn, list(final.values()), refunds, at)
    drafts = [_draft(batch_id, settlement, about[settlement], at, cause) for settlement in settlements]
    await outbox.append(conn, drafts)
    back = [about[settlement] for settlement in final.values() if settlement.outcome is not Outcome.PAID]
    await _decide_again(conn, [row for row in back if row.kind == PayoutKind.SUBSIDY], at, cause)
    people = {row.person_id for row in back if row.person_id is not None}
    await store.find_cards(conn, person_ids=people)


async def _decide_again(conn: AsyncConnection, rows: Sequence[Attempt], at: datetime, cause: Cause) -> None:
    """Take back grants that only stood because their money was out."""
    if not rows:
        return
    keys = {(row.person_id, row.coverage_year): None for row in rows if row.person_id is not None}
    years = await entitlements_store.load_years(conn, keys)
    await grants_store.load_grants(conn, years)
    changes = Changes()
    for key, year in sorted(years.items()):
        changes.add(key, rules.decide(year, at), cause)
    await record(conn, changes)


def _people(rows: Iterable[Attempt]) -> set[int]:
    return {row.person_id for row in rows if row.person_id is not None}


class _Common(TypedDict):
    """What both facts about an attempt say."""

    batch_id: int
    attempt: int
    person_id: int | None
    county: str
    coverage_year: int
    division_code: str | None
    amount_fen: int
    outcome: str
    reason: str | None
    settled_at: datetime


def _draft(batch_id: int, settlement: Settlement, row: Attempt, at: datetime, cause: Cause) -> Draft:
    common = _Common(
        batch_id=batch_id,
        attempt=settlement.attempt,
        person_id=row.person_id,
        county=row.county,
        coverage_year=row.coverage_year,
        division_code=row.division_code,
        amount_fen=settlement.amount_fen,
        outcome=settlement.outcome.value,
        reason=settlement.reason,
        settled_at=at,
    )
    fact: PayoutSettled | RefundSettled
    if row.kind == PayoutKind.SUBSIDY:
        fact = PayoutSettled.model_validate(
            {**common, "payout_id": row.payout_id, "grant_id": row.grant_id, "payer": row.payer}
        )
    else:
        fact = RefundSettled.model_validate(
            {
                **common,
                "refund_id": row.refund_id,
                "payment_id": row.payment_id,
                "line_no": row.line_no,
                "channel": row.channel,
            }
        )
    key = row.person_id if row.person_id is not None else row.payment_id
    return Draft(
        fact,
        key=str(key),
        time=at,
        correlation_id=cause.correlation_id,
        causation_id=cause.causation_id,
    )


def _answer(batch_id: int, lines: Iterable[ResultLine]) -> Mapping[str, JsonValue]:
    counts = {outcome.value: 0 for outcome in Outcome}
    sums = {outcome.value: 0 for outcome in Outcome}
    for line in lines:
        counts[line.outcome] += 1
        sums[line.outcome] += line.amount_fen
    return {
        "batch_id": batch_id,
        **{name: {"count": counts[name], "amount_fen": sums[name]} for name in counts},
    }


def _refused(faults: Iterable[ResultFault]) -> Problem:
    listed = list(faults)
    problem = problems.RESULTS_REFUSED.problem(
        errors=[
            FieldError(f"#/lines/{fault.line}" if fault.line else "#/header", fault.detail, fault.detail_zh)
            for fault in listed[:_MOST_FAULTS]
        ]
    )
    if len(listed) > _MOST_FAULTS:
        problem.extensions["more_errors"] = len(listed) - _MOST_FAULTS
    return problem
