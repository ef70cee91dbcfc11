"""Takes back work funds that were entered as paid and were not paid so; two persons do it."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.deciding import Decision, ask_second
from libs.common.cases.store import ApprovalRow, NewApproval
from libs.common.divisions import CODE_LENGTH
from libs.common.policy import Notice
from libs.common.security.caller import Caller
from services.ledger.facts.keeping import keep
from services.ledger.facts.store import lock_books
from services.ledger.postings.rules import Season
from services.ledger.work_funds import store
from services.ledger.work_funds.entering import SOURCE
from services.ledger.work_funds.problems import WORK_FUNDS_PAYMENT_REVERSED
from services.ledger.work_funds.rules import WorkFundsPaymentReversed
from services.ledger.work_funds.store import PaymentRow

#: What the second person agrees to.
OPERATION = "work_funds_reversal"
_SUBJECT = "work-fund-payments/"


async def ask(
    conn: AsyncConnection, notice: Notice, row: PaymentRow, reason: str, caller: Caller, now: datetime
) -> ApprovalRow:
    """Ask that a payment counts as never made; until a second person agrees it counts. Raises Problem."""
    _check(row)
    return await ask_second(
        conn,
        NewApproval(
            operation=OPERATION,
            subject=f"{_SUBJECT}{row.id}",
            payload={
                "unit": row.division_code, "reference": row.reference, "amount_fen": row.amount_fen,
            },
            reason=reason,
            asked_by=caller.subject,
            asked_at=now,
            county=row.county,
            coverage_year=row.coverage_year,
            division_code=notice.division.ljust(CODE_LENGTH, "0"),
        ),
    )  # fmt: skip


async def agree(conn: AsyncConnection, context: object, asked: ApprovalRow, decision: Decision) -> None:
    """The second person agreed: it is posted back as of now, in the month that is open. Raises Problem."""
    assert asked.county is not None and asked.coverage_year is not None, "a payment is of a season"
    assert decision.approved_by is not None, "an approval has a second person"
    await lock_books(conn, Season(asked.county, asked.coverage_year))
    row = await store.PAYMENTS.one(conn, int(asked.subject.removeprefix(_SUBJECT)))
    assert row is not None, "payments are never deleted"
    _check(row)
    await store.PAYMENTS.reverse(conn, row.id, asked.asked_by, decision.approved_by, decision.at)
    fact = WorkFundsPaymentReversed(
        payment_id=row.id,
        county=row.county,
        coverage_year=row.coverage_year,
        division_code=row.division_code,
        amount_fen=row.amount_fen,
        reversed_at=decision.at,
    )
    await keep(conn, SOURCE, {f"payment-{row.id}-reversed": fact}, decision.at)


def _check(row: PaymentRow) -> None:
    if row.reversed_at is not None:
        raise WORK_FUNDS_PAYMENT_REVERSED.problem()
