"""Changes lines that money left, and parts those that had paid a due together."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.outbox import Draft
from libs.common.events.collection import PaymentTakenBack
from services.collection.fitting.rules import Reason
from services.collection.households.asking import close_tiers
from services.collection.households.waiting import see_to_lines
from services.collection.refunds import mates_store, store
from services.collection.refunds.mates_store import Mate
from services.collection.refunds.store import ChangedLine


async def change_lines(conn: AsyncConnection, changed: Sequence[ChangedLine], at: datetime) -> None:
    """Write changed lines; what had paid a due together with one that ends waits in suspense, and is told.

    That is since `at`, when we learn of it: by the channel's or the bank's date of the change the line may
    not even have been paid.
    """
    ended = [one for one in changed if one.void_reason is not None]
    mates = await mates_store.release(conn, ended, at)
    keys = {(one.payment_id, one.line_no) for one in changed}
    await store.change(conn, changed, at)
    gone = [(one.payment_id, one.line_no) for one in changed if one.state != "suspended"]
    await close_tiers(conn, gone, at)
    await see_to_lines(conn, sorted(keys), at)
    await outbox.append(conn, [_draft(mate) for mate in mates if (mate.payment_id, mate.line_no) not in keys])


def _draft(mate: Mate) -> Draft:
    return Draft(
        PaymentTakenBack(
            payment_id=mate.payment_id,
            line_no=mate.line_no,
            voucher_no=mate.voucher_no,
            channel=mate.channel,
            transaction_no=mate.transaction_no,
            reason=Reason.WRONG_AMOUNT.value,
            amount_fen=mate.amount_fen,
            person_id=mate.person_id,
            enrollment_id=mate.enrollment_id,
            household_id=mate.household_id,
            county=mate.county,
            coverage_year=mate.coverage_year,
            division_code=mate.division_code,
            paid_at=mate.paid_at,
            taken_back_at=mate.at,
            employee_fund=mate.employee_fund,
        ),
        str(mate.person_id),
        mate.at,
        subject=f"payments/{mate.payment_id}/{mate.line_no}",
        correlation_id=f"payment-{mate.payment_id}",
    )
