"""Joins two records that are one person: the second payment of a year goes into suspense and is told of.

All of it happens with the news of the merge: that one enrollment ended, and where the person lives by now.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.handling import Received
from libs.common.bus.outbox import Draft
from libs.common.events.collection import PaymentTakenBack
from libs.common.events.envelope import Fact
from libs.common.events.registration import EnrollmentAssessed, EnrollmentCancelled, PersonMerged
from services.collection.dues import merges_store as store
from services.collection.dues.merges_store import AppliedLine, End, Merge
from services.collection.dues.store import MERGED
from services.collection.fitting.rules import Reason
from services.collection.households.members_store import wake_others
from services.collection.mandates.store import follow
from services.collection.matching.rules import PersonYear
from services.collection.matching.store import Explanation, wake
from services.collection.orders.closing import close_changed, close_paid
from services.collection.refunds.parting import change_lines
from services.collection.refunds.store import ChangedLine
from services.collection.suspense.splitting import ask_about_splits, close_splits

#: By how much later something is told of that has to count after something else.
_A_MOMENT = timedelta(microseconds=1)


async def merge(conn: AsyncConnection, batch: Sequence[Received]) -> None:
    """Join records in their turn. The caller holds the lease."""
    for received in batch:
        if isinstance(fact := received.fact, PersonMerged):
            await _merge(conn, fact, received.message.time)


async def as_survivors(conn: AsyncConnection, batch: Sequence[Received]) -> list[Received]:
    """Read facts that name a merged record, however late they come, as facts about who goes on."""
    people = {person for one in batch if (person := getattr(one.fact, "person_id", None)) is not None}
    known = await store.survivors(conn, people)
    return [
        replace(one, fact=_of_survivor(one.fact, known[person]))
        if (person := getattr(one.fact, "person_id", None)) in known
        else one
        for one in batch
    ]


def _of_survivor(fact: Fact, merge: Merge) -> Fact:
    """What was told of the merged record before the merge, told of who goes on: they live elsewhere since."""
    news: dict[str, object] = {"person_id": merge.person_id}
    if isinstance(fact, EnrollmentAssessed) and merge.household_id is not None:
        news |= {"household_id": merge.household_id, "division_code": merge.division_code}
    return fact.model_copy(update=news)


async def without_waiting(conn: AsyncConnection, batch: Sequence[Received]) -> list[Received]:
    """Leave out that an enrollment ended for another one until it is known for which: the merge tells both.

    Else a household would be without the person in between, and its money be taken for whole.
    """
    ends = [
        End(fact.enrollment_id, fact.cancelled_at)
        for one in batch
        if isinstance(fact := one.fact, EnrollmentCancelled) and fact.reason == MERGED
    ]
    waiting = await store.to_be_merged(conn, ends)
    return [
        one
        for one in batch
        if not isinstance(one.fact, EnrollmentCancelled) or one.fact.enrollment_id not in waiting
    ]


async def _merge(conn: AsyncConnection, told: PersonMerged, at: datetime) -> None:
    known = await store.survivors(conn, [told.merged_person_id, told.person_id])
    if told.merged_person_id in known:
        return  # it was told before
    # Who goes on may be somebody else by now: that may be told first.
    home = known.get(told.person_id) or told
    survivor = home.person_id
    merged = Merge(told.merged_person_id, survivor, told.merged_at, home.household_id, home.division_code)
    people = (merged.person_id, merged.merged_person_id)
    lines = await store.applied(conn, people)
    second = _second(lines, {one.merged_enrollment_id for one in told.enrollments})
    await change_lines(conn, [_suspended(line, merged, reason) for line, reason in second], at)
    facts = [_taken_back(line, merged, reason, at) for line, reason in second]
    await outbox.append(conn, [_draft(fact) for fact in facts])
    enrolled_as = await store.of_both(conn, people)
    # Who stays may have waited for the person, and where they live from now on others wait for them.
    await wake_others(conn, enrolled_as, at)
    paid = [
        PersonYear(line.coverage_year, one)
        for line in lines
        if line.add_on is None and line.repaired_year is None
        for one in people
    ]
    await close_paid(conn, paid, at)
    await store.note(conn, merged)
    await store.follow(conn, merged)
    await follow(conn, survivor, merged.merged_person_id, merged.merged_at)
    await store.end(conn, merged, [one.merged_enrollment_id for one in told.enrollments])
    await wake_others(conn, enrolled_as, at)
    await close_changed(conn, enrolled_as, at)
    enrolled = await store.years(conn, merged.person_id)
    gone = [PersonYear(year, merged.merged_person_id) for _, year in enrolled]
    await close_splits(conn, gone, at, "the record is merged")
    await ask_about_splits(conn, [merged.person_id], at)
    # What is applied anew is told as later than its being taken back.
    then = max((at, *(fact.taken_back_at for fact in facts))) + _A_MOMENT
    years = {(line.county, line.coverage_year) for line in lines} | set(enrolled)
    await wake(
        conn, [Explanation(None, merged.person_id, county, year, then) for county, year in sorted(years)]
    )


def _draft(fact: PaymentTakenBack) -> Draft:
    return Draft(
        fact,
        str(fact.person_id),
        fact.taken_back_at,
        subject=f"payments/{fact.payment_id}/{fact.line_no}",
        correlation_id=f"payment-{fact.payment_id}",
    )


def _second(lines: Sequence[AppliedLine], ended: Collection[int]) -> list[tuple[AppliedLine, Reason]]:
    """What does not stay applied: of an enrollment that ended, and of two payments the later.

    Money of an enrollment that ended may pay the one that stands, where nothing has: it is judged again.
    """
    first: set[tuple[int, str | None, int | None]] = set()
    second: list[tuple[AppliedLine, Reason]] = []
    for line in sorted(lines, key=lambda line: line.enrollment_id in ended):
        key = (line.coverage_year, line.add_on, line.repaired_year)
        if key in first:
            second.append((line, Reason.ALREADY_PAID))
        elif line.enrollment_id in ended:
            second.append((line, Reason.NOT_PAYABLE))
        else:
            first.add(key)
    return second


def _suspended(line: AppliedLine, merged: Merge, reason: Reason) -> ChangedLine:
    return ChangedLine(
        payment_id=line.payment_id,
        line_no=line.line_no,
        state="suspended",
        reason=reason,
        refunded_fen=line.refunded_fen,
        refunded_at=line.refunded_at,
        void_reason="merged",
        changed_at=merged.merged_at,
    )


def _taken_back(line: AppliedLine, merged: Merge, reason: Reason, at: datetime) -> PaymentTakenBack:
    """Tell that a line waits: since `at`, or since what was told of it after that.

    A part of it may have gone back since the merge, when that is heard late: the rest is what waits, and to
    whoever plays this by its times the rest alone is left by then.
    """
    back = line.refunded_at and line.refunded_at + _A_MOMENT
    since = (line.applied_at, back, line.told_at)
    return PaymentTakenBack(
        payment_id=line.payment_id,
        line_no=line.line_no,
        voucher_no=line.voucher_no,
        channel=line.channel,
        transaction_no=line.transaction_no,
        reason=reason.value,
        amount_fen=line.amount_fen - line.refunded_fen,
        add_on=line.add_on,
        repaired_year=line.repaired_year,
        person_id=merged.person_id,
        merged_person_id=merged.merged_person_id,
        enrollment_id=line.enrollment_id,
        household_id=line.household_id,
        county=line.county,
        coverage_year=line.coverage_year,
        division_code=line.division_code,
        paid_at=line.paid_at,
        taken_back_at=max((at, *(one for one in since if one is not None))),
        employee_fund=line.employee_fund,
    )
