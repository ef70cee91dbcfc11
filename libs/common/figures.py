"""Figures that take a second or more to count, kept for whoever says how old they may be.

Many who ask at once have them counted once. Only figures are kept here, never people.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import TypeVar, cast

import structlog

log = structlog.get_logger(__name__)

Counted = TypeVar("Counted")

_MOST_KEPT = 200
#: So long waits who can come again.
PATIENCE_SECONDS = 0.075


class BeingCounted(Exception):
    """Figures are being counted, and go on being counted: whoever comes again has them."""


@dataclass
class Figures:
    """What a process has counted, and what it is counting; the oldest go first."""

    seconds: Callable[[], float] = time.monotonic
    _kept: OrderedDict[Hashable, tuple[float, object]] = field(default_factory=OrderedDict)
    _counting: dict[Hashable, asyncio.Task[object]] = field(default_factory=dict)

    async def of(
        self,
        key: Hashable,
        max_age: int,
        max_stale: int,
        count: Callable[[], Awaitable[Counted]],
        *,
        comes_again: bool = False,
    ) -> tuple[Counted, int]:
        """Give what was counted under `key`, and how many seconds ago.

        Raises BeingCounted for who `comes_again`.
        """
        if max_age <= 0:
            return await count(), 0
        now = self.seconds()
        if (found := self._kept.get(key)) is not None:
            age = now - found[0]
            if age <= max_age:
                return cast("Counted", found[1]), round(age)
            if age <= max_age + max_stale:
                _ = self._count(key, count)
                return cast("Counted", found[1]), round(age)
        # Whoever hangs up does not take the figures from those who wait with them.
        counting = asyncio.shield(self._count(key, count))
        try:
            async with asyncio.timeout(PATIENCE_SECONDS if comes_again else None) as waiting:
                return cast("Counted", await counting), 0
        except TimeoutError:
            if waiting.expired():
                raise BeingCounted from None
            raise

    def _count(self, key: Hashable, count: Callable[[], Awaitable[object]]) -> asyncio.Task[object]:
        if key not in self._counting:
            self._counting[key] = asyncio.create_task(self._keep(key, count))
            self._counting[key].add_done_callback(_told)
        return self._counting[key]

    async def _keep(self, key: Hashable, count: Callable[[], Awaitable[object]]) -> object:
        began = self.seconds()
        try:
            counted = await count()
        finally:
            del self._counting[key]
        self._kept[key] = began, counted
        self._kept.move_to_end(key)
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return counted


def _told(task: asyncio.Task[object]) -> None:
    """Perhaps nobody waits for it: a failure is told in the log, and whoever asks next counts again."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.warning("figures_not_counted", error=type(error).__name__)
