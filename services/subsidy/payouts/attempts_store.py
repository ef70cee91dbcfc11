"""SQL of how often payouts were sent to the bank, and of all that the bank said each time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import any_of, fetch_as, statement
from services.subsidy.tables import attempt_answers, attempts


@dataclass(frozen=True, slots=True)
class AttemptOfPayout:
    """One sending of a payout, with the batch that it went in."""

    payout_id: int
    attempt: int
    batch_id: int
    account_masked: str
    bank: str
    batched_at: datetime
    sent_at: datetime | None
    outcome: str | None
    reason: str | None
    settled_at: datetime | None
    contradicted: bool


@dataclass(frozen=True, slots=True)
class AnswerOfAttempt:
    """What one file of the bank said of an attempt, and who took the file in."""

    payout_id: int
    attempt: int
    outcome: str
    reason: str | None
    answered_at: datetime
    counts: bool
    file_sha256: str | None
    received_by: str | None


# What the second person refused was never sent: it ended when that was said.
_OF_PAYOUTS = statement(f"""
    SELECT a.payout_id, a.attempt, a.batch_id, a.account_masked, a.bank, b.created_at AS batched_at,
           b.approved_at AS sent_at, a.outcome, a.reason, coalesce(a.settled_at, b.refused_at) AS settled_at,
           a.contradicted
    FROM attempts a JOIN batches b USING (batch_id)
    WHERE a.payout_id {any_of(attempts.c.payout_id, "payout_ids")} ORDER BY a.payout_id, a.attempt
""")
_ANSWERS = statement(f"""
    SELECT w.payout_id, w.attempt, w.outcome, w.reason, w.answered_at, w.counts, w.file_sha256, f.received_by
    FROM attempt_answers w JOIN attempts a USING (payout_id, attempt)
    LEFT JOIN result_files f ON f.batch_id = a.batch_id AND f.sha256 = w.file_sha256
    WHERE w.payout_id {any_of(attempt_answers.c.payout_id, "payout_ids")} ORDER BY w.answer_id
""")


async def attempts_of(conn: AsyncConnection, payout_ids: Sequence[int]) -> dict[int, list[AttemptOfPayout]]:
    """The attempts of payouts by payout, the first one first."""
    found: dict[int, list[AttemptOfPayout]] = {}
    if payout_ids:
        for one in await fetch_as(conn, AttemptOfPayout, _OF_PAYOUTS, payout_ids=list(payout_ids)):
            found.setdefault(one.payout_id, []).append(one)
    return found


async def answers_of(
    conn: AsyncConnection, payout_ids: Sequence[int]
) -> Mapping[tuple[int, int], Sequence[AnswerOfAttempt]]:
    """All that banks said, by payout and attempt, in the order in which it was taken in."""
    found: dict[tuple[int, int], list[AnswerOfAttempt]] = {}
    if payout_ids:
        for one in await fetch_as(conn, AnswerOfAttempt, _ANSWERS, payout_ids=list(payout_ids)):
            found.setdefault((one.payout_id, one.attempt), []).append(one)
    return found
