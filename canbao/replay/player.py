"""The order in which a scenario is played: side by side, and quiet where facts depend on earlier ones."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from canbao.replay.scenario import Step
from canbao.replay.services import Services
from canbao.replay.steps import Desk

#: Steps that carry money of single people: they run side by side, in order for each person.
_MONEY = frozenset({"callback", "order"})
#: Steps on the ledger alone: what they need was there when the first of them began.
_BOOKS = frozenset({"movement", "close"})
#: Steps of collectors: one after the other, since a slip brings what was taken before, but beside the others.
_HANDS = frozenset({"cash", "deposit", "paper"})
#: Groups whose steps need no quiet between them.
_BULK = frozenset(
    {"money", "books", "register", "roster", "cards", "life_events", "survey", "chase", "ticket"}
)


@dataclass
class Played:
    """What a replay did: steps by kind, and answers that the scenario did not expect."""

    steps: dict[str, int] = field(default_factory=dict)
    surprises: list[str] = field(default_factory=list)


def _group(step: Step) -> str:
    if step.do in _MONEY or step.do in _HANDS:
        return "money"
    return "books" if step.do in _BOOKS else step.do


class Player:
    """Plays the steps of a scenario against running services."""

    def __init__(
        self,
        services: Services,
        desk: Desk,
        *,
        concurrency: int = 64,
        on_step: Callable[[Step], None] | None = None,
        on_pending: Callable[[int], None] | None = None,
    ) -> None:
        self._services = services
        self._desk = desk
        self._slots = asyncio.Semaphore(concurrency)
        self._on_step = on_step
        self._on_pending = on_pending
        self._busy: dict[str, asyncio.Task[None]] = {}
        #: For whom channels have told of money that may wait to be matched.
        self._told_of: set[str] = set()
        self._running: set[asyncio.Task[None]] = set()
        self._failure: BaseException | None = None
        self.played = Played()

    async def play(self, steps: Iterator[Step]) -> Played:
        """Play all steps, then wait until every service is quiet."""
        try:
            await self._play(steps)
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)
        return self.played

    async def _play(self, steps: Iterator[Step]) -> None:
        kind: str | None = None
        for step in steps:
            group = _group(step)
            if kind is not None and (group != kind or group not in _BULK):
                await self._quiet()
            kind = group
            if step.do in _MONEY:
                await self._start(step)
                continue
            if not self._told_of.isdisjoint(step.deed.people()):
                await self._quiet()  # cash is booked at once, what a channel tells when it is matched
            await self._run(step)
        await self._quiet()

    async def _start(self, step: Step) -> None:
        people = step.deed.people()
        self._told_of |= people
        earlier = {self._busy[person] for person in people if person in self._busy}
        if earlier:
            await asyncio.gather(*earlier, return_exceptions=True)
        await self._slots.acquire()
        if self._failure is not None:
            raise self._failure
        task = asyncio.create_task(self._run(step))
        self._running.add(task)
        for person in people:
            self._busy[person] = task

        def finished(done: asyncio.Task[None]) -> None:
            self._slots.release()
            if not done.cancelled() and done.exception() is not None:
                self._failure = self._failure or done.exception()
            self._running.discard(done)
            for person in people:
                if self._busy.get(person) is done:
                    del self._busy[person]

        task.add_done_callback(finished)

    async def _run(self, step: Step) -> None:
        surprise = await self._desk.do(step)
        if surprise:
            self.played.surprises.append(f"line {step.line} ({step.do}): {surprise}")
        self.played.steps[step.do] = self.played.steps.get(step.do, 0) + 1
        if self._on_step is not None:
            self._on_step(step)

    async def _quiet(self) -> None:
        if self._running:
            await asyncio.gather(*list(self._running))
        await self._services.wait_until_quiet(self._on_pending)
        self._told_of.clear()
