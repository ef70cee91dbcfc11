"""Creates and upgrades the databases of the services, and creates their topics."""

import asyncio
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from canbao.definitions import SERVICES, service
from libs.common.bus.port import Bus
from libs.common.db import migrate
from libs.common.db.migrate import Schema
from libs.common.settings import CommonSettings


def schema(name: str) -> Schema:
    """Load the tables and the Alembic history of the service `name`."""
    tables = import_module(f"{service(name).package}.tables")
    assert tables.__file__ is not None, "our packages are directories"
    return Schema(name, tables.metadata, Path(tables.__file__).with_name("migrations"))


async def migrate_database(name: str, url: str) -> None:
    """Bring the database of the service `name` to its newest revision."""
    await migrate.upgrade(schema(name), url)


async def migrate_all(urls: Mapping[str, str]) -> None:
    """Migrate the databases of several services, one after the other (Alembic works through globals)."""
    for name, url in urls.items():
        await migrate_database(name, url)


async def create_topics(bus: Bus, settings: CommonSettings) -> tuple[str, ...]:
    """Create the topics of all services with their partitions; give their names."""
    topics = tuple(service.topic for service in SERVICES.values())
    await bus.create_topics(topics, settings.bus_partitions)
    return topics


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
