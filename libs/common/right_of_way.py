"""Lets whoever waits for an answer go before background work, where one process has both.

What follows from a callback or an order can wait a moment, and is cheaper in larger batches. So while many of
them wait to be stored, background work of their process has turns, one after the other.
"""

import asyncio
import time
from contextlib import suppress

#: So many who wait at once are more than a process answers by the way. It is crowded for a while behind them:
#: one commit answers many, and their senders come again a moment later.
MANY, CROWDED_SECONDS = 16, 0.1
#: How long a turn of background work gives way first, and the longest that anybody waits for a turn.
TURN_SECONDS, LONGEST_SECONDS = 0.25, 2.0


class RightOfWay:
    """How many wait for an answer, and whose turn it is among the background work of the process."""

    def __init__(self) -> None:
        self._waiting = 0
        self._crowded_until = 0.0
        self._turn = asyncio.Lock()

    @property
    def crowded(self) -> bool:
        """Whether many wait: what is done meanwhile had better be short."""
        return self._waiting >= MANY or time.monotonic() < self._crowded_until

    def arrive(self) -> None:
        """Count one who waits for us, never one for whom we wait: a slow line must not hold up the work."""
        self._waiting += 1

    def leave(self) -> None:
        """The one has an answer, or waits no more."""
        if self._waiting >= MANY:
            self._crowded_until = time.monotonic() + CROWDED_SECONDS
        self._waiting -= 1

    async def give_way(self) -> None:
        """Return at once unless it is crowded; else when one had one's turn, within two seconds."""
        if not self.crowded:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_SECONDS), self._turn:
                if self.crowded:
                    await asyncio.sleep(TURN_SECONDS)
