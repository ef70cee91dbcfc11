"""What money and grants do to enrollments: a payment or a completing grant completes one, a refund or a
revocation opens it again. Set-based; the order of arrival does not matter."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus.consumer import Received, TopicHandler
from libs.common.cases import store as cases
from libs.common.events.collection import (
    AddOnReceived,
    PaymentReceived,
    PaymentRejudged,
    PaymentReturned,
    PaymentSuspended,
    PaymentTakenBack,
)
from libs.common.events.subsidy import RefundSettled, SubsidyGranted, SubsidyRevoked
from services.registration.assessments import store as assessments
from services.registration.contests import store as contests
from services.registration.contests.telling import gone
from services.registration.enrollments import completions_store, store
from services.registration.enrollments.cancelling import cancel_of_dead
from services.registration.enrollments.completions_store import Completion, Recounted, Undoing
from services.registration.waiting_money import store as waiting_money
from services.registration.waiting_money.rules import last_words, went_back


async def on_collection(conn: AsyncConnection, batch: Sequence[Received]) -> None:
    """Complete the enrollments that were paid; open those again whose money went back outside."""
    completions: dict[str, Completion] = {}
    taken_back: dict[str, datetime] = {}
    for received in batch:
        match received.fact:
            case PaymentReceived() as fact:
                completions[_line(fact.payment_id, fact.line_no)] = _paid(fact)
            case PaymentTakenBack(add_on=None) as taken:
                completions.pop(_line(taken.payment_id, taken.line_no), None)
                taken_back[_line(taken.payment_id, taken.line_no)] = taken.taken_back_at
    undoings = [
        Undoing("payment", _line(gone.payment_id, gone.line_no), county, year, gone.returned_at)
        for received in batch
        if isinstance(gone := received.fact, PaymentReturned) and gone.withdraws
        if (county := gone.county) is not None and (year := gone.coverage_year) is not None
    ]
    undone = {undone.reference: undone for undone in undoings}
    await _apply(conn, list(completions.values()), list(undone.values()), taken_back)
    await _keep_waiting(conn, batch)


def _paid(fact: PaymentReceived) -> Completion:
    return Completion(
        kind="payment" if fact.part_of is None else "part",
        reference=_line(fact.payment_id, fact.line_no),
        county=fact.county,
        coverage_year=fact.coverage_year,
        enrollment_id=fact.enrollment_id,
        assessment_id=fact.assessment_id,
        amount_fen=fact.own_fen,
        window=fact.window,
        completed_at=fact.paid_at,
        tier=fact.tier,
    )


async def on_subsidy(conn: AsyncConnection, batch: Sequence[Received]) -> None:
    """Complete what a grant covers in full; open again what was revoked or refunded."""
    completions: list[Completion] = []
    undoings: dict[tuple[str, str], Undoing] = {}
    for received in batch:
        match received.fact:
            case SubsidyGranted(completes_enrollment=True) as fact:
                completions.append(
                    Completion(
                        kind="grant",
                        reference=str(fact.grant_id),
                        county=fact.county,
                        coverage_year=fact.coverage_year,
                        enrollment_id=fact.enrollment_id,
                        assessment_id=fact.assessment_id,
                        amount_fen=0,
                        window=None,
                        completed_at=fact.granted_at,
                    )
                )
            case SubsidyRevoked() as fact:
                undone = Undoing(
                    "grant", str(fact.grant_id), fact.county, fact.coverage_year, fact.revoked_at
                )
                undoings[(undone.kind, undone.reference)] = undone
            # A part that is given back leaves the line, and the cover, as they are; null is an older fact.
            case RefundSettled(outcome="paid", county=str(county), coverage_year=int(year)) as fact if (
                fact.withdraws is not False
            ):
                undone = Undoing(
                    "payment", _line(fact.payment_id, fact.line_no), county, year, fact.settled_at
                )
                undoings[(undone.kind, undone.reference)] = undone
    await _apply(conn, completions, list(undoings.values()))
    await _keep_waiting(conn, batch)


async def _keep_waiting(conn: AsyncConnection, batch: Sequence[Received]) -> None:
    """Know what waits in suspense, and what of it went back."""
    await waiting_money.keep(conn, last_words((one.fact, one.message.time) for one in batch))
    await waiting_money.take_off(conn, went_back(one.fact for one in batch))


async def _apply(
    conn: AsyncConnection,
    completions: Sequence[Completion],
    undoings: Sequence[Undoing],
    taken_back: Mapping[str, datetime] = MappingProxyType({}),
) -> None:
    touched = {completion.enrollment_id for completion in completions}
    if taken_back:
        # Collection tells of a line in order, so a line that is applied once more completes anew.
        reopened = await completions_store.forget_payments(conn, sorted(taken_back))
        await completions_store.lock(conn, sorted(set(reopened) - touched))
        touched |= set(reopened)
    if completions:
        await completions_store.lock(conn, sorted(touched))
        await completions_store.complete(conn, completions)
    if undoings:
        undone = await completions_store.undo(conn, undoings)
        await completions_store.lock(conn, sorted(set(undone) - touched))
        touched |= set(undone)
    if not touched:
        return
    await completions_store.choose_tiers(conn, completions)
    changed = await completions_store.recount(conn, sorted(touched))
    undone_at = max((*(one.undone_at for one in undoings), *taken_back.values()), default=None)
    await _enqueue(conn, changed, undone_at)


async def _enqueue(conn: AsyncConnection, changed: Sequence[Recounted], undone_at: datetime | None) -> None:
    """Have the final assessments made, and the household of a chosen tier assessed anew."""
    complete = {row.id: row.completed_at for row in changed if row.completed_at is not None}
    await assessments.enqueue_each(conn, complete, "completed")
    opened = [row.id for row in changed if row.completed_at is None and row.state == "assessed"]
    if opened and undone_at is not None:
        await assessments.enqueue(conn, opened, "data_corrected", undone_at)
        await cancel_of_dead(conn, opened, undone_at)
        doubted = await contests.forget(conn, opened)
        await cases.close_cases(conn, [gone(enrollment_id) for enrollment_id in doubted], undone_at, "opened")
    at = {**complete, **dict.fromkeys(opened, undone_at)}
    tiered = {row: since for row in changed if row.tier is not None and (since := at.get(row.id)) is not None}
    if tiered:
        # Their tier binds the others now, or does not any more.
        others = await store.same_household(
            conn, sorted({row.household_id for row in tiered}), [row.id for row in changed]
        )
        await assessments.enqueue(conn, others, "tier_chosen", max(tiered.values()))


def _line(payment_id: int, line_no: int) -> str:
    return f"{payment_id}/{line_no}"


COLLECTION = TopicHandler(
    on_collection,
    types=(
        *(PaymentReceived, PaymentReturned, PaymentTakenBack),
        *(PaymentSuspended, PaymentRejudged, AddOnReceived),
    ),
)
SUBSIDY = TopicHandler(on_subsidy, types=(SubsidyGranted, SubsidyRevoked, RefundSettled))
