"""The worker that gives every stored payment its place, in the order of arrival.

What cannot be read or settled stops nobody else: a batch that fails is tried in smaller ones, and what still
fails alone is parked. A database that is away is nobody's fault; then the worker waits.

Any number of instances may run, and share the counties out: whoever holds the lease of a county decides about
its money, in the order of arrival, so that of two payments for one person the first one counts. Money that
may be of any county, or of a person who is enrolled in several, is decided under the lease of all, again in
the order of arrival: so the same notifications end in the same lines, however many instances there are.
"""

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from libs.common.bus.dead_letters import reason_of
from libs.common.bus.driver import Retry
from libs.common.cases.store import Gone, NewCase, close_cases
from libs.common.db.trouble import is_collision, is_outage
from libs.common.right_of_way import RightOfWay
from libs.common.security.masking import mask_identities
from libs.common.service import Backlog
from libs.common.setbacks import setback
from services.collection.cases.rules import RETURN_ANNOUNCED, UNTIL_PAID, subject_of_year
from services.collection.channels.port import RETURN
from services.collection.households import members_store
from services.collection.households.rules import HouseholdYear
from services.collection.households.waiting import ask_about_waiting
from services.collection.matching import queue_store, store
from services.collection.matching.judging import judged
from services.collection.matching.queue_store import QueuedWork
from services.collection.matching.reading import PaymentReader, Reading, again
from services.collection.matching.rules import Decision, Line, PersonYear
from services.collection.matching.settling import Settling
from services.collection.matching.sharing import Taken, take_work
from services.collection.matching.store import Explanation, KeptLine
from services.collection.matching.tracing import traced
from services.collection.metrics import CollectionMetrics
from services.collection.orders import store as orders_store
from services.collection.orders.closing import close_changed, close_paid
from services.collection.orders.store import PaidOrder
from services.collection.returns.booking import announce, book
from services.collection.suspense.splitting import show_splits

#: With fewer payment lines than this a batch waits for company, and lines for at most the idle pause.
WORTH_A_TRANSACTION = 50
IDLE_SECONDS = 0.05
#: While many wait for an answer they wait for what a batch works out in one go: it had better be short.
SHORT = 100

log = logging.getLogger(__name__)


@dataclass
class _Attempt:
    """What one transaction tries."""

    taken: Taken = field(default_factory=lambda: Taken([]))


class Matcher:
    """Matches what is queued; `batch` is how many queue rows share one transaction."""

    def __init__(
        self,
        engine: AsyncEngine,
        reader: PaymentReader,
        settling: Settling,
        *,
        backlog: Backlog,
        metrics: CollectionMetrics,
        batch: int,
        right_of_way: RightOfWay,
    ) -> None:
        self._engine = engine
        self._reader = reader
        self._settling = settling
        self._backlog = backlog
        backlog.add("matching", self.pending)
        self._metrics = metrics
        self._batch = batch
        self._right_of_way = right_of_way
        #: Up to this notification work is decided under the lease of all.
        self._together_to = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Match until `stop`, and through outages.

        While little arrives, look every 50 ms: a transaction for one line is dear.
        """
        retry = Retry()
        while not stop.is_set():
            retry.begin()
            await self._right_of_way.give_way()
            try:
                done = await self.match_next()
            except Exception as error:
                await retry.after(error, "matcher", stop)
                continue
            if done < WORTH_A_TRANSACTION:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), IDLE_SECONDS)

    async def match_next(self) -> int:
        """Match the next batch in one transaction; 0 when there is none, or others are at it.

        What fails under the lease of some counties is tried under that of all; what fails then is tried again
        with its first half, down to the one that fails by itself.
        """
        limit = min(self._batch, SHORT) if self._right_of_way.crowded else self._batch
        while True:
            attempt = _Attempt()
            try:
                return await self._transact(limit, attempt)
            except Exception as error:
                work = attempt.taken.work
                if is_outage(error) or is_collision(error) or not work:
                    raise
                if attempt.taken.counties is not None:
                    self._together_to = work[-1].notification_id
                elif len(work) == 1:
                    return await self._park(work[0], error)
                else:
                    fault = reason_of(error)
                    log.warning("%s notifications cannot be matched together: %s", len(work), fault)
                    limit = len(work) // 2

    async def _transact(self, limit: int, attempt: _Attempt) -> int:
        """Match in one transaction; `attempt` tells the caller what was tried."""
        decisions: list[Decision] = []
        async with self._engine.begin() as conn:
            taken = attempt.taken = await take_work(conn, limit, self._together_to)
            if taken.work:
                with traced(taken.work):
                    decisions = await self._match(conn, taken)
        self._backlog.done("matched", len(taken.work))
        self._metrics.decided(decision.verdict.reason for decision in decisions)
        return len(taken.work)

    async def _park(self, work: QueuedWork, error: Exception) -> int:
        fault = reason_of(error)
        setback(f"notification {work.notification_id}, line {work.line_no}", error)
        async with self._engine.begin() as conn:
            await queue_store.park(conn, work, fault)
        return 1

    async def pending(self) -> int:
        """How much waits to be matched, for the backlog."""
        async with self._engine.connect() as conn:
            return await queue_store.queue_length(conn)

    async def _match(self, conn: AsyncConnection, taken: Taken) -> list[Decision]:
        work = taken.work
        new = [one for one in work if one.line_no == 0]
        returns = [self._reader.returned(one) for one in new if one.kind == RETURN]
        readings = await self._read(conn, [one for one in new if one.kind != RETURN])
        lines = [line for reading in readings for line in reading.lines]
        lines += _again(work, await store.queued_lines(conn, work))
        # What follows may have something of it judged once more.
        await queue_store.unqueue(conn, work)
        lines.sort(key=lambda line: (line.payment_id, line.line_no))
        decisions = await judged(conn, lines, self._settling.terms, counties=taken.counties)
        await store.insert_payments(conn, [reading.payment() for reading in readings])
        await self._settling.settle(conn, decisions)
        await orders_store.mark_paid(conn, _paid_orders(readings))
        await follow_up(conn, decisions)
        if returns or readings:
            at = max(one.occurred_at for one in new)
            await book(conn, returns, [reading.transaction for reading in readings], at, taken.counties)
            announced = [reading for reading in readings if reading.reported.returned]
            await announce(conn, {reading.transaction: _announced(reading) for reading in announced})
        return decisions

    async def _read(self, conn: AsyncConnection, work: Sequence[QueuedWork]) -> list[Reading]:
        """Read new payments. One may be told of twice: by a wallet as paid, and as paid and refunded since;
        out of a file that officers took over, and by its channel.
        """
        reports = [(one, self._reader.reported(one)) for one in work]
        numbers = sorted({reported.order_no for _, reported in reports if reported.order_no is not None})
        orders = await orders_store.named(conn, numbers)
        readings = [self._reader.read(one, reported, orders) for one, reported in reports]
        known = await store.recorded(conn, [reading.payment() for reading in readings])
        fresh: list[Reading] = []
        for reading in readings:
            if reading.transaction in known:
                continue
            known.add(reading.transaction)
            fresh.append(reading)
        taken = {reading.work.notification_id for reading in fresh}
        await store.said_before(
            conn, [one.notification_id for one in work if one.notification_id not in taken]
        )
        return fresh


async def follow_up(conn: AsyncConnection, decisions: Sequence[Decision]) -> None:
    """Close other orders of those who are paid for now, and see to the rest of their households."""
    await show_splits(conn, decisions)
    households = {
        one
        for decision in decisions
        if decision.line.again or decision.verdict.waits_until
        for one in households_of(decision)
    }
    if households:
        at = max(one.line.occurred_at for one in decisions)
        await ask_about_waiting(conn, households, at)
    beside = [one for one in decisions if one.due and (one.verdict.add_on or one.verdict.repair)]
    if beside:
        at = max(one.line.occurred_at for one in beside)
        await close_changed(conn, [one.due.enrollment_id for one in beside if one.due], at)
    applied = [one for one in decisions if one.due is not None and one.verdict.segment is not None]
    if applied:
        at = max(one.line.occurred_at for one in applied)
        taken = [PersonYear(one.due.coverage_year, one.due.person_id) for one in applied if one.due]
        await close_paid(conn, taken, at)
        subjects = [subject_of_year(one.person_id, one.coverage_year) for one in taken]
        gone = [Gone(kind, subject) for subject in subjects for kind in UNTIL_PAID]
        await close_cases(conn, gone, at, "the person is paid for")
        await members_store.wake_others(conn, [one.due.enrollment_id for one in applied if one.due], at)
        # Other money of theirs that waits came twice now, for whatever reason it has waited so far.
        others = [
            Explanation(None, one.due.person_id, one.due.county, one.due.coverage_year, at)
            for one in applied
            if one.due
        ]
        await store.wake(conn, others)


def households_of(decision: Decision) -> list[HouseholdYear]:
    """The households that a line is about: where its person lives, and for which it has waited so far."""
    due, told = decision.due, decision.line.told
    homes = [
        (due.household_id, due.coverage_year) if due is not None else (None, None),
        (told.household_id, decision.line.coverage_year) if told is not None else (None, None),
    ]
    return [HouseholdYear(home, year) for home, year in homes if home is not None and year is not None]


def _announced(reading: Reading) -> NewCase:
    """A payment that its channel calls refunded: somebody has to see what went back."""
    payment, first = reading.payment(), reading.lines[0]
    return NewCase(
        kind=RETURN_ANNOUNCED.code,
        subject=f"payments/{payment.id}",
        owner=RETURN_ANNOUNCED.owner,
        proposed=RETURN_ANNOUNCED.steps[0].code,
        opened_at=reading.work.occurred_at,
        evidence={"channel": payment.channel, "transaction_no": mask_identities(payment.transaction_no)},
        county=first.county,
        coverage_year=first.coverage_year,
        amount_fen=payment.amount_fen,
    )


def _again(work: Sequence[QueuedWork], kept: Mapping[tuple[int, int], KeptLine]) -> list[Line]:
    """The lines in suspense to judge again, as far as they are still there."""
    found = [(kept.get((one.notification_id, one.line_no)), one.occurred_at) for one in work]
    lines = [again(line, occurred_at) for line, occurred_at in found if line is not None]
    return [line for line in lines if line is not None]


def _paid_orders(readings: Sequence[Reading]) -> list[PaidOrder]:
    """The orders that this money pays; of two payments for one order the first counts."""
    paid = {
        reading.order.order_no: PaidOrder(
            reading.order.order_no, reading.work.notification_id, reading.reported.paid_at
        )
        for reading in reversed(readings)
        if reading.order is not None and reading.settles_order
    }
    return list(paid.values())
