"""Sends what is queued outside of quiet hours, each message once, and asks what became of those nobody knows.

A message is kept as `sending` before it leaves: a process that dies meanwhile leaves it `unknown`.
"""

from datetime import UTC, datetime, timedelta

from libs.common.clock import season_now
from libs.common.db.trouble import is_outage
from libs.common.policy import Notice
from libs.common.repeating import for_each, repeating
from libs.common.security.data_keys import CannotBeOpened
from libs.common.service import Worker
from libs.common.setbacks import setback
from services.registration.reminders import sending_store as store
from services.registration.reminders.gateway import Gateways, Word
from services.registration.reminders.rules import Repair, is_quiet, text_of, words
from services.registration.reminders.sending_store import Asked, Became, Claimed, Season
from services.registration.settings import RegistrationContext

_EVERY_SECONDS = 15.0
_AT_ONCE = 20
#: A gateway answers in less than a third of a minute: so many take less.
_LEASE = timedelta(minutes=15)
_AGAIN = timedelta(minutes=5)
_ASK_AGAIN = timedelta(minutes=30)
#: How often a message is sent or asked about; then it stays as it is.
_MOST = 48


class Sender:
    """Sends the reminders of a deployment."""

    def __init__(self, context: RegistrationContext, gateways: Gateways) -> None:
        self._context, self._gateways = context, gateways

    async def send(self, now: datetime, hour: datetime | None = None) -> None:
        """Send what is due and may be sent at this instant; `hour` is that of a season that is replayed."""
        async with self._context.engine.connect() as conn:
            seasons = await store.waiting(conn, now)

        async def send(season: Season) -> None:
            if self._gateways.of(season.county) is not None:
                await self._send(season, now, hour or now)

        await for_each(seasons, send, lambda one: f"reminders of {one.county}/{one.coverage_year}")

    async def _send(self, season: Season, now: datetime, hour: datetime) -> None:
        notice = self._context.notices.get((season.county, season.coverage_year))
        if notice is None or notice.document.messages is None:
            return
        if is_quiet(notice.document.messages.quiet, hour):
            return
        async with self._context.engine.begin() as conn:
            claimed = await store.claim(conn, season, now, now + _LEASE, _AT_ONCE)

        async def send(one: Claimed) -> None:
            try:
                became = await self._became(notice, one, now)
            except Exception as error:
                if is_outage(error):
                    raise
                setback(f"reminder {one.id}", error)
                # It may have left: the gateway knows.
                state = "failed" if one.tries >= _MOST else "unknown"
                became = Became(one.id, state, _defect(error), now + _AGAIN)
            async with self._context.engine.begin() as conn:
                await store.note(conn, became)

        await for_each(claimed, send, lambda one: f"reminder {one.id}")

    async def _became(self, notice: Notice, one: Claimed, now: datetime) -> Became:
        text = text_of(notice, one.text_id)
        if text is None:
            return Became(one.id, "failed", "no_text", now)
        repair = Repair(one.repair_years, one.repair_months)
        word = await self._word(notice, one, words(notice, text, one.people, repair))
        sent_at = now if word.state == "sent" else None
        state = "failed" if word.state == "queued" and one.tries >= _MOST else word.state
        return Became(one.id, state, word.answer, now + _AGAIN, sent_at=sent_at)

    async def _word(self, notice: Notice, one: Claimed, said: str) -> Word:
        try:
            async with self._context.engine.connect() as conn:
                phone = await store.phone_of(conn, one.id)
        except CannotBeOpened as error:
            setback(f"phone of reminder {one.id}", error)
            return Word("queued", "phone_unreadable")
        if phone is None:  # they agree no more; the next claim withdraws it
            return Word("queued", "withdrawn")
        return await self._gateways.send(notice.county, one.id, phone, said)

    async def ask(self, now: datetime, counties: list[str]) -> None:
        """Ask the gateway about messages whose end nobody knows."""
        async with self._context.engine.begin() as conn:
            asked = await store.to_ask(conn, counties, now, now + _LEASE, _MOST, _AT_ONCE)

        async def ask(one: Asked) -> None:
            try:
                word = await self._gateways.ask(one.county, one.id, one.state)
            except Exception as error:
                setback(f"question about reminder {one.id}", error)
                word = Word(one.state, _defect(error))
            wait = timedelta(0) if word.state == "queued" else _ASK_AGAIN
            became = Became(one.id, word.state, word.answer, now + wait, asked=1)
            async with self._context.engine.begin() as conn:
                await store.note(conn, became)

        await for_each(asked, ask, lambda one: f"question about reminder {one.id}")


def _defect(error: Exception) -> str:
    return f"defect_{type(error).__name__}"


def reminding(context: RegistrationContext) -> Worker:
    """Make the worker that sends, by the wall clock; any number may run. Without a gateway it rests."""
    gateways = Gateways(context.settings)
    sender = Sender(context, gateways)

    async def newest() -> datetime | None:
        async with context.engine.connect() as conn:
            return await store.newest_run(conn)

    async def work() -> None:
        counties = sorted({county for county, _ in context.notices if gateways.of(county) is not None})
        if counties:
            await sender.send(datetime.now(UTC), await season_now(context.clock, newest))
            await sender.ask(datetime.now(UTC), counties)

    return repeating("reminders", work, _EVERY_SECONDS)
