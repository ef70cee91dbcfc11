"""Keeps what a bank says against its earlier word: money that left after all is recorded, not sent again.

An attempt that had failed and was paid after all pays its payout, as long as no newer attempt is out; else
the same money went out twice, and somebody has to get it back.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.outbox import Cause, Draft
from libs.common.cases import store as cases
from libs.common.cases.kinds import CaseKind
from libs.common.cases.store import NewCase
from services.subsidy.cases.rules import BANK_CONTRADICTION, PAID_TWICE
from services.subsidy.payout_batches import results_store
from services.subsidy.payout_batches.results_store import AttemptRow, PaidAfterAll
from services.subsidy.payout_batches.rules import Contradiction, Outcome, Settlement, payout_no
from services.subsidy.payout_batches.telling import settlement_fact
from services.subsidy.payouts.rules import TRANSITIONS, PayoutEvent, PayoutState


async def keep(
    conn: AsyncConnection,
    batch_id: int,
    contradictions: Sequence[Contradiction],
    attempts: Mapping[str, AttemptRow],
    at: datetime,
    cause: Cause,
) -> None:
    """Record contradictions, whose payouts are locked by the batch's people."""
    for against in contradictions:
        row = attempts[payout_no(against.payout_id, against.attempt)]
        if not against.money_left:
            await cases.open_cases(conn, [_case(BANK_CONTRADICTION, against, row, at)])
            continue
        twice = row.newest_attempt > row.attempt and not _may_pay(row)
        await results_store.pay_after_all(
            conn, PaidAfterAll(row.payout_id, row.attempt, twice, row.refund_id), at
        )
        if twice:
            await cases.open_cases(conn, [_case(PAID_TWICE, against, row, at)])
        paid = Settlement(against.payout_id, against.attempt, against.amount_fen, Outcome.PAID, None)
        key = str(row.person_id if row.person_id is not None else row.payment_id)
        fact = settlement_fact(batch_id, paid, row, at)
        draft = Draft(fact, key, at, correlation_id=cause.correlation_id, causation_id=cause.causation_id)
        await outbox.append(conn, [draft])


def _may_pay(row: AttemptRow) -> bool:
    """Whether the payout is not with the bank and not paid, so that the earlier attempt pays it."""
    return TRANSITIONS.allows(PayoutState(row.state), PayoutEvent.PAID_AFTER_ALL)


def _case(kind: CaseKind, against: Contradiction, row: AttemptRow, at: datetime) -> NewCase:
    return NewCase(
        kind=kind.code,
        subject=f"payouts/{against.payout_id}/attempts/{against.attempt}",
        owner=kind.owner,
        proposed=kind.steps[0].code,
        opened_at=at,
        evidence={
            "payout_id": against.payout_id,
            "attempt": against.attempt,
            "newest_attempt": row.newest_attempt,
            "said_before": against.said_before.value,
            "says_now": against.says_now.value,
        },
        county=row.county,
        coverage_year=row.coverage_year,
        division_code=row.division_code,
        person_id=row.person_id,
        amount_fen=against.amount_fen,
    )
