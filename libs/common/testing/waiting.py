"""Waits in tests for something that other processes bring about."""

import asyncio
from collections.abc import Awaitable, Callable


async def eventually(holds: Callable[[], Awaitable[bool]], seconds: float = 40) -> None:
    """Wait until `holds()`. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110 (asks databases and brokers)
            await asyncio.sleep(0.05)
