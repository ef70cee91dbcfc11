"""Answers "how does a database get its tables?": Alembic, per service, driven from the program.

A service brings `migrations/versions/*.py` and its metadata; env.py and the template for new revisions are
shared, in libs/common/db/alembic.
"""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from libs.common.db.engine import asyncpg_url
from libs.common.service import ServiceDefinition

SHARED = Path(__file__).with_name("alembic")

#: Two processes that migrate one database at once take turns ("canbao" in ASCII).
LOCK_KEY = 0x63616E62616F

#: Alembic works through module globals: within one process, one migration at a time.
_one_at_a_time = asyncio.Lock()


async def upgrade(definition: ServiceDefinition, url: str) -> None:
    """Bring the database at `url` to the newest revision of the service, in one transaction."""
    await _with_connection(url, lambda connection: command.upgrade(_config(definition, connection), "head"))


async def differences(definition: ServiceDefinition, url: str) -> list[Any]:
    """List what differs between the database at `url` and the service's metadata; empty when they agree."""
    found: list[Any] = []

    def compare(connection: Connection) -> None:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        found.extend(compare_metadata(context, definition.metadata))

    await _with_connection(url, compare)
    return found


async def write_revision(definition: ServiceDefinition, url: str, message: str) -> None:
    """Write the next revision file: what the metadata has and the migrated database at `url` has not."""
    (definition.migrations / "versions").mkdir(parents=True, exist_ok=True)
    number = f"{len(list(_scripts(definition).walk_revisions())) + 1:04d}"
    await _with_connection(
        url,
        lambda connection: command.revision(
            _config(definition, connection), message, autogenerate=True, rev_id=number
        ),
    )


def newest_revision(definition: ServiceDefinition) -> str | None:
    """Give the revision that this code expects in the database."""
    return _scripts(definition).get_current_head()


async def current_revision(url: str) -> str | None:
    """Give the revision that the database at `url` has; None when it was never migrated."""
    found: list[str | None] = []
    await _with_connection(
        url, lambda connection: found.append(MigrationContext.configure(connection).get_current_revision())
    )
    return found[0]


async def _with_connection(url: str, work: Callable[[Connection], object]) -> None:
    """Run `work` in one transaction that holds the lock of migrations."""
    engine = create_async_engine(asyncpg_url(url), poolclass=NullPool)
    try:
        async with _one_at_a_time, engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})
            await connection.run_sync(work)
    finally:
        await engine.dispose()


def _config(definition: ServiceDefinition, connection: Connection | None = None) -> Config:
    """Tell Alembic where things are, without an ini file."""
    config = Config(attributes={"connection": connection, "metadata": definition.metadata})
    config.set_main_option("script_location", str(SHARED).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    versions = str(definition.migrations / "versions")
    assert os.pathsep not in versions, "Alembic would read this path as two"
    config.set_main_option("version_locations", versions.replace("%", "%%"))
    return config


def _scripts(definition: ServiceDefinition) -> ScriptDirectory:
    return ScriptDirectory.from_config(_config(definition))
