"""Writes thousands of requests a second durably: many of them share one commit.

Requests queue; one flusher takes whatever queued while the last commit ran, and each request is answered only
after the commit that holds it. There is no artificial delay, but for the turn of the loop that is under way:
under light load a commit holds one request.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Generic, TypeVar

from libs.common.right_of_way import RightOfWay

Task = TypeVar("Task")
Result = TypeVar("Result")

#: How long the flusher keeps its connection without work.
LINGER_SECONDS = 1.0


class Busy(Exception):
    """The queue is full; nothing was written."""


class NotStored(Exception):
    """The database did not confirm. Whether it committed is unknown, so nobody may be told that it did."""


Write = Callable[[Sequence[Task]], Awaitable[Sequence[Result | Exception]]]
OpenWriter = Callable[[], AbstractAsyncContextManager[Write[Task, Result]]]


class GroupCommit(Generic[Task, Result]):
    """Hands batches of tasks to a writer, one batch at a time.

    `open_writer` gives the writer with its connection, which is held for as long as there is work. A writer
    returns a result or an exception per task, in order, after its commit. It must not raise for one bad task;
    when it raises, the whole batch is answered with NotStored and the next one gets a new connection.
    """

    def __init__(
        self, open_writer: OpenWriter[Task, Result], right_of_way: RightOfWay, *, capacity: int, batch: int
    ) -> None:
        self._open_writer = open_writer
        self._right_of_way = right_of_way
        self._capacity = capacity
        self._batch = batch
        self._waiting: deque[tuple[Task, asyncio.Future[Result]]] = deque()
        self._flusher: asyncio.Task[None] | None = None
        self._arrived = asyncio.Event()
        self._closing = False

    async def store(self, task: Task) -> Result:
        """Return once the task is committed; raise what the writer says of it, Busy or NotStored."""
        if len(self._waiting) >= self._capacity:
            raise Busy
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.create_task(self._flush(), name="collection:group-commit")
        answer: asyncio.Future[Result] = self._flusher.get_loop().create_future()
        self._waiting.append((task, answer))
        self._arrived.set()
        self._right_of_way.arrive()
        try:
            return await answer
        finally:
            self._right_of_way.leave()

    async def close(self) -> None:
        """Write what waits and give the connection back; what comes later opens another one."""
        self._closing = True
        self._arrived.set()
        while self._flusher is not None and not self._flusher.done():
            await asyncio.wait([self._flusher])
        self._closing = False

    async def _flush(self) -> None:
        """Write until nothing has come for a while. Whoever is being written is answered in any case."""
        while self._waiting:
            batch: list[tuple[Task, asyncio.Future[Result]]] = []
            try:
                async with self._open_writer() as write:
                    while await self._more():
                        await asyncio.sleep(0)  # requests that were read in this turn come along
                        batch = self._next_batch()
                        outcomes = await write([task for task, _ in batch])
                        self._answer(batch, outcomes)
                        batch = []
            except Exception as error:
                # Without a connection no batch was taken yet: its time has come all the same.
                self._refuse(batch or self._next_batch(), type(error).__name__)
            except BaseException:
                self._refuse([*batch, *self._waiting], "stopped")
                self._waiting.clear()
                raise

    async def _more(self) -> bool:
        """Whether anything waits; without, the connection is kept for a moment, as the next is on its way."""
        if not self._waiting and not self._closing:
            self._arrived.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LINGER_SECONDS):
                    await self._arrived.wait()
        return bool(self._waiting)

    def _next_batch(self) -> list[tuple[Task, asyncio.Future[Result]]]:
        return [self._waiting.popleft() for _ in range(min(self._batch, len(self._waiting)))]

    def _refuse(self, batch: Sequence[tuple[Task, asyncio.Future[Result]]], why: str) -> None:
        self._answer(batch, [NotStored(why)] * len(batch))

    @staticmethod
    def _answer(
        batch: Sequence[tuple[Task, asyncio.Future[Result]]], outcomes: Sequence[Result | Exception]
    ) -> None:
        for (_, answer), outcome in zip(batch, outcomes, strict=True):
            if answer.done():
                continue  # the client went away
            if isinstance(outcome, Exception):
                answer.set_exception(outcome)
            else:
                answer.set_result(outcome)
