"""Lets requests go before background work, where one process has both.

Whoever asks waits for the answer; what follows from it can wait a moment, and is cheaper in larger batches. So
while many requests are being answered, background work of the process has its turns one at a time.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

#: So many requests at once are more than a process answers by the way.
MANY = 16
#: How long each turn of background work gives way.
TURN_SECONDS = 0.1
_LOOK_SECONDS = 0.01


class RightOfWay:
    """How many requests the process is answering, and whose turn it is among its background work."""

    def __init__(self) -> None:
        self._inside = 0
        self._turn = asyncio.Lock()

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Count a request while it is answered."""
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    async def give_way(self) -> None:
        """Return at once while few requests are answered; else when it is one's turn, and a while has passed."""
        if self._inside < MANY:
            return
        async with self._turn:
            until = time.monotonic() + TURN_SECONDS
            while self._inside >= MANY and time.monotonic() < until:
                await asyncio.sleep(_LOOK_SECONDS)
