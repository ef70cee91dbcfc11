"""Joins two records that are one person: the second payment of a year goes into suspense and is told of."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.handling import Received
from libs.common.bus.outbox import Draft
from libs.common.events.collection import PaymentTakenBack
from libs.common.events.registration import PersonMerged
from services.collection.dues import merges_store as store
from services.collection.dues.merges_store import AppliedLine, Merge
from services.collection.fitting.rules import Reason
from services.collection.matching.rules import PersonYear
from services.collection.matching.store import Explanation, wake
from services.collection.orders.closing import close_paid
from services.collection.refunds.parting import change_lines
from services.collection.refunds.store import ChangedLine


async def merge(conn: AsyncConnection, batch: Sequence[Received]) -> None:
    """Join records in their turn. The caller holds the lease."""
    for received in batch:
        if isinstance(fact := received.fact, PersonMerged):
            await _merge(conn, Merge(fact.merged_person_id, fact.person_id, fact.merged_at), received)


async def _merge(conn: AsyncConnection, merged: Merge, received: Received) -> None:
    if await store.survivors(conn, [merged.merged_person_id]):
        return  # it was told before
    lines = await store.applied(conn, [merged.person_id, merged.merged_person_id])
    first: set[tuple[int, str | None]] = set()
    second: list[AppliedLine] = []
    for line in lines:
        key = (line.coverage_year, line.add_on)
        if key in first:
            second.append(line)
        first.add(key)
    at = received.message.time
    await change_lines(conn, [_suspended(line, merged) for line in second], at)
    await outbox.append(
        conn,
        [
            Draft(
                fact := _taken_back(line, merged, at),
                str(merged.person_id),
                fact.taken_back_at,
                subject=f"payments/{line.payment_id}/{line.line_no}",
                correlation_id=f"payment-{line.payment_id}",
            )
            for line in second
        ],
    )
    people = (merged.person_id, merged.merged_person_id)
    paid = [PersonYear(line.coverage_year, one) for line in lines if line.add_on is None for one in people]
    await close_paid(conn, paid, at)
    await store.note(conn, merged)
    await store.follow(conn, merged)
    years = {(line.county, line.coverage_year) for line in lines}
    await wake(
        conn, [Explanation(None, merged.person_id, county, year, at) for county, year in sorted(years)]
    )


def _suspended(line: AppliedLine, merged: Merge) -> ChangedLine:
    return ChangedLine(
        payment_id=line.payment_id,
        line_no=line.line_no,
        state="suspended",
        reason=Reason.ALREADY_PAID,
        refunded_fen=line.refunded_fen,
        refunded_at=None,
        void_reason="merged",
        changed_at=merged.merged_at,
    )


def _taken_back(line: AppliedLine, merged: Merge, at: datetime) -> PaymentTakenBack:
    """Tell that a line waits: since `at`, or where it was applied after that, since then."""
    return PaymentTakenBack(
        payment_id=line.payment_id,
        line_no=line.line_no,
        voucher_no=line.voucher_no,
        channel=line.channel,
        transaction_no=line.transaction_no,
        reason=Reason.ALREADY_PAID.value,
        amount_fen=line.amount_fen - line.refunded_fen,
        add_on=line.add_on,
        person_id=merged.person_id,
        merged_person_id=merged.merged_person_id,
        enrollment_id=line.enrollment_id,
        household_id=line.household_id,
        county=line.county,
        coverage_year=line.coverage_year,
        division_code=line.division_code,
        paid_at=line.paid_at,
        taken_back_at=max(at, line.applied_at),
    )
