"""Takes in money that went back outside: it settles the refund case about it, nothing goes to the card."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import store as cases
from libs.common.cases.store import NewCase
from libs.common.events.collection import PaymentReturned
from services.subsidy.cases.rules import PAID_TWICE
from services.subsidy.entitlements.facts import LineKey
from services.subsidy.payouts import store as payouts_store
from services.subsidy.payouts.rules import MONEY_IS_OUT
from services.subsidy.refunds import returns_store, superseding_store
from services.subsidy.refunds.returns_store import LineReturn, OpenRefund
from services.subsidy.refunds.rules import RefundState

_OUTSIDE = "returned_outside"


async def take_in(
    conn: AsyncConnection,
    returned: Sequence[PaymentReturned],
    new_lines: Sequence[LineKey],
    at: datetime,
) -> None:
    """Note returns and settle what they settle; `new_lines` may have been waited for by earlier ones."""
    await returns_store.add(conn, [_row(fact) for fact in returned])
    about = {LineKey(fact.payment_id, fact.line_no) for fact in returned} | set(new_lines)
    if not about:
        return
    changed = await returns_store.count(conn, sorted(about))
    if not changed:
        return
    open_refunds = await returns_store.open_refunds(conn, changed)
    settled = [refund for refund in open_refunds if refund.payout_state not in MONEY_IS_OUT]
    await _supersede(conn, settled)
    twice = [refund for refund in open_refunds if refund.payout_state in MONEY_IS_OUT]
    await cases.open_cases(conn, [_paid_twice(refund, at) for refund in twice])


async def _supersede(conn: AsyncConnection, refunds: Sequence[OpenRefund]) -> None:
    lines = sorted({LineKey(refund.payment_id, refund.line_no) for refund in refunds})
    await superseding_store.supersede_undecided(conn, lines)
    approved = [refund.refund_id for refund in refunds if refund.state == RefundState.APPROVED]
    if approved:
        cancelled = await payouts_store.cancel_payouts(conn, refund_ids=approved, reason=_OUTSIDE)
        await superseding_store.supersede(conn, cancelled)


def _paid_twice(refund: OpenRefund, at: datetime) -> NewCase:
    """The money went back outside, although the bank has it for the card, too."""
    return NewCase(
        kind=PAID_TWICE.code,
        subject=f"payouts/{refund.payout_id}",
        owner=PAID_TWICE.owner,
        proposed="recovered",
        opened_at=at,
        evidence={
            "refund_id": refund.refund_id,
            "payment_id": refund.payment_id,
            "line_no": refund.line_no,
            "why": _OUTSIDE,
        },
        county=refund.county,
        coverage_year=refund.coverage_year,
        division_code=refund.division_code,
        person_id=refund.person_id,
        amount_fen=refund.amount_fen,
    )


def _row(fact: PaymentReturned) -> LineReturn:
    return LineReturn(
        payment_id=fact.payment_id,
        line_no=fact.line_no,
        return_no=fact.return_no,
        amount_fen=fact.amount_fen,
        withdraws=fact.withdraws,
        returned_at=fact.returned_at,
    )
