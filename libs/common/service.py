"""What a service is to the processes that run it: its definition, and the context it is given."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any, Generic, TypeVar

from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncEngine

from libs.common.bus.port import Bus
from libs.common.clock import Clock
from libs.common.figures import Figures
from libs.common.observability.metrics import ServiceMetrics
from libs.common.observability.readiness import Readiness
from libs.common.policy import Notices
from libs.common.right_of_way import RightOfWay
from libs.common.security.digests import Digests
from libs.common.security.fingerprints import LastingKey
from libs.common.security.throttle import Throttle
from libs.common.security.tokens import Authenticator
from libs.common.settings import ServiceSettings

#: A message or a scope of ASGI: an open mapping by the specification.
AsgiMapping = MutableMapping[str, Any]
AsgiReceive = Callable[[], Awaitable[AsgiMapping]]
AsgiSend = Callable[[AsgiMapping], Awaitable[None]]
AsgiApp = Callable[[AsgiMapping, AsgiReceive, AsgiSend], Awaitable[None]]

Settings = TypeVar("Settings", bound=ServiceSettings, covariant=True)
Parts = TypeVar("Parts", covariant=True)


@dataclass(frozen=True)
class Worker:
    """A long-running coroutine of a service. `run` returns soon after `stop` is set."""

    name: str
    run: Callable[[asyncio.Event], Coroutine[object, object, None]]


@dataclass
class Backlog:
    """What a service still has to do, by name, and how much it has done; tells a driver when all is quiet.

    `held` is what it does by itself no more: an operator has to look.
    """

    pending: dict[str, Callable[[], Awaitable[int]]] = field(default_factory=dict)
    held: dict[str, Callable[[], Awaitable[int]]] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, count: Callable[[], Awaitable[int]]) -> None:
        """Have `count` asked for the number of pieces of work named `name` still to do."""
        self.pending[name] = count

    def hold(self, name: str, count: Callable[[], Awaitable[int]]) -> None:
        """Have `count` asked for the number of pieces of work named `name` that wait for an operator."""
        self.held[name] = count

    def done(self, name: str, number: int = 1) -> None:
        """Count `number` pieces of work named `name` as done."""
        self.counters[name] = self.counters.get(name, 0) + number

    async def snapshot(self) -> dict[str, dict[str, int]]:
        """Pending, held and done counts, for `/internal/backlog`."""
        pending = {name: await count() for name, count in self.pending.items()}
        held = {name: await count() for name, count in self.held.items()}
        return {"pending": pending, "held": held, "counters": dict(self.counters)}


@dataclass
class ServiceContext(Generic[Settings, Parts]):
    """What a running service works with; made once per process and service.

    `parts` is what the service itself is assembled from (keys, vaults, queues); its definition makes it on
    first use. `notices` maps (county, year) to the notice in force.
    """

    name: str
    settings: Settings
    engine: AsyncEngine
    bus: Bus
    clock: Clock
    notices: Notices
    authenticator: Authenticator
    digests: Digests
    make_parts: "Callable[[ServiceContext[Settings, Parts]], Parts]"
    backlog: Backlog = field(default_factory=Backlog)
    metrics: ServiceMetrics = field(default_factory=ServiceMetrics)
    readiness: Readiness = field(default_factory=Readiness)
    #: One for all services of a process.
    right_of_way: RightOfWay = field(default_factory=RightOfWay)

    @cached_property
    def throttle(self) -> Throttle:
        """How fast tokens and addresses may ask, counted in this process."""
        return Throttle(self.settings, self.metrics)

    @cached_property
    def figures(self) -> Figures:
        """What was counted for those who say how old it may be, kept in this process."""
        return Figures()

    @cached_property
    def parts(self) -> Parts:
        """The service's own parts, the same for its web application and its workers."""
        return self.make_parts(self)


#: A context of any service, for what all services share.
AnyContext = ServiceContext[ServiceSettings, object]


def no_parts(context: AnyContext) -> None:
    """The parts of a service that needs none."""


def no_keys(settings: ServiceSettings) -> Sequence[LastingKey]:
    """The keys of a service whose data belongs to none of its own."""
    return ()


def later(module: str, name: str) -> Callable[..., Any]:
    """Give the function `name` of a module that is loaded when it is first called.

    Routes with their schemas take seconds to load. Who looks after databases needs none of them.
    """

    def call(*arguments: Any) -> Any:
        return getattr(import_module(module), name)(*arguments)

    return call


@dataclass(frozen=True)
class ServiceDefinition(Generic[Settings, Parts]):
    """A deployable service: its name, topic, tables, Alembic history, web application and workers."""

    name: str
    topic: str
    metadata: MetaData
    migrations: Path
    settings: type[Settings]
    create_app: Callable[[ServiceContext[Settings, Parts]], AsgiApp]
    workers: Callable[[ServiceContext[Settings, Parts]], Sequence[Worker]]
    make_parts: Callable[[ServiceContext[Settings, Parts]], Parts]
    #: The keys of its own that what it stores belongs to; its database remembers their fingerprints.
    lasting_keys: Callable[[Settings], Sequence[LastingKey]] = no_keys


def service_settings(definition: ServiceDefinition[Settings, Parts], **overrides: object) -> Settings:
    """Read the settings of a service from `CANBAO_<SERVICE>_*` and `CANBAO_*`; `overrides` win over both."""
    read: Callable[..., Settings] = definition.settings
    return read(_env_prefix=f"CANBAO_{definition.name.upper()}_", **overrides)
