"""Applies batches of messages exactly once, and parks a message that cannot be handled."""

import asyncio
import collections
import logging
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from libs.common.bus import dead_letters, inbox, tracing
from libs.common.bus.port import Message
from libs.common.db.trouble import is_collision, is_outage
from libs.common.events.envelope import Fact
from libs.common.observability.metrics import ServiceMetrics
from libs.common.setbacks import setback

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Received:
    """One new fact and the message that carried it. The time that counts is `message.time`."""

    fact: Fact
    message: Message


#: NUL as JSON writes it; behind an even number of backslashes it is meant.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def _read(model: type[Fact], data: bytes) -> Fact:
    """Read a fact. Raises ValueError.

    Who stores a fact as it came could never read it again in the database when a text in it holds NUL.
    """
    if b"\\u0000" in data and _NUL.search(data):
        raise ValueError("a text of the message holds NUL, which no database keeps")
    return model.model_validate_json(data)


#: Facts that are read in one go.
READ_AT_ONCE = 100

Handle = Callable[[AsyncConnection, Sequence[Received]], Awaitable[None]]


@dataclass(frozen=True)
class TopicHandler:
    """What a service does with one topic: which facts it wants, and the function that applies a batch.

    `handle(conn, batch)` gets new facts only, each key's in order, within an open transaction that it must
    not commit. It works set-based: a few statements for the whole batch, rows locked in id order. After a
    failure it may be called again with a part of the batch: it keeps nothing outside of the transaction.

    Where `handle` takes locks that depend on the facts, `hold` takes all that it could need: letters that are
    tried again share a transaction one after the other, and would take them in an order of their own.
    """

    handle: Handle
    types: tuple[type[Fact], ...]
    hold: Callable[[AsyncConnection], Awaitable[None]] | None = None
    models: dict[str, type[Fact]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "models", {fact.type: fact for fact in self.types})


@dataclass(frozen=True)
class Patience:
    """How often a failing message is tried before it is parked, and how long to wait in between (seconds)."""

    tries: int = 3
    collision_tries: int = 8
    first_wait_seconds: float = 0.05
    longest_wait_seconds: float = 5.0

    def wait_seconds(self, failures: int) -> float:
        """The pause after that many failures in a row."""
        doublings = max(0, min(failures - 1, 16))
        return min(self.longest_wait_seconds, self.first_wait_seconds * (1 << doublings))


def count_types(counter: Counter, types: Iterable[str]) -> None:
    """Count events by their type."""
    for type_, number in collections.Counter(types).items():
        counter.labels(type_).inc(number)


class Handling:
    """Applies batches of one topic to the database of one service."""

    def __init__(
        self,
        engine: AsyncEngine,
        topic: str,
        handler: TopicHandler,
        patience: Patience | None = None,
        metrics: ServiceMetrics | None = None,
    ) -> None:
        self._engine = engine
        self._topic = topic
        self._handler = handler
        self._patience = patience or Patience()
        self._metrics = metrics or ServiceMetrics()

    async def process(self, messages: Sequence[Message]) -> int:
        """Apply `messages`, each key's in order; when it returns each is handled, skipped or parked.

        Gives how many were wanted by the handler. Only cancellation gets out of it.
        """
        wanted: list[Received] = []
        models = self._handler.models
        count = 0
        for message in messages:
            model = models.get(message.type)
            if model is None:
                continue
            count += 1
            if count % READ_AT_ONCE == 0:
                await asyncio.sleep(0)  # others of this process have their turn
            try:
                wanted.append(Received(_read(model, message.data), message))
            except ValueError as error:
                await self._apply(wanted)
                wanted = []
                await self._park(message, error, attempts=1)
        await self._apply(wanted)
        return count

    async def _apply(self, batch: Sequence[Received]) -> None:
        """Apply a batch in one transaction; try again, then halve, then park what fails by itself."""
        failures = 0
        while batch:
            try:
                await self._transact(batch)
                return
            except Exception as error:
                failures += 1
                if self._worth_another_try(error, failures, len(batch)):
                    await asyncio.sleep(self._patience.wait_seconds(failures))
                    continue
                if len(batch) == 1:
                    await self._park(batch[0].message, error, failures)
                    return
                log.warning(
                    "a batch of %s messages of %s failed, looking for the cause: %s",
                    len(batch), self._topic, dead_letters.reason_of(error),
                )  # fmt: skip
            middle = len(batch) // 2
            await self._apply(batch[:middle])
            batch, failures = batch[middle:], 0

    def _worth_another_try(self, error: Exception, failures: int, size: int) -> bool:
        if is_outage(error):
            log.warning(
                "the database of %s is in trouble, waiting: %s", self._topic, dead_letters.reason_of(error)
            )
            return True
        if is_collision(error) and failures < self._patience.collision_tries:
            return True
        return size == 1 and failures < self._patience.tries

    async def _transact(self, batch: Sequence[Received]) -> None:
        async with self._engine.begin() as conn:
            accepted = await inbox.accept(conn, self._topic, [received.message for received in batch])
            if accepted.behind:
                await dead_letters.park(conn, accepted.behind, dead_letters.BEHIND)
            if len(accepted.fresh) != len(batch):
                fresh = {id(message) for message in accepted.fresh}
                batch = [received for received in batch if id(received.message) in fresh]
            if batch:
                with tracing.handled(self._topic, [received.message for received in batch]):
                    await self._handler.handle(conn, batch)
        count_types(self._metrics.events_handled, [received.message.type for received in batch])

    async def _park(self, message: Message, error: BaseException, attempts: int) -> None:
        """Put one message into the dead-letter store; keep trying while the database is in trouble."""
        reason, trace = dead_letters.reason_of(error), dead_letters.trace_of(error)
        setback(f"message {message.id} of {self._topic}", error)
        failures = 0
        while True:
            try:
                async with self._engine.begin() as conn:
                    await dead_letters.park(conn, [message], reason, trace, attempts)
                count_types(self._metrics.events_parked, [message.type])
                return
            except Exception as trouble:
                if not (is_outage(trouble) or is_collision(trouble)):
                    raise
                failures += 1
                await asyncio.sleep(self._patience.wait_seconds(failures))

    async def retry_key(self, key: str) -> bool:
        """Handle the open dead letters of `key` in order, up to one that fails again; True when none is left.

        Messages of the key that arrive meanwhile wait for the locks taken here, so none slips in between.
        """
        async with self._engine.begin() as conn:
            while letters := await dead_letters.lock_open(conn, self._topic, key):
                if self._handler.hold is not None:
                    await self._handler.hold(conn)
                for letter_id, message in letters:
                    error = await self._retry(conn, message)
                    if error is not None:
                        await dead_letters.failed_again(conn, letter_id, error)
                        await dead_letters.park_again(conn, self._topic, key)
                        return False
                    await dead_letters.close(conn, letter_id)
        return True

    async def _retry(self, conn: AsyncConnection, message: Message) -> Exception | None:
        """Handle one letter in a savepoint; give the error if it fails through its own fault."""
        try:
            async with conn.begin_nested():
                model = self._handler.models.get(message.type)
                if model is not None and await dead_letters.enter_inbox(conn, message):
                    fact = _read(model, message.data)
                    with tracing.handled(self._topic, [message]):
                        await self._handler.handle(conn, [Received(fact, message)])
        except Exception as error:
            if is_outage(error) or is_collision(error):
                raise
            return error
        return None
