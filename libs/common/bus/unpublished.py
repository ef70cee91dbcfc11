"""Sets events apart that the bus refuses, so that all others of a service are published.

They are kept with the dead letters of the service under the name of its outbox, with those of their key that
have to wait behind them, and are published when an operator has them tried again.
"""

import logging
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import dead_letters
from libs.common.bus.handling import count_types
from libs.common.bus.port import Message, Outgoing, UnknownTopic
from libs.common.bus.shards import SHARD
from libs.common.bus.tracing import tell_published
from libs.common.db.rows import fetch_values, statement
from libs.common.db.trouble import is_outage
from libs.common.service import AnyContext
from libs.common.setbacks import setback

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
#: How often an event is tried while nothing else could be published either.
TRIES = 3

_ASKED = statement(f"""
    SELECT DISTINCT key FROM dead_letters
    WHERE topic = :topic AND state = 'retrying' AND {SHARD} = ANY(CAST(:shards AS int[])) ORDER BY key
""")


@dataclass
class _Sorted:
    """What became of a batch: how many events were published, and those that were refused, with why."""

    published: int = 0
    refused: dict[str, tuple[Outgoing, Exception]] = field(default_factory=dict)
    behind: list[Outgoing] = field(default_factory=list)


class Unpublished:
    """The events of one outbox that the bus refused, by key."""

    def __init__(self, context: AnyContext, topic: str) -> None:
        self._context = context
        self._topic = topic
        self._name = f"outbox/{topic}"
        self._keys: set[str] = set()
        self._looked_at = float("-inf")
        self._tries: dict[str, int] = {}

    async def publish(self, messages: Sequence[Outgoing], shards: Collection[int]) -> None:
        """Publish all but what the bus refuses; raise while the bus as a whole may be in trouble."""
        await self.look(shards)
        if self._keys:
            behind = [message for message in messages if message.key in self._keys]
            messages = [message for message in messages if message.key not in self._keys]
            await self._park(behind, dead_letters.BEHIND)
        if not messages:
            return
        try:
            await self._send(messages)
        except Exception as error:
            if _is_outage(error):
                raise
            await self._set_apart(messages, error)
        self._tries.clear()

    async def _send(self, messages: Sequence[Outgoing]) -> None:
        started_ns = time.time_ns()
        await self._context.bus.publish(messages)
        tell_published(messages, started_ns)

    async def _set_apart(self, messages: Sequence[Outgoing], error: Exception) -> None:
        """Find by halves what is refused. That others are published shows that the bus works."""
        log.warning(
            "%s events of %s were refused, looking for the cause: %s",
            len(messages), self._topic, dead_letters.reason_of(error),
        )  # fmt: skip
        found = _Sorted()
        await self._by_halves(messages, found)
        if not found.published and not await self._bus_answers(messages[0].id):
            raise error
        for message, fault in found.refused.values():
            setback(f"event {message.id} of {self._topic}", fault)
            await self._park([message], dead_letters.reason_of(fault), dead_letters.trace_of(fault))
        await self._park(found.behind, dead_letters.BEHIND)

    async def _by_halves(self, messages: Sequence[Outgoing], found: _Sorted) -> None:
        found.behind += [message for message in messages if message.key in found.refused]
        part = [message for message in messages if message.key not in found.refused]
        if not part:
            return
        try:
            await self._send(part)
            found.published += len(part)
            return
        except Exception as error:
            if _is_outage(error):
                raise
            if len(part) == 1:
                found.refused[part[0].key] = (part[0], error)
                return
        middle = len(part) // 2
        await self._by_halves(part[:middle], found)
        await self._by_halves(part[middle:], found)

    async def _bus_answers(self, first: str) -> bool:
        """Whether the bus answers other questions, after it has refused a batch again and again."""
        self._tries[first] = self._tries.get(first, 0) + 1
        if self._tries[first] < TRIES:
            return False
        await self._context.bus.lag(self._context.name, [self._topic])
        return True

    def know_nothing(self) -> None:
        """Look before the next event: whoever had its shard until now may have set its key apart."""
        self._looked_at = float("-inf")

    async def look(self, shards: Collection[int]) -> None:
        """See which keys are set apart, now and then; those of `shards` are tried again if asked for."""
        if time.monotonic() - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = time.monotonic()
        async with self._context.engine.connect() as conn:
            self._keys = set(await dead_letters.open_keys(conn, self._name))
            asked = (
                await fetch_values(conn, str, _ASKED, topic=self._name, shards=list(shards))
                if self._keys
                else []
            )
        for key in asked:
            async with self._context.engine.begin() as conn:
                if await self._retry(conn, key):
                    self._keys.discard(key)

    async def _retry(self, conn: AsyncConnection, key: str) -> bool:
        """Publish the letters of a key in their order, up to one that is refused again."""
        for letter_id, message in await dead_letters.lock_open(conn, self._name, key):
            try:
                await self._send([self._outgoing(message)])
            except Exception as error:
                if _is_outage(error):
                    raise
                await dead_letters.failed_again(conn, letter_id, error)
                await dead_letters.park_again(conn, self._name, key)
                return False
            await dead_letters.close(conn, letter_id)
        return True

    async def _park(self, messages: Sequence[Outgoing], reason: str, trace: str | None = None) -> None:
        if not messages:
            return
        letters = [self._letter(message) for message in messages]
        async with self._context.engine.begin() as conn:
            await dead_letters.park(conn, letters, reason, trace, attempts=0 if trace is None else 1)
        self._keys.update(message.key for message in messages)
        count_types(self._context.metrics.events_parked, [message.type for message in messages])

    def _letter(self, message: Outgoing) -> Message:
        return Message(
            topic=self._name, partition=-1, position=int(message.id), key=message.key, id=message.id,
            source=message.source, type=message.type, time=message.time, data=message.data,
            subject=message.subject, correlation_id=message.correlation_id,
            causation_id=message.causation_id,
        )  # fmt: skip

    def _outgoing(self, message: Message) -> Outgoing:
        return Outgoing(
            topic=self._topic, key=message.key, id=message.id, source=message.source, type=message.type,
            time=message.time, data=message.data, subject=message.subject,
            correlation_id=message.correlation_id, causation_id=message.causation_id,
        )  # fmt: skip


def _is_outage(error: Exception) -> bool:
    """Whether the bus is away, or not ready, for all events alike. Errors of brokers say it themselves."""
    if isinstance(error, UnknownTopic) or is_outage(error):
        return True
    return getattr(error, "retriable", False) is True
