"""Departments look at a batch: it passes when paper, file and money are one, or goes back line by line."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import store as cases
from libs.common.cases.store import NewCase
from libs.common.policy import Notice
from libs.common.policy.format.custody_rules import BatchStep, VillageBatches
from libs.common.security.caller import Caller
from services.collection.batches import lines_store, rules, store
from services.collection.batches.advancing import arrived, course_of, go_on, known, move_of, moved_on
from services.collection.batches.problems import (
    BATCH_AT_THE_BANK,
    BATCH_DIFFERS,
    BATCH_IS_YOUR_OWN,
    BATCH_LINES_WAIT,
    BATCH_NOT_YOUR_STEP,
)
from services.collection.batches.rules import Counted, Difference
from services.collection.batches.schemas import CountedPaper, Review
from services.collection.batches.store import Batch
from services.collection.cases import rules as asking
from services.collection.cash.collectors_store import Collector
from services.collection.cash.registering import channel_at
from services.collection.cash.rules import paper_of

#: A long list of differences helps nobody; the lines show all.
MOST_TOLD = 200


@dataclass(frozen=True, slots=True)
class Look:
    """Who looks at a held batch, by which right, and at which step and round he saw it."""

    notice: Notice
    collector: Collector
    caller: Caller
    scope: str
    step: str
    round: int
    now: datetime


async def compare(
    conn: AsyncConnection, notice: Notice, collector: Collector, batch: Batch, counted: Counted | None = None
) -> list[Difference]:
    """Hold paper, file and money of a batch together: totals, numbers, lines."""
    lines = await lines_store.lines(conn, batch.batch_id)
    stated = None
    if batch.stated_people is not None and batch.stated_fen is not None:
        stated = batch.stated_people, batch.stated_fen
    found = list(rules.differences_of_totals(lines, stated, counted))
    if counted is not None and counted.vouchers is not None:
        numbers = await lines_store.numbers(conn, batch.batch_id)
        found += rules.differences_of_numbers(numbers, counted.vouchers)
    paper = paper_of(notice, channel_at(notice, collector.channel))
    return [*found, *rules.differences_of_lines(lines, rules.numbers_for(paper))]


async def decide(conn: AsyncConnection, look: Look, batch: Batch, said: Review) -> None:
    """Have a held batch pass or go back, as an officer says. Raises Problem."""
    counted = None if said.counted is None else _counted(said.counted)
    if said.passed:
        await pass_batch(conn, look, batch, counted, said.reference)
        return
    reported = [
        Difference("reported", one.line_no, found=one.found_fen, note=one.note) for one in said.differences
    ]
    await send_back(conn, look, batch, counted, reported, said.reason or "")


def _counted(said: CountedPaper) -> Counted:
    vouchers: Counter[str] | None = None
    if said.vouchers is not None:
        vouchers = Counter()
        for one in said.vouchers:
            # A number that is listed twice comes to another amount than its line.
            vouchers[one.voucher_no] += one.amount_fen
    return Counted(said.people, said.amount_fen, said.money_fen, vouchers)


async def pass_batch(
    conn: AsyncConnection, look: Look, batch: Batch, counted: Counted | None, reference: str | None
) -> None:
    """Let a batch go on to its next step. Raises Problem for whatever is not one."""
    course, step = await _checked(conn, look, batch)
    found = await compare(conn, look.notice, look.collector, batch, counted)
    # Booked is what was looked at: what went back meanwhile is known of, and is no reason to look again.
    looks = step.kind == "review" or counted is not None
    if looks and (counted is None or any(one.stops for one in found)):
        raise BATCH_DIFFERS.problem(differences=_told(found))
    if step.kind == "confirm" and (waiting := [one for one in found if one.unconfirmed]):
        raise BATCH_LINES_WAIT.problem(differences=_told(waiting))
    move = move_of(
        batch,
        "passed",
        look.caller.subject,
        look.now,
        counted=counted,
        reference=reference,
        differences=found,
    )
    await go_on(conn, look.notice, course, batch, move)
    if step.kind == "review":
        await _ask(conn, batch, found, look.now)


async def send_back(
    conn: AsyncConnection,
    look: Look,
    batch: Batch,
    counted: Counted | None,
    reported: Sequence[Difference],
    reason: str,
) -> None:
    """Give a batch back to the village with what differs, line by line. Raises Problem."""
    course, _ = await _checked(conn, look, batch)
    if rules.follows_deposit(course, batch.step):
        raise BATCH_AT_THE_BANK.problem()
    found = await compare(conn, look.notice, look.collector, batch, counted)
    differences = [*reported, *found]
    move = move_of(
        batch, "sent_back", look.caller.subject, look.now,
        counted=counted, reason=reason, differences=differences,
    )  # fmt: skip
    await store.note(conn, batch.batch_id, move)
    again = arrived(look.notice, batch, rules.first_step(course), look.now)
    sent_back = replace(again, state="sent_back", round=batch.round + 1)
    await store.save(conn, batch.batch_id, sent_back)


async def _checked(conn: AsyncConnection, look: Look, batch: Batch) -> tuple[VillageBatches, BatchStep]:
    """See that it is this step's turn, the caller's work, and not his own batch. Raises Problem."""
    course = course_of(look.notice, look.collector)
    step = rules.step_named(course, batch.step)
    if step is None or batch.state != "open" or (look.step, look.round) != (batch.step, batch.round):
        raise moved_on(batch)
    theirs = rules.may_look(look.notice, look.caller, step.department, look.scope)
    if step.kind not in rules.LOOKS or not theirs:
        raise BATCH_NOT_YOUR_STEP.problem(department=step.department)
    if look.caller.subject in await store.involved(conn, batch):
        raise BATCH_IS_YOUR_OWN.problem()
    return course, step


def _told(found: Sequence[Difference]) -> list[dict[str, object]]:
    return [dict(one.as_json()) for one in found[:MOST_TOLD]]


async def _ask(conn: AsyncConnection, batch: Batch, found: Sequence[Difference], now: datetime) -> None:
    """Lines that passed although their money waits for its person are a case until it has found it."""
    waiting = [one for one in found if not one.stops]
    if not waiting:
        return
    after = await known(conn, batch.batch_id)
    new = NewCase(
        kind=asking.BATCH_LINES_WAIT.code,
        subject=f"village-batches/{batch.batch_id}",
        owner=asking.BATCH_LINES_WAIT.owner,
        proposed=asking.BATCH_LINES_WAIT.steps[0].code,
        opened_at=now,
        evidence={
            "batch_id": batch.batch_id,
            "collector_id": batch.collector_id,
            "step": after.step,
            "lines": [{"line_no": one.line_no, "reason": one.note} for one in waiting[:MOST_TOLD]],
        },
        county=batch.county,
        coverage_year=batch.coverage_year,
        division_code=batch.division_code,
    )
    await cases.open_cases(conn, [new])
