"""Composes the facts that tell of a bank's answers."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from libs.common.bank_files.answers import Outcome
from libs.common.bus.outbox import Cause, Draft
from libs.common.events.subsidy import PayoutSettled, RefundSettled
from services.subsidy.payout_batches.results_store import AttemptRow
from services.subsidy.payout_batches.rules import Settlement


def ended_by(answers: Iterable[tuple[Settlement, AttemptRow]]) -> set[int]:
    """The refunds that end a contribution now, as they arrived."""
    return {
        row.refund_id
        for settlement, row in answers
        if row.refund_id is not None and row.withdraws and settlement.outcome is Outcome.PAID
    }


def answers_told(
    batch_id: int,
    answers: Iterable[tuple[Settlement, AttemptRow]],
    beside: Mapping[int, int],
    at: datetime,
    cause: Cause,
) -> list[Draft]:
    """What others are told of a bank's answers.

    `beside` is by refund that ends a contribution what others give back of it, still without an answer.
    """
    return [
        Draft(
            _fact(batch_id, settlement, row, beside, at),
            key=str(row.person_id if row.person_id is not None else row.payment_id),
            time=at,
            correlation_id=cause.correlation_id,
            causation_id=cause.causation_id,
        )
        for settlement, row in answers
    ]


def _fact(
    batch_id: int, settlement: Settlement, row: AttemptRow, beside: Mapping[int, int], at: datetime
) -> PayoutSettled | RefundSettled:
    if row.kind == "refund":
        return _refund_settled(batch_id, settlement, row, beside, at)
    assert row.person_id is not None and row.grant_id is not None and row.payer is not None
    assert row.county is not None and row.coverage_year is not None and row.division_code is not None
    return PayoutSettled(
        payout_id=row.payout_id,
        grant_id=row.grant_id,
        batch_id=batch_id,
        attempt=settlement.attempt,
        person_id=row.person_id,
        county=row.county,
        coverage_year=row.coverage_year,
        division_code=row.division_code,
        payer=row.payer,
        amount_fen=settlement.amount_fen,
        outcome=settlement.outcome.value,
        settled_at=at,
    )


def _refund_settled(
    batch_id: int, settlement: Settlement, row: AttemptRow, beside: Mapping[int, int], at: datetime
) -> RefundSettled:
    assert row.refund_id is not None and row.payment_id is not None
    assert row.line_no is not None and row.channel is not None
    return RefundSettled(
        refund_id=row.refund_id,
        payment_id=row.payment_id,
        line_no=row.line_no,
        batch_id=batch_id,
        attempt=settlement.attempt,
        person_id=row.person_id,
        county=row.county,
        coverage_year=row.coverage_year,
        division_code=row.division_code,
        channel=row.channel,
        amount_fen=settlement.amount_fen,
        outcome=settlement.outcome.value,
        settled_at=at,
        withdraws=row.withdraws,
        on_its_way_fen=beside.get(row.refund_id, 0) if settlement.outcome is Outcome.PAID else 0,
        repaired_year=row.repaired_year,
    )
