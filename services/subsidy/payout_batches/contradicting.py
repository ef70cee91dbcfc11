"""Keeps what a bank says against its earlier word: money that left after all is recorded, not sent again.

An attempt that had failed and was paid after all pays its payout, as long as no newer attempt is out. Else
the same money went out twice, or its reason is gone, and somebody has to get it back.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bank_files.answers import Outcome
from libs.common.bus import outbox
from libs.common.bus.outbox import Cause
from libs.common.cases import store as cases
from libs.common.cases.kinds import CaseKind
from libs.common.cases.store import Gone, NewCase
from services.subsidy.cases.rules import BANK_CONTRADICTION, CAUSE_GONE, PAID_TWICE, RECOVERY
from services.subsidy.payout_batches import results_store
from services.subsidy.payout_batches.results_store import AttemptRow, PaidAfterAll, TrustedAttempt
from services.subsidy.payout_batches.rules import Contradiction, Settlement, payout_no
from services.subsidy.payout_batches.telling import answers_told, ended_by
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
    about = [(one, attempts[payout_no(one.payout_id, one.attempt)]) for one in contradictions]
    left = [(against, row) for against, row in about if against.money_left]
    await results_store.pay_after_all(
        conn,
        [PaidAfterAll(row.payout_id, row.attempt, not _may_pay(row), row.refund_id) for _, row in left],
        at,
    )
    await cases.open_cases(
        conn,
        [
            _case(kind, against, row, at)
            for against, row in about
            if (kind := _kind(against, row)) is not None
        ],
    )
    paid = [(_paid(against), row) for against, row in left]
    beside = await results_store.on_its_way(conn, ended_by(paid))
    await outbox.append(conn, answers_told(batch_id, paid, beside, at, cause))


async def end(conn: AsyncConnection, rows: Sequence[AttemptRow], at: datetime) -> None:
    """Attempts that came to nothing: what an earlier one paid after all was paid once, and is no case."""
    once = [TrustedAttempt(row.payout_id, row.paid_by) for row in rows if row.paid_by is not None]
    await results_store.trust(conn, once)
    gone = [Gone(PAID_TWICE.code, _subject(one.payout_id, one.attempt)) for one in once]
    await cases.close_cases(conn, gone, at, CAUSE_GONE)


def _subject(payout_id: int, attempt: int) -> str:
    return f"payouts/{payout_id}/attempts/{attempt}"


def _may_pay(row: AttemptRow) -> bool:
    """Whether the payout is not with the bank, paid or cancelled, so that the earlier attempt pays it."""
    return TRANSITIONS.allows(PayoutState(row.state), PayoutEvent.PAID_AFTER_ALL)


def _kind(against: Contradiction, row: AttemptRow) -> CaseKind | None:
    """Which case a contradiction is: none where the payout is paid by it as it should be."""
    if not against.money_left:
        return BANK_CONTRADICTION
    if _may_pay(row):
        return None
    if row.kind == "subsidy" and row.state == PayoutState.CANCELLED:
        return RECOVERY
    return PAID_TWICE


def _paid(against: Contradiction) -> Settlement:
    return Settlement(against.payout_id, against.attempt, against.amount_fen, Outcome.PAID, None)


def _case(kind: CaseKind, against: Contradiction, row: AttemptRow, at: datetime) -> NewCase:
    return NewCase(
        kind=kind.code,
        subject=_subject(against.payout_id, against.attempt),
        owner=kind.owner,
        proposed=kind.steps[0].code,
        opened_at=at,
        evidence={
            "payout_id": against.payout_id,
            "grant_id": row.grant_id,
            "payment_id": row.payment_id,
            "line_no": row.line_no,
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
