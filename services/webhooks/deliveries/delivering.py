"""The worker that tells: each address for itself, each person's facts in order, until they are taken."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog

from libs.common.bus.driver import Retry, pause
from libs.common.bus.tracing import published_in
from libs.common.clock import Clock, SystemClock
from libs.common.db.trouble import is_collision, is_outage
from libs.common.observability.traces import Kind, spanning
from libs.common.security.webhooks import WebhookKeyRing
from libs.common.service import Worker
from libs.common.setbacks import setback
from libs.common.web.attempts import LEASE, Attempt, attempt, next_try
from services.webhooks.assembly import WebhooksContext
from services.webhooks.deliveries import store
from services.webhooks.deliveries.alarming import tell_pause
from services.webhooks.deliveries.rules import DeliveryState, Health, Made, Patience, webhook_id
from services.webhooks.deliveries.showing import show_deliveries
from services.webhooks.deliveries.store import Due, Outcome, Target

log = structlog.get_logger(__name__)

_LOOK_SECONDS = 1.0
#: Messages that an address gets side by side, of as many people; one while it answers badly.
_SIDE_BY_SIDE = 16
#: A process that ends waits so long for answers; what has none by then is told again, under the same id.
_PATIENCE_SECONDS = 8.0


class Deliverer:
    """Tells what is due. Any number of instances may run: what one has claimed is nobody else's.

    Times are of the wall clock, whatever the season's: a receiver answers today.
    """

    def __init__(self, context: WebhooksContext, wall: Clock | None = None) -> None:
        self._context, self._wall = context, wall or SystemClock()
        settings = context.settings
        self._patience = Patience(settings.pause_failures, timedelta(hours=settings.pause_hours))
        self._attempts = context.metrics.counter(
            "canbao_webhook_attempts", "Attempts to tell an address something.", ["outcome"]
        )
        self._lanes: dict[int, asyncio.Task[None]] = {}
        self._ending = False

    async def run(self, stop: asyncio.Event) -> None:
        """Tell until `stop` is set, and through outages of the database."""
        retry = Retry()
        while not stop.is_set():
            retry.begin()
            try:
                await self.start()
            except Exception as error:
                await retry.after(error, "webhooks", stop)
            await pause(stop, _LOOK_SECONDS)
        await self._end()

    async def start(self) -> None:
        """Begin to tell every address for which something is due; a slow one keeps no other waiting."""
        self._lanes = {number: lane for number, lane in self._lanes.items() if not lane.done()}
        async with self._context.engine.connect() as conn:
            due = await store.with_due(conn, self._wall.now())
        for number in due:
            if number not in self._lanes:
                self._lanes[number] = asyncio.create_task(self._tell(number))

    async def _end(self) -> None:
        """Let attempts under way end, within bounds."""
        self._ending = True
        if self._lanes:
            _, late = await asyncio.wait(self._lanes.values(), timeout=_PATIENCE_SECONDS)
            for lane in late:
                lane.cancel()

    async def rest(self) -> None:
        """Wait until whatever was begun has ended."""
        await asyncio.gather(*self._lanes.values())

    async def _tell(self, subscription_id: int) -> None:
        """Tell one address as long as it takes everything that is due."""
        try:
            while not self._ending and await self._tell_some(subscription_id):
                pass
        except Exception as error:  # of whatever kind: the next look begins anew, and other lanes go on
            if is_outage(error) or is_collision(error):
                log.warning("webhook_lane_failed", subscription_id=subscription_id)
            else:
                setback(f"subscription {subscription_id}", error)

    async def _tell_some(self, subscription_id: int) -> bool:
        """Tell what is due at once; give whether to go on."""
        now = self._wall.now()
        async with self._context.engine.begin() as conn:
            target = await store.target(conn, subscription_id)
            if target is None:
                return False
            limit = 1 if target.failures else _SIDE_BY_SIDE
            claimed = await store.claim(conn, subscription_id, now=now, until=now + LEASE, limit=limit)
            ring = WebhookKeyRing(await store.keys(conn, subscription_id, now)) if claimed else None
        if ring is None:
            return False
        made = await asyncio.gather(*(self._attempt(subscription_id, target, ring, one) for one in claimed))
        await self._note(subscription_id, claimed, made)
        return all(one.taken for one in made)

    async def _attempt(self, subscription_id: int, target: Target, ring: WebhookKeyRing, due: Due) -> Attempt:
        message_id = webhook_id(subscription_id, due.source, due.event_id)
        outbound = self._context.parts.outbound
        published = published_in(due.source, due.event_id, due.correlation_id)
        said = {"canbao.subscription": subscription_id, "canbao.tries": due.tries}
        try:
            with spanning("deliver webhook", Kind.INTERNAL, said, published):
                made = await attempt(outbound, target.url, ring, message_id, due.body.encode())
        except Exception as error:  # of whatever kind: it is given up in the end like what nobody takes
            setback(f"delivery {due.delivery_id} of subscription {subscription_id}", error)
            made = Attempt(f"defect_{type(error).__name__}")
        self._attempts.labels("taken" if made.taken else "failed").inc()
        return made

    async def _note(self, subscription_id: int, claimed: Sequence[Due], made: Sequence[Attempt]) -> None:
        """Keep what came of attempts, and pause an address that answers badly for long."""
        now = self._wall.now()
        async with self._context.engine.begin() as conn:
            target = await store.target(conn, subscription_id, hold=True)
            outcomes = []
            for due, one in zip(claimed, made, strict=True):
                later = next_try(due.tries, now)
                state = DeliveryState.TAKEN if one.taken else DeliveryState.WAITING
                if later is None and not one.taken and not one.gone:
                    state = DeliveryState.GIVEN_UP
                ended = None if state == DeliveryState.WAITING else now
                outcomes.append(
                    Outcome(due.delivery_id, due.tries, state, one.answer, now, later or now, ended)
                )
            await store.note(conn, outcomes)
            if target is None:  # paused or deleted meanwhile
                return
            known = Health(target.failures, target.failing_since, target.taken_at)
            health = known.after(_counted(made), now, self._patience)
            await store.keep_health(conn, subscription_id, health, now)
            if health.pause_reason is not None:
                await tell_pause(conn, subscription_id, target, health, now)
        if health.pause_reason is not None:
            log.error("webhook_paused", subscription_id=subscription_id, reason=health.pause_reason.value)


def _counted(made: Sequence[Attempt]) -> Made:
    taken = sum(one.taken for one in made)
    gone = sum(one.gone for one in made)
    return Made(taken=taken, failed=len(made) - taken - gone, gone=gone)


def deliverer(context: WebhooksContext) -> Worker:
    """Make the worker, and show what waits and what is paused; any number may run."""
    show_deliveries(context)
    return Worker("webhooks", Deliverer(context).run)
