"""Tells workers of this process that a database has work for them: it only saves them waiting to look."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine

_Address = tuple[str | None, int | None, str | None]


class Pokes:
    """Who of one kind of workers listens, by database."""

    def __init__(self) -> None:
        self._listening: dict[_Address, set[asyncio.Event]] = {}

    def poke(self, url: URL) -> None:
        """Set the events of those who listen for this database."""
        for event in self._listening.get(_address(url), ()):
            event.set()

    @contextmanager
    def listening(self, engine: AsyncEngine) -> Iterator[asyncio.Event]:
        """Give an event that is set whenever there is something in this database."""
        event = asyncio.Event()
        all_of_them = self._listening.setdefault(_address(engine.url), set())
        all_of_them.add(event)
        try:
            yield event
        finally:
            all_of_them.discard(event)


def _address(url: URL) -> _Address:
    return (url.host, url.port, url.database)
