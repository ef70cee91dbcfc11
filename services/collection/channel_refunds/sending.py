"""Has channels give money back, and asks what became of it until that is known.

A request is noted before it is sent, and repeated under the same number whenever its answer is unknown: to
the channel that is the same refund. What it says for good is stored as a notice is, and booked as one:
whichever of the two comes first counts, the other is kept beside it. No connection is held meanwhile.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from libs.common.cases.alerting import time_of_season
from libs.common.db.trouble import is_collision, is_outage
from libs.common.repeating import repeating
from libs.common.service import Worker
from libs.common.setbacks import setback
from libs.common.web.outbound import Answered, AnswerUnknown, NotSent, Outbound, networks_of
from services.collection.assembly import CollectionContext
from services.collection.channel_refunds import sending_store as store
from services.collection.channel_refunds.locating import handed_over
from services.collection.channel_refunds.rules import IN_TREASURY, Asked, Next, go_on, question
from services.collection.channel_refunds.sending_store import NewAnswer, Taken
from services.collection.channel_refunds.settling import Ended, settle
from services.collection.channels.generic import evidence
from services.collection.channels.port import Refunded, Refunds, Reply, Unclear, Wanted
from services.collection.channels.refunding import refunds_of
from services.collection.channels.wallet import EVIDENCE
from services.collection.group_commit import Busy, NotStored
from services.collection.households.waiting_store import newest
from services.collection.intake.rules import Arrival, ContentConflict
from services.collection.matching.lease_store import hold_lease

log = structlog.get_logger("canbao.collection.channel_refunds")

_EVERY_SECONDS = 5.0
#: How many are asked at once, and how many are taken for it.
_AT_ONCE = 8
_TAKEN = 32
#: Longer than all that were taken can last.
_PATIENCE = timedelta(minutes=5)


@dataclass(slots=True)
class _Heard:
    """What came of one question: what it says, as far as that is clear, and how it came."""

    word: str
    said: Refunded | None = None
    reply: Answered | None = None


def sender(context: CollectionContext) -> Worker:
    """Make the worker; any number of instances may run."""
    sending = Sending(context)
    return repeating("channel_refunds", sending.work, _EVERY_SECONDS)


class Sending:
    """Sends refunds and asks about them; `outbound` is another one in tests.

    What counts as the time of an answer is told by the clock of the season; when to ask again by the wall
    clock, where the two differ.
    """

    def __init__(self, context: CollectionContext, outbound: Outbound | None = None) -> None:
        self._context = context
        self._outbound = outbound or Outbound(networks_of(context.settings.internal_networks))

    async def work(self) -> None:
        """Ask until nothing is due."""
        channels = self._channels()
        while channels and await self.ask_next(channels):
            pass

    def _channels(self) -> dict[str, Refunds]:
        known = self._context.parts.keys.channels
        found = {slug: refunds_of(channel) for slug, channel in known.items()}
        return {slug: refunds for slug, refunds in found.items() if refunds is not None}

    async def ask_next(self, channels: Mapping[str, Refunds]) -> bool:
        """Ask about what is due, several at once; False when there is nothing."""
        now = self._context.clock.now()
        async with self._context.engine.begin() as conn:
            taken = await store.take(conn, channels, now, now + _PATIENCE, _TAKEN)
        if not taken:
            return False
        at = await time_of_season(self._context, newest)
        gate = asyncio.Semaphore(_AT_ONCE)

        async def one(refund: Taken) -> None:
            async with gate:
                try:
                    await self._ask(refund, channels[refund.channel], now, at)
                except Exception as error:
                    if is_outage(error) or is_collision(error):
                        raise
                    setback(f"refund {refund.request_no}", error)  # its time comes again

        await asyncio.gather(*(one(refund) for refund in taken))
        return len(taken) == _TAKEN

    async def _ask(self, refund: Taken, refunds: Refunds, now: datetime, at: datetime) -> None:
        if refund.tries == 1 and await self._is_handed_over(refund, at):
            return
        asked = question(refund.standing)
        heard = await self._hear(refund, refunds, asked, at)
        told = go_on(refund.standing, heard.said.outcome if heard.said else None, heard.word)
        await self._note(refund, asked, heard, told, now, at)
        if heard.said is None or told.failed:
            log.warning("channel_refund_unclear", channel=refund.channel, request_no=refund.request_no,
                        fault=heard.word)  # fmt: skip

    async def _is_handed_over(self, refund: Taken, at: datetime) -> bool:
        """Whether the money came into the treasury since two officers agreed: then nothing is sent."""
        async with self._context.engine.begin() as conn:
            known = (refund.county, refund.channel, refund.paid_at)
            if await handed_over(conn, self._context, *known) is None:
                return False
            await hold_lease(conn)
            await settle(conn, [Ended(refund.request_no, "failed", at, IN_TREASURY)], at)
            return True

    async def _hear(self, refund: Taken, refunds: Refunds, asked: Asked, at: datetime) -> _Heard:
        """Ask, and store what was said for good; whatever goes wrong is a word for the record."""
        wanted, heard = self._wanted(refund), _Heard("")
        try:
            heard.reply = await self._call(refunds, wanted, asked)
            reply = Reply(heard.reply.status, heard.reply.headers, heard.reply.body)
            read = refunds.asked if asked == "refund" else refunds.told
            said = read(wanted, reply, int(time.time()), at)
            if said.notification is not None:
                arrival = Arrival(refund.channel, said.notification, reply.body, at)
                await self._context.parts.commits.store(arrival)
            heard.word, heard.said = said.word, said
        except (NotSent, AnswerUnknown, Unclear) as error:
            heard.word = str(error)[:200]
        except (ContentConflict, Busy, NotStored) as error:
            heard.word = type(error).__name__
        except Exception as error:
            if is_outage(error):
                raise
            # An answer that we stumble over is our defect: the same is asked again like any other.
            log.exception("refund_answer_defect", channel=refund.channel, request_no=refund.request_no)
            heard.word = f"defect_{type(error).__name__}"
        return heard

    async def _call(self, refunds: Refunds, wanted: Wanted, asked: Asked) -> Answered:
        now = int(time.time())
        call = refunds.ask(wanted, now) if asked == "refund" else refunds.query(wanted, now)
        return await self._outbound.call(call.method, call.url, call.headers, call.body)

    def _wanted(self, refund: Taken) -> Wanted:
        public = self._context.settings.public_url
        path = f"/v1/channels/{refund.channel}/notifications"
        return Wanted(
            request_no=refund.request_no,
            transaction_no=refund.transaction_no,
            amount_fen=refund.amount_fen,
            total_fen=refund.total_fen,
            asked_at=refund.agreed_at,
            notify_url=f"{public.rstrip('/')}{path}" if public is not None else None,
        )

    async def _note(
        self, refund: Taken, asked: Asked, heard: _Heard, told: Next, now: datetime, at: datetime
    ) -> None:
        async with self._context.engine.begin() as conn:
            if told.failed:
                await hold_lease(conn)
            await store.keep(conn, _kept(refund, asked, heard, now))
            if told.failed:
                await settle(conn, [Ended(refund.request_no, "failed", at, told.refused)], at)
                return
            await store.note(
                conn,
                refund.channel_refund_id,
                accepted=told.accepted,
                refused=told.refused,
                word=heard.word,
                next_at=now + told.after,
            )


def _kept(refund: Taken, asked: Asked, heard: _Heard, now: datetime) -> NewAnswer:
    reply = heard.reply
    return NewAnswer(
        channel_refund_id=refund.channel_refund_id,
        asked=asked,
        asked_at=now,
        status=reply.status if reply is not None else None,
        word=heard.word,
        headers=evidence(reply.headers, EVIDENCE) if reply is not None else None,
        body=reply.body if reply is not None else None,
    )
