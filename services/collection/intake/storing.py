"""Stores notifications, many in one commit, and says of each how it stands."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncEngine

from libs.common.db.held import HeldConnection, held_connection
from services.collection import hot_store
from services.collection.channels.port import RETURN
from services.collection.group_commit import NotStored, Write
from services.collection.intake.rules import Arrival, ContentConflict, Outcome, Stored

#: Longer than any commit; a server that hangs must not hold the senders, who give up after five seconds.
PATIENCE_SECONDS = 4.0

_Key = tuple[str, str]


@asynccontextmanager
async def notification_writer(engine: AsyncEngine) -> AsyncIterator[Write[Arrival, Stored]]:
    """Hold a connection and yield what writes a batch with it."""
    async with held_connection(engine) as driver:

        async def write(arrivals: Sequence[Arrival]) -> list[Outcome]:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await _Batch(driver, arrivals).store()

        yield write


class _Batch:
    """Arrivals on their way; of several with one transaction number the first is written."""

    def __init__(self, driver: HeldConnection, arrivals: Sequence[Arrival]) -> None:
        self._driver = driver
        self._arrivals = arrivals
        self._first: dict[_Key, Arrival] = {}
        for arrival in arrivals:
            self._first.setdefault(_key(arrival), arrival)
        self._known: dict[_Key, Stored] = {}
        self._content: dict[_Key, bytes | None] = {}
        self._failed: dict[_Key, Exception] = {}

    async def store(self) -> list[Outcome]:
        """Store them and say of each how it stands; raise when the commit is not certain."""
        await self._insert(list(self._first.values()))
        missing = [
            arrival
            for key, arrival in self._first.items()
            if key not in self._known and key not in self._failed
        ]
        if missing:
            await self._find(missing)
        return [self._outcome(arrival) for arrival in self._arrivals]

    async def _insert(self, arrivals: list[Arrival]) -> None:
        """Write all in one statement; when the server refuses, halve until what it refuses is found."""
        try:
            stored = await hot_store.store_notifications(self._driver, arrivals)
        except hot_store.RowRefused as fault:
            if len(arrivals) == 1:
                self._failed[_key(arrivals[0])] = NotStored(str(fault))
                return
            middle = len(arrivals) // 2
            await self._insert(arrivals[:middle])
            await self._insert(arrivals[middle:])
            return
        for one in stored:
            key = (one.channel, one.dedupe_key)
            self._known[key] = Stored(one.id)
            self._content[key] = self._first[key].notification.content_sha256

    async def _find(self, arrivals: Sequence[Arrival]) -> None:
        for found in await hot_store.find_notifications(self._driver, arrivals):
            key = (found.channel, found.dedupe_key)
            if found.id is not None:
                self._known[key], self._content[key] = Stored(found.id, again=True), found.content_sha256
            elif found.webhook_used:
                self._failed[key] = ContentConflict("webhook id")
            else:
                self._failed[key] = NotStored("another instance was writing it and gave up")

    def _outcome(self, arrival: Arrival) -> Outcome:
        key = _key(arrival)
        if key in self._failed:
            return self._failed[key]
        if not arrival.notification.says_the_same_as(self._content[key]):
            returned = arrival.notification.kind == RETURN
            return ContentConflict("return number" if returned else "transaction number")
        stored = self._known[key]
        return stored if self._first[key] is arrival else Stored(stored.notification_id, again=True)


def _key(arrival: Arrival) -> _Key:
    return arrival.channel, arrival.notification.dedupe_key
