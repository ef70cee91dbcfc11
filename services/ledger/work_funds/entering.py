"""Enters work funds that were paid to townships and villages, and posts them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.policy import Notice
from services.ledger.facts.keeping import keep
from services.ledger.facts.store import lock_books
from services.ledger.postings.rules import Season
from services.ledger.work_funds import store
from services.ledger.work_funds.problems import (
    WORK_FUNDS_PAYMENT_DIFFERS,
    WORK_FUNDS_PAYMENT_WAS_REVERSED,
    WORK_FUNDS_UNIT_UNKNOWN,
)
from services.ledger.work_funds.rules import WorkFundsPaid
from services.ledger.work_funds.schemas import NewPayment
from services.ledger.work_funds.store import PaymentRow

SOURCE = "canbao/ledger/work-funds"


async def enter(
    conn: AsyncConnection, notice: Notice, payments: Sequence[NewPayment], by: str, now: datetime
) -> list[PaymentRow]:
    """Enter what was paid, and post it; give what is new. Raises Problem."""
    units = {row.division for row in notice.targets.rows} if notice.targets else set()
    if strange := {one.division_code for one in payments} - units:
        raise WORK_FUNDS_UNIT_UNKNOWN.problem(units=sorted(strange))
    season = Season(notice.county, notice.year)
    await lock_books(conn, season)
    new = [
        store.NewPayment(**season._asdict(), **one.model_dump(), entered_by=by, entered_at=now)
        for one in payments
    ]
    entered = await store.PAYMENTS.enter(conn, new)
    if against := await store.PAYMENTS.contradicted(conn, new):
        raise WORK_FUNDS_PAYMENT_DIFFERS.problem(references=sorted({one.reference for one in against}))
    if gone := await store.PAYMENTS.reversed_before(conn, new):
        raise WORK_FUNDS_PAYMENT_WAS_REVERSED.problem(references=sorted({one.reference for one in gone}))
    facts = {
        f"payment-{row.id}": WorkFundsPaid(
            payment_id=row.id,
            county=row.county,
            coverage_year=row.coverage_year,
            division_code=row.division_code,
            reference=row.reference,
            amount_fen=row.amount_fen,
            paid_at=row.paid_at,
        )
        for row in entered
    }
    await keep(conn, SOURCE, facts, now)
    return entered
