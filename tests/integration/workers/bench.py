"""A bench on which one worker of a service runs beside its poison, and the poisons of all workers.

A poison is something that a worker has to do and never can. A story prepares one and sound work beside it.
"""

from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from structlog.testing import capture_logs

from canbao.definitions import definition
from canbao.workers import running_workers
from libs.common.testing.waiting import eventually
from tests.integration.collection.conftest import Counter
from tests.integration.collection.conftest import Keys as CollectionKeys
from tests.integration.registration.conftest import Registration


@dataclass
class Scene:
    """A service with poison and sound work; `done` tells whether the sound work is done."""

    context: Any
    done: Callable[[], Awaitable[bool]]


@dataclass
class Bench:
    """What stories are made of."""

    service_context: Any
    client: Any
    keys: CollectionKeys
    monkeypatch: Any
    signing_key: Any
    #: What is closed when the test is over.
    opened: ExitStack

    async def registration(self, **settings: Any) -> Registration:
        context = await self.service_context("registration", **settings)
        app = definition("registration").create_app(context)
        return Registration(context, await self.client(context, app=app), app, self.client)

    async def counter(self, **settings: Any) -> Counter:
        context = await self.service_context("collection", **self.keys.settings() | settings)
        return Counter(context, await self.client(context), self.keys)


Story = Callable[[Bench], Awaitable[Scene]]
#: By service and worker.
POISONS: dict[tuple[str, str], Story] = {}
#: Workers that set nothing apart: what is odd is done like anything else.
DONE_ALL_THE_SAME: set[tuple[str, str]] = set()
#: What has to end with the process, and works on nothing by itself.
NO_WORK = {("collection", "intake"), ("console", "connections")}


def poison(service: str, worker: str) -> Callable[[Story], Story]:
    """Note a story as that of a worker."""

    def note(story: Story) -> Story:
        assert (service, worker) not in POISONS, "one story for each worker"
        POISONS[service, worker] = story
        return story

    return note


async def change(context: Any, statement: str, **values: Any) -> None:
    """Change the database behind the back of the service."""
    async with context.engine.begin() as conn:
        await conn.execute(text(statement), values)


async def refuse(context: Any, table: str, unless: str) -> None:
    """Have the database refuse rows that every check of ours lets through."""
    await change(context, f"ALTER TABLE {table} ADD CONSTRAINT poison CHECK ({unless}) NOT VALID")


async def value(context: Any, query: str) -> Any:
    """The one value of a query."""
    async with context.engine.connect() as conn:
        return (await conn.execute(text(query))).scalar()


def finds(context: Any, query: str, wanted: Any = True) -> Callable[[], Awaitable[bool]]:
    """Whether a query gives a value by now."""

    async def done() -> bool:
        return bool(await value(context, query) == wanted)

    return done


async def run(service: str, name: str, bench: Bench) -> list[str]:
    """Run the worker beside its poison until the sound work is done and operators know of the poison.

    Gives what the log says cannot be done.
    """
    scene = await POISONS[service, name](bench)
    (worker,) = [one for one in definition(service).workers(scene.context) if one.name == name]
    told = (service, name) not in DONE_ALL_THE_SAME
    counted = scene.context.metrics.registry.get_sample_value

    async def over() -> bool:
        known = counted("canbao_setbacks_total", {"worker": name}) or not told
        return bool(known) and await scene.done()

    with capture_logs() as logs:
        async with running_workers((scene.context, [worker])):
            await eventually(over)
            assert f"worker:{name}" not in await scene.context.readiness.failures()
    return [line["about"] for line in logs if line["event"] == "setback" and line["worker"] == name]
