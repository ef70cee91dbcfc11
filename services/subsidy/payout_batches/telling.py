"""Composes the facts that tell of a bank's answers."""

from datetime import datetime

from libs.common.events.subsidy import PayoutSettled, RefundSettled
from services.subsidy.payout_batches.results_store import AttemptRow
from services.subsidy.payout_batches.rules import Outcome, Settlement


def settlement_fact(
    batch_id: int, settlement: Settlement, row: AttemptRow, at: datetime
) -> PayoutSettled | RefundSettled:
    """What others are told of one answer."""
    if row.kind == "refund":
        return _refund_settled(batch_id, settlement, row, at)
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


def _refund_settled(batch_id: int, settlement: Settlement, row: AttemptRow, at: datetime) -> RefundSettled:
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
        on_its_way_fen=row.on_its_way_fen if settlement.outcome is Outcome.PAID else 0,
        repaired_year=row.repaired_year,
    )
