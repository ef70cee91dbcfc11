"""Villages make a batch: its lines are receipts, recorded with it or before; it is handed in, or given up."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.policy import Notice
from libs.common.security.digests import Digests
from services.collection.batches import lines_store, rules, store
from services.collection.batches.advancing import course_of, go_on, known, move_of, moved_on
from services.collection.batches.problems import BATCH_EMPTY, RECEIPTS_NOT_FREE
from services.collection.batches.store import Batch, NewBatch, Standing
from services.collection.cash.collectors_store import Collector
from services.collection.cash.looking import Desk
from services.collection.cash.reading import ReadFile
from services.collection.cash.recording import record

#: What the village may still change.
_OPEN_TO_THE_VILLAGE = ("draft", "sent_back")


async def open_batch(
    conn: AsyncConnection, digests: Digests, desk: Desk, read: ReadFile, ids: Sequence[int] | None
) -> Batch:
    """Record what was read and put it into a new batch of a held collector, with these receipts or all.

    Raises Problem.
    """
    step = rules.first_step(course_of(desk.notice, desk.collector))
    term = rules.term_of(desk.notice, step, desk.now)
    new = NewBatch(
        collector_id=desk.collector.collector_id,
        county=desk.collector.county,
        division_code=desk.collector.division_code,
        coverage_year=desk.notice.year,
        opened_at=desk.now,
        opened_by=desk.caller.subject,
    )
    standing = Standing(
        state="draft",
        round=1,
        step=step.id,
        step_kind=step.kind,
        department=step.department,
        since_at=desk.now,
        due_on=term.due_on,
        due_year_unknown=term.year_unknown,
    )
    batch_id = await store.open_batch(conn, new, standing)
    await _bind(conn, digests, desk, batch_id, read, ids)
    batch = await known(conn, batch_id)
    if not batch.lines:
        raise BATCH_EMPTY.problem()
    await store.note(conn, batch_id, move_of(batch, "opened", desk.caller.subject, desk.now))
    return batch


async def add_lines(
    conn: AsyncConnection, digests: Digests, desk: Desk, batch: Batch, read: ReadFile, ids: Sequence[int]
) -> Batch:
    """Record more into a held batch, or put receipts into it. Raises Problem."""
    if batch.state not in _OPEN_TO_THE_VILLAGE:
        raise moved_on(batch)
    await _bind(conn, digests, desk, batch.batch_id, read, ids)
    after = await known(conn, batch.batch_id)
    await store.note(conn, batch.batch_id, move_of(after, "corrected", desk.caller.subject, desk.now))
    return after


async def submit(
    conn: AsyncConnection,
    notice: Notice,
    collector: Collector,
    batch: Batch,
    stated: tuple[int, int],
    by: str,
    now: datetime,
) -> None:
    """Hand a held batch in: `stated` are the people and the money that the village says it has.

    What differs is noted and shown to whoever looks at it; nothing is made to fit. Raises Problem.
    """
    if batch.state not in _OPEN_TO_THE_VILLAGE:
        raise moved_on(batch)
    lines = await lines_store.lines(conn, batch.batch_id)
    if not lines:
        raise BATCH_EMPTY.problem()
    found = list(rules.differences_of_totals(lines, stated, None))
    handed_in = replace(batch, stated_people=stated[0], stated_fen=stated[1])
    move = move_of(handed_in, "submitted", by, now, money_fen=stated[1], differences=found)
    await go_on(conn, notice, course_of(notice, collector), handed_in, move)


async def discard(conn: AsyncConnection, batch: Batch, reason: str, by: str, now: datetime) -> None:
    """Give a held batch up: its receipts are payments as before, and free for another one. Raises Problem."""
    if batch.state not in _OPEN_TO_THE_VILLAGE:
        raise moved_on(batch)
    await store.note(conn, batch.batch_id, move_of(batch, "discarded", by, now, reason=reason))
    await lines_store.leave_all(conn, batch.batch_id)
    given_up = replace(
        batch.standing,
        state="discarded",
        since_at=now,
        due_on=None,
        due_year_unknown=None,
        stated_people=None,
        stated_fen=None,
    )
    await store.save(conn, batch.batch_id, given_up)


async def _bind(
    conn: AsyncConnection,
    digests: Digests,
    desk: Desk,
    batch_id: int,
    read: ReadFile,
    ids: Sequence[int] | None,
) -> None:
    """Record what was read, and put it and these receipts (all, where none is named) into a batch."""
    made = await record(conn, digests, desk, read.taken, read.pointers) if read.taken else []
    wanted = None if ids is None else [*ids, *(one.receipt_id for one in made)]
    whose = desk.collector.collector_id, desk.notice.year
    bound = await lines_store.bind(conn, batch_id, *whose, wanted)
    if wanted is not None and (absent := sorted(set(wanted) - bound)):
        raise RECEIPTS_NOT_FREE.problem(receipt_ids=absent)
