"""Answers "what is a service to the processes that run it?": its definition, and the context it is given."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncEngine

from libs.common.bus.port import Bus
from libs.common.clock import Clock
from libs.common.observability.metrics import ServiceMetrics
from libs.common.observability.readiness import Readiness
from libs.common.settings import ServiceSettings

AsgiApp = Callable[..., Awaitable[None]]


@dataclass(frozen=True)
class Worker:
    """A long-running coroutine of a service. `run` returns soon after `stop` is set."""

    name: str
    run: Callable[[asyncio.Event], Awaitable[None]]


@dataclass
class Backlog:
    """What a service still has to do, by name, and how much it has done; tells a driver when all is quiet."""

    pending: dict[str, Callable[[], Awaitable[int]]] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, count: Callable[[], Awaitable[int]]) -> None:
        """Have `count` asked for the number of pieces of work named `name` still to do."""
        self.pending[name] = count

    def done(self, name: str, number: int = 1) -> None:
        """Count `number` pieces of work named `name` as done."""
        self.counters[name] = self.counters.get(name, 0) + number

    async def snapshot(self) -> dict[str, dict[str, int]]:
        """Pending and done counts, for `/internal/backlog`."""
        pending = {name: await count() for name, count in self.pending.items()}
        return {"pending": pending, "counters": dict(self.counters)}


@dataclass
class ServiceContext:
    """What a running service works with; made once per process and service.

    `notices` maps (county, year) to the loaded notice, `authenticator` verifies bearer tokens, `digests`
    makes keyed digests of identity numbers and names.
    """

    name: str
    settings: ServiceSettings
    engine: AsyncEngine
    bus: Bus
    clock: Clock
    notices: Any
    authenticator: Any
    digests: Any
    backlog: Backlog = field(default_factory=Backlog)
    metrics: ServiceMetrics = field(default_factory=ServiceMetrics)
    readiness: Readiness = field(default_factory=Readiness)


@dataclass(frozen=True)
class ServiceDefinition:
    """A deployable service: its name, topic, tables, Alembic history, web application and workers."""

    name: str
    topic: str
    metadata: MetaData
    migrations: Path
    create_app: Callable[[ServiceContext], AsgiApp]
    workers: Callable[[ServiceContext], Sequence[Worker]]
    settings: type[ServiceSettings] = ServiceSettings


def service_settings(definition: ServiceDefinition, **overrides: Any) -> ServiceSettings:
    """Read the settings of a service from `CANBAO_<SERVICE>_*` and `CANBAO_*`; `overrides` win over both."""
    return definition.settings(_env_prefix=f"CANBAO_{definition.name.upper()}_", **overrides)
