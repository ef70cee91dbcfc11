"""A bus that is made when somebody first uses it: most tests have one at hand and need none."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from libs.common.bus.port import Bus, Outgoing, Subscription


class LateBus:
    """The bus that `make` gives, started, from its first use on."""

    def __init__(self, make: Callable[[], Awaitable[Bus]]) -> None:
        self._make = make
        self._made: Bus | None = None
        self._one_makes = asyncio.Lock()

    async def start(self) -> None:
        """Nothing: the first use starts it."""

    async def stop(self) -> None:
        """Stop the bus, if there is one."""
        if self._made is not None:
            await self._made.stop()

    async def create_topics(self, topics: Sequence[str], partitions: int) -> None:
        """As the bus does."""
        await (await self._bus()).create_topics(topics, partitions)

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        """As the bus does."""
        await (await self._bus()).publish(messages)

    @asynccontextmanager
    async def subscribe(
        self, group: str, topics: Sequence[str], max_batch: int = 500
    ) -> AsyncIterator[Subscription]:
        """As the bus does."""
        async with (await self._bus()).subscribe(group, topics, max_batch) as subscription:
            yield subscription

    async def lag(self, group: str, topics: Sequence[str]) -> dict[tuple[str, int], int]:
        """As the bus does."""
        return await (await self._bus()).lag(group, topics)

    async def _bus(self) -> Bus:
        async with self._one_makes:
            if self._made is None:
                self._made = await self._make()
            return self._made
