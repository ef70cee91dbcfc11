"""Answers "how do the databases and topics come to be?": every service's tables, and its topic."""

import asyncio
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from libs.common.bus.port import Bus
from libs.common.db import migrate
from libs.common.db.migrate import Schema
from libs.common.events import TOPICS
from libs.common.settings import REPOSITORY, CommonSettings


def schema(name: str) -> Schema:
    """Load the tables and the Alembic history of the service `name`."""
    metadata = import_module(f"services.{name}.tables").metadata
    return Schema(name, metadata, REPOSITORY / "services" / name / "migrations")


async def migrate_database(name: str, url: str) -> None:
    """Bring the database of the service `name` to its newest revision."""
    await migrate.upgrade(schema(name), url)


async def migrate_all(urls: Mapping[str, str]) -> None:
    """Migrate the databases of several services, one after the other (Alembic works through globals)."""
    for name, url in urls.items():
        await migrate_database(name, url)


async def create_topics(bus: Bus, settings: CommonSettings) -> tuple[str, ...]:
    """Create the topics of all services with their partitions; give their names."""
    await bus.create_topics(TOPICS, settings.bus_partitions)
    return TOPICS


def write_revision(name: str, message: str) -> None:
    """Write the next Alembic revision of a service by comparing its tables with a migrated database."""
    asyncio.run(_write_revision(name, message))


async def _write_revision(name: str, message: str) -> None:
    import tempfile

    from libs.common.db.embedded import EmbeddedServer

    with tempfile.TemporaryDirectory(prefix="canbao-revision-") as directory:
        async with EmbeddedServer(Path(directory), durable=False) as server:
            await server.ensure_databases([name])
            await migrate_database(name, server.url(name))
            await migrate.write_revision(schema(name), server.url(name), message)
