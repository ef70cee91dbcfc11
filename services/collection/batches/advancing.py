"""Moves a batch from step to step, and notes who did it and what was compared."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.policy import Notice
from libs.common.policy.format.custody_rules import BatchStep, VillageBatches
from libs.common.security.caller import Caller
from libs.common.web.catalogue import NOT_FOUND
from services.collection.batches import rules, store
from services.collection.batches.problems import BATCH_MOVED_ON, BATCHES_UNKNOWN
from services.collection.batches.rules import Counted, Difference
from services.collection.batches.store import Batch, NewMove, Standing
from services.collection.cash.collectors_store import Collector
from services.collection.cash.registering import collector_at


def course_of(notice: Notice, collector: Collector) -> VillageBatches:
    """How the notice has this collector's batches go. Raises Problem where it says nothing of them."""
    found = rules.batches_of(notice, collector.channel)
    if found is None:
        raise BATCHES_UNKNOWN.problem()
    return found


async def held(conn: AsyncConnection, caller: Caller, batch_id: int) -> tuple[Batch, Collector]:
    """Hold a batch that the caller may see, and its collector first, as deposits do. Raises Problem."""
    found = await store.batch(conn, batch_id)
    if found is None:
        raise NOT_FOUND.problem()
    collector = await collector_at(conn, caller, found.collector_id, lock=True)
    return await known(conn, batch_id, lock=True), collector


async def known(conn: AsyncConnection, batch_id: int, *, lock: bool = False) -> Batch:
    """A batch that is there."""
    found = await store.batch(conn, batch_id, lock=lock)
    assert found is not None, "batches are never deleted"
    return found


def moved_on(batch: Batch) -> Exception:
    """Somebody was faster, or it is not the batch's turn: say where it is now."""
    return BATCH_MOVED_ON.problem(state=batch.state, round=batch.round, step=batch.step)


def arrived(notice: Notice, batch: Batch, step: BatchStep, now: datetime) -> Standing:
    """Where a batch stands that comes to a step now."""
    term = rules.term_of(notice, step, now)
    return replace(
        batch.standing,
        state="open",
        step=step.id,
        step_kind=step.kind,
        department=step.department,
        since_at=now,
        due_on=term.due_on,
        due_year_unknown=term.year_unknown,
        released_at=now if step.kind == "deposit" else batch.released_at,
    )


def move_of(
    batch: Batch,
    kind: rules.BatchMoveKind,
    by: str,
    now: datetime,
    *,
    counted: Counted | None = None,
    money_fen: int | None = None,
    reference: str | None = None,
    reason: str | None = None,
    differences: Sequence[Difference] = (),
) -> NewMove:
    """What was done to a batch at its step, with what its lines come to."""
    return NewMove(
        round=batch.round,
        kind=kind,
        step=batch.step,
        department=batch.department,
        due_on=batch.due_on,
        entered_at=now,
        entered_by=by,
        people=batch.people,
        amount_fen=batch.amount_fen,
        paper_people=None if counted is None else counted.people,
        paper_fen=None if counted is None else counted.amount_fen,
        money_fen=money_fen if counted is None else counted.money_fen,
        reference=reference,
        reason=reason,
        differences=[one.as_json() for one in differences] or None,
    )


async def go_on(
    conn: AsyncConnection, notice: Notice, course: VillageBatches, batch: Batch, move: NewMove
) -> None:
    """Note that the step of a held batch is done, and have it come to the next one."""
    await store.note(conn, batch.batch_id, move)
    following = rules.step_after(course, batch.step)
    after = (
        replace(batch.standing, state="done", since_at=move.entered_at, due_on=None, due_year_unknown=None)
        if following is None
        else arrived(notice, batch, following, move.entered_at)
    )
    await store.save(conn, batch.batch_id, after)


async def see_to_the_bank(
    conn: AsyncConnection, notice: Notice, collector: Collector, by: str, now: datetime
) -> None:
    """Move the batches of a held collector whose money is at the bank, or is in hand again."""
    course = rules.batches_of(notice, collector.channel)
    deposit = None if course is None else rules.deposit_step(course)
    if course is None or deposit is None:
        return
    whose = collector.collector_id, notice.year
    for batch_id in await store.all_at_the_bank(conn, *whose):
        batch = await known(conn, batch_id)
        move = move_of(batch, "passed", by, now, money_fen=batch.deposited_fen)
        await go_on(conn, notice, course, batch, move)
    for batch_id in await store.in_hand_again(conn, *whose):
        batch = await known(conn, batch_id)
        await store.note(conn, batch_id, move_of(batch, "undone", by, now, money_fen=batch.deposited_fen))
        again = arrived(notice, batch, deposit, now)
        await store.save(conn, batch_id, replace(again, released_at=batch.released_at))
