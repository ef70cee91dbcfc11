"""Lets requests go before background work, where one process has both.

Whoever asks waits for the answer; what follows from it can wait a moment, and is cheaper in larger batches.
So while a process answers many requests at once, its background work has turns, one after the other.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

#: So many requests at once are more than a process answers by the way. It is crowded for a while behind them:
#: many are answered by one commit, and their senders come again a moment later.
MANY, CROWDED_SECONDS = 16, 0.1
#: How long a turn of background work gives way first, and the longest that anybody waits for a turn.
TURN_SECONDS, LONGEST_SECONDS = 0.25, 2.0


class RightOfWay:
    """How many requests a process is answering, and whose turn it is among its background work."""

    def __init__(self) -> None:
        self._answering = 0
        self._crowded_until = 0.0
        self._turn = asyncio.Lock()

    @property
    def crowded(self) -> bool:
        """Whether many requests are being answered: what is done meanwhile had better be short."""
        return self._answering >= MANY or time.monotonic() < self._crowded_until

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Count a request while it is answered."""
        self._answering += 1
        try:
            yield
        finally:
            if self._answering >= MANY:
                self._crowded_until = time.monotonic() + CROWDED_SECONDS
            self._answering -= 1

    async def give_way(self) -> None:
        """Return at once unless it is crowded; else when one had one's turn, within two seconds."""
        if not self.crowded:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_SECONDS), self._turn:
                if self.crowded:
                    await asyncio.sleep(TURN_SECONDS)
