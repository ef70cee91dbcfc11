"""Shows payouts with what each needs next, and counts them by it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from libs.common.policy import Notices
from services.subsidy.payouts.attempts_store import AnswerOfAttempt, AttemptOfPayout
from services.subsidy.payouts.rules import NextStep, Standing, next_step
from services.subsidy.payouts.schemas import AttemptAnswer, Payout, PayoutAttempt, PayoutSum, WholePayout
from services.subsidy.payouts.store import PayoutRow
from services.subsidy.payouts.totals_store import Sum
from services.subsidy.verifications.rules import Waits, payouts_wait

#: What banks said, by payout and attempt.
Answers = Mapping[tuple[int, int], Sequence[AnswerOfAttempt]]


def shown(row: PayoutRow, notices: Notices) -> Payout:
    """A payout as it is answered."""
    waits = payouts_wait(notices.get((row.county or "", row.coverage_year or 0)))
    return Payout(**asdict(row), next_step=next_step(_standing(row), waits))


def shown_whole(
    row: PayoutRow, tried: Sequence[AttemptOfPayout], said: Answers, notices: Notices
) -> WholePayout:
    """A payout with all that was tried, and all that banks said of it."""
    attempts = [_attempt(one, said.get((one.payout_id, one.attempt), ())) for one in tried]
    return WholePayout(**dict(shown(row, notices)), attempts=attempts)


def _attempt(one: AttemptOfPayout, said: Sequence[AnswerOfAttempt]) -> PayoutAttempt:
    answers = [AttemptAnswer.model_validate(answer) for answer in said]
    return PayoutAttempt.model_validate({**asdict(one), "answers": answers})


def counted(rows: Sequence[Sum], waits: Waits) -> list[PayoutSum]:
    """Sums by township and next step; what is paid and what is gone stand apart."""
    found: dict[tuple[str, str, NextStep], tuple[int, int]] = {}
    for row in rows:
        step = next_step(_standing(row), waits)
        state = row.state if step is NextStep.NONE else "open"
        key = (row.division_prefix or "", state, step)
        count, fen = found.get(key, (0, 0))
        found[key] = count + row.count, fen + row.amount_fen
    return [
        PayoutSum(division_prefix=prefix or None, state=state, next_step=step, count=count, amount_fen=fen)
        for (prefix, state, step), (count, fen) in sorted(found.items())
    ]


def _standing(row: PayoutRow | Sum) -> Standing:
    return Standing(row.kind, row.state, row.reason, row.line, row.applied, row.funded)
