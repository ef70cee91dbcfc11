"""What money and grants do to enrollments: a payment or a completing grant completes one, a refund or a
revocation opens it again. Set-based; the order of arrival does not matter."""

from collections.abc import Iterable, Mapping, Sequence
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
    RepairReceived,
)
from libs.common.events.subsidy import (
    CardRecorded,
    FundsArrived,
    FundsReversed,
    RefundSettled,
    SubsidyGranted,
    SubsidyRevoked,
)
from services.registration.assessments import store as assessments
from services.registration.contests import store as contests
from services.registration.contests.telling import gone
from services.registration.elsewhere.ending import end_insured_here
from services.registration.enrollments import completions_store, grants_store
from services.registration.enrollments.cancelling import cancel_of_dead
from services.registration.enrollments.cards_store import keep_owners
from services.registration.enrollments.completions_store import Completion, Recounted, Undoing
from services.registration.enrollments.grants_store import granted_in, revoked_in
from services.registration.enrollments.tiering import look_at_households
from services.registration.helps.keeping import keep_money
from services.registration.histories.looking_again import look_at_later_years
from services.registration.repairs.keeping import keep_repairs
from services.registration.waiting_money import store as waiting_money
from services.registration.waiting_money.rules import last_words, went_back

#: Payment line or grant -> since when what is told of it is known.
Told = dict[str, datetime]


async def on_collection(conn: AsyncConnection, batch: Sequence[Received]) -> None:
    """Complete the enrollments that were paid; open those again whose money went back outside."""
    completions: dict[str, Completion] = {}
    taken_back: dict[str, datetime] = {}
    undone: dict[str, Undoing] = {}
    told: Told = {}
    for received in batch:
        match received.fact:
            case PaymentReceived() as fact:
                line = _line(fact.payment_id, fact.line_no)
                completions[line] = _paid(fact)
            case PaymentTakenBack(add_on=None, repaired_year=None) as taken:
                line = _line(taken.payment_id, taken.line_no)
                completions.pop(line, None)
                taken_back[line] = taken.taken_back_at
            case (
                PaymentReturned(
                    withdraws=True, repaired_year=None, county=str(county), coverage_year=int(year)
                ) as gone
            ):
                line = _line(gone.payment_id, gone.line_no)
                undone[line] = Undoing("payment", line, county, year, gone.returned_at)
            case _:
                continue
        told[line] = received.message.time
    await _apply(conn, list(completions.values()), list(undone.values()), told, taken_back)
    await keep_repairs(conn, batch)
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
        tier=fact.tier if fact.part_of is None else None,
    )


async def on_subsidy(conn: AsyncConnection, batch: Sequence[Received]) -> None:
    """Complete what a grant covers in full; open again what was revoked or refunded."""
    completions: list[Completion] = []
    undoings: dict[tuple[str, str], Undoing] = {}
    told: Told = {}
    for received in batch:
        match received.fact:
            case SubsidyGranted(completes_enrollment=True) as fact:
                completions.append(_granted(fact))
                told[str(fact.grant_id)] = received.message.time
            case SubsidyRevoked() as fact:
                undone = Undoing(
                    "grant", str(fact.grant_id), fact.county, fact.coverage_year, fact.revoked_at
                )
                undoings[(undone.kind, undone.reference)] = undone
                told[undone.reference] = received.message.time
            # A part that is given back leaves the line, and the cover, as they are; null is an older fact.
            case (
                RefundSettled(
                    outcome="paid", repaired_year=None, county=str(county), coverage_year=int(year)
                ) as fact
            ) if fact.withdraws is not False:
                undone = Undoing(
                    "payment", _line(fact.payment_id, fact.line_no), county, year, fact.settled_at
                )
                undoings[(undone.kind, undone.reference)] = undone
                told[undone.reference] = received.message.time
    await _apply(conn, completions, list(undoings.values()), told)
    await keep_repairs(conn, batch)
    await grants_store.keep(conn, granted_in(batch), revoked_in(batch))
    await keep_money(conn, batch)
    await keep_owners(conn, batch)
    await _keep_waiting(conn, batch)


def _granted(fact: SubsidyGranted) -> Completion:
    return Completion(
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


async def _keep_waiting(conn: AsyncConnection, batch: Sequence[Received]) -> None:
    """Know what waits in suspense, and what of it went back."""
    await waiting_money.keep(conn, last_words((one.fact, one.message.time) for one in batch))
    await waiting_money.take_off(conn, went_back(one.fact for one in batch))


async def _apply(
    conn: AsyncConnection,
    completions: Sequence[Completion],
    undoings: Sequence[Undoing],
    told: Told,
    taken_back: Mapping[str, datetime] = MappingProxyType({}),
) -> None:
    touched = _each((one.enrollment_id, told[one.reference]) for one in completions)
    if taken_back:
        # Collection tells of a line in order, so a line that is applied once more completes anew.
        reopened = await completions_store.forget_payments(conn, sorted(taken_back))
        again = _each((one.enrollment_id, told[one.reference]) for one in reopened)
        await completions_store.lock(conn, sorted(again.keys() - touched.keys()))
        touched = _each([*touched.items(), *again.items()])
    if completions:
        await completions_store.lock(conn, sorted(touched))
        await completions_store.complete(conn, completions)
    if undoings:
        undone = await completions_store.undo(conn, undoings)
        opened = _each((one.enrollment_id, told[one.reference]) for one in undone)
        await completions_store.lock(conn, sorted(opened.keys() - touched.keys()))
        touched = _each([*touched.items(), *opened.items()])
    if not touched:
        return
    await completions_store.choose_tiers(conn, completions)
    changed = await completions_store.recount(conn, touched)
    undone_at = max((*(one.undone_at for one in undoings), *taken_back.values()), default=None)
    await _enqueue(conn, changed, undone_at)
    complete = [row.id for row in changed if row.completed_at is not None]
    await end_insured_here(conn, complete, max(touched.values()))
    await look_at_later_years(conn, {row.id: touched[row.id] for row in changed})


def _each(found: Iterable[tuple[int, datetime]]) -> dict[int, datetime]:
    """Since when the newest of what is told of each enrollment is known."""
    newest: dict[int, datetime] = {}
    for enrollment_id, at in found:
        newest[enrollment_id] = max(at, newest.get(enrollment_id, at))
    return newest


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
        homes, every = {row.household_id for row in tiered}, [row.id for row in changed]
        await look_at_households(conn, homes, every, max(tiered.values()))


def _line(payment_id: int, line_no: int) -> str:
    return f"{payment_id}/{line_no}"


COLLECTION = TopicHandler(
    on_collection,
    types=(
        *(PaymentReceived, PaymentReturned, PaymentTakenBack),
        *(PaymentSuspended, PaymentRejudged, AddOnReceived, RepairReceived),
    ),
)
SUBSIDY = TopicHandler(
    on_subsidy,
    types=(
        *(SubsidyGranted, SubsidyRevoked, RefundSettled),
        *(FundsArrived, FundsReversed, CardRecorded),
    ),
)
