"""Asks the gateways of channels about payments that nobody told of.

What a gateway says of a payment is stored as a notification is, and matched as one: whichever of the two
comes first counts, the other is kept beside it. No connection of the database is held while one is asked.
"""

import asyncio
import time
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.alerting import time_of_season
from libs.common.db.isolation import apply_by_halves
from libs.common.db.trouble import is_collision, is_outage
from libs.common.repeating import repeating
from libs.common.service import Worker
from libs.common.setbacks import setback
from libs.common.web.outbound import AnswerUnknown, NotSent, Outbound, networks_of
from services.collection.assembly import CollectionContext
from services.collection.channels.port import Gateway, Question, Reply, Told, Unclear
from services.collection.group_commit import Busy, NotStored
from services.collection.households.waiting_store import newest
from services.collection.intake.rules import Arrival, ContentConflict
from services.collection.queries import store
from services.collection.queries.rules import FINAL, OLDEST, Reason, ask_again_at, subject_of
from services.collection.queries.store import AskableOrder, Found, NewQuery, Query

log = structlog.get_logger("canbao.collection.queries")

_EVERY_SECONDS = 5.0
#: How many are asked at once, and how many are taken for it.
_AT_ONCE = 8
_TAKEN = 32
#: Longer than all that were taken can last.
_PATIENCE = timedelta(minutes=5)
_MOST_NEW = 1000


def asker(context: CollectionContext) -> Worker:
    """Make the worker; any number of instances may run."""
    asking = Asking(context)
    return repeating("channel_queries", asking.work, _EVERY_SECONDS)


class Asking:
    """Finds what has to be asked, and asks; `outbound` is another one in tests.

    When something is silent, and when an answer counts as received, is told by the clock of the season; when
    to ask again by the wall clock, where the two differ.
    """

    def __init__(self, context: CollectionContext, outbound: Outbound | None = None) -> None:
        self._context = context
        self._outbound = outbound or Outbound(networks_of(context.settings.internal_networks))

    async def work(self) -> None:
        """Open what is silent, and ask until nothing is due."""
        channels = self.askable()
        if not channels:
            return
        await self.open(channels)
        while await self.ask_next(channels):
            pass

    def askable(self) -> list[str]:
        """The channels that can be asked."""
        return [slug for slug, one in self._context.parts.keys.channels.items() if one.gateway is not None]

    async def open(self, channels: Collection[str]) -> None:
        """Have everything asked that is silent or in doubt by now."""
        now = await time_of_season(self._context, newest)
        until = now - timedelta(seconds=self._context.settings.ask_after_seconds)
        async with self._context.engine.begin() as conn:
            silent = await store.silent_orders(conn, channels, now - OLDEST, until, _MOST_NEW)
            new = [about_order(one, self._division(one), "silent", None, now) for one in silent]
            for reason, found in await _in_doubt(conn, channels):
                new.append(about_transaction(found, reason, None, now))
            opened = await apply_by_halves(conn, new, partial(store.open_queries, conn), most_defects=None)
        for query, error in opened.refused:
            setback(f"query of {query.channel} about {query.subject}", error)

    async def ask_next(self, channels: Collection[str]) -> bool:
        """Ask what is due, several at once; False when there is nothing."""
        now = self._context.clock.now()
        async with self._context.engine.begin() as conn:
            await store.end_told(conn, channels, now)
            taken = await store.take(conn, channels, now, now + _PATIENCE, _TAKEN)
        if not taken:
            return False
        at = await time_of_season(self._context, newest)
        gate = asyncio.Semaphore(_AT_ONCE)

        async def one(query: Query) -> None:
            async with gate:
                try:
                    await self._ask(query, now, at)
                except Exception as error:
                    if is_outage(error) or is_collision(error):
                        raise
                    setback(f"query {query.query_id}", error)  # its time comes again

        await asyncio.gather(*(one(query) for query in taken))
        return len(taken) == _TAKEN

    def _division(self, order: AskableOrder) -> str | None:
        return self._context.parts.divisions.code_of(order.county)

    async def _ask(self, query: Query, now: datetime, at: datetime) -> None:
        channel = self._context.parts.keys.channels.get(query.channel)
        gateway = channel.gateway if channel is not None else None
        told, fault, notification_id = None, None, None
        try:
            if gateway is None:
                raise Unclear("no_gateway")
            told, raw = await self._call(gateway, query, at)
            if told.notification is not None:
                arrival = Arrival(query.channel, told.notification, raw, at)
                notification_id = (await self._context.parts.commits.store(arrival)).notification_id
        except (NotSent, AnswerUnknown, Unclear) as error:
            fault = str(error)
        except (ContentConflict, Busy, NotStored) as error:
            told, fault = None, type(error).__name__
        except Exception as error:
            if is_outage(error):
                raise
            # An answer that we stumble over is our defect: it is asked again and given up like any other.
            setback(f"answer to query {query.query_id} of {query.channel}", error)
            told, fault = None, f"defect_{type(error).__name__}"
        await self._note(query, told, fault, now, notification_id)
        self._context.parts.metrics.queries(query.channel, told.outcome if told else "unclear").inc()
        if fault is not None:
            log.warning("gateway_unclear", channel=query.channel, query_id=query.query_id, fault=fault)

    async def _call(self, gateway: Gateway, query: Query, at: datetime) -> tuple[Told, bytes]:
        question = Question(query.order_no, query.transaction_no, query.ordered_at)
        call = gateway.query(question, int(time.time()))
        if call is None:
            raise Unclear("not_askable")
        answered = await self._outbound.call(call.method, call.url, call.headers, call.body)
        reply = Reply(answered.status, answered.headers, answered.body)
        return gateway.told(question, reply, int(time.time()), at), answered.body

    async def _note(
        self, query: Query, told: Told | None, fault: str | None, now: datetime, notification_id: int | None
    ) -> None:
        final = told is not None and told.outcome in FINAL
        next_at = None if final else ask_again_at(query.tries, now)
        async with self._context.engine.begin() as conn:
            await store.note(
                conn,
                query.query_id,
                state="answered" if final else ("given_up" if next_at is None else "due"),
                outcome=told.outcome if told is not None else query.outcome,
                fault=fault[:200] if fault is not None else None,
                next_at=next_at,
                notification_id=notification_id,
            )


async def _in_doubt(conn: AsyncConnection, channels: Collection[str]) -> Sequence[tuple[Reason, Found]]:
    """What is in doubt, once each: two cases may be about one transaction."""
    returns = await store.unmatched_returns(conn, channels, _MOST_NEW)
    files = await store.only_in_files(conn, channels, _MOST_NEW)
    found: dict[tuple[str, str], tuple[Reason, Found]] = {}
    for one in files:
        found[one.channel, one.transaction_no] = ("file_only", one)
    for one in returns:
        found.setdefault((one.channel, one.transaction_no), ("unmatched_return", one))
    return list(found.values())


def about_order(
    order: AskableOrder, division_code: str | None, reason: Reason, by: str | None, now: datetime
) -> NewQuery:
    """A query about an order of ours."""
    return NewQuery(
        channel=order.channel,
        subject=subject_of(order.order_no, None),
        order_no=order.order_no,
        transaction_no=None,
        ordered_at=order.created_at,
        county=order.county,
        division_code=division_code,
        coverage_year=order.coverage_year,
        reason=reason,
        asked_by=by,
        opened_at=now,
        next_at=now,
    )


def about_transaction(found: Found, reason: Reason, by: str | None, now: datetime) -> NewQuery:
    """A query about a transaction of the channel."""
    return NewQuery(
        channel=found.channel,
        subject=subject_of(None, found.transaction_no),
        order_no=None,
        transaction_no=found.transaction_no,
        ordered_at=None,
        county=found.county,
        division_code=found.division_code,
        coverage_year=found.coverage_year,
        reason=reason,
        asked_by=by,
        opened_at=now,
        next_at=now,
    )
