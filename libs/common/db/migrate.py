"""Gives a database its tables: Alembic, per service, driven from the program.

A service brings `migrations/versions/*.py` and its metadata; env.py and the template for new revisions are
shared, in libs/common/db/alembic.
"""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from libs.common.db.engine import asyncpg_url


@dataclass(frozen=True)
class Schema:
    """What is migrated: a service's name, its tables, and the directory that holds `versions/`."""

    name: str
    metadata: MetaData
    migrations: Path


SHARED = Path(__file__).with_name("alembic")

#: Two processes that migrate one database at once take turns ("canbao" in ASCII).
LOCK_KEY = 0x63616E62616F

#: Alembic works through module globals: within one process, one migration at a time.
_one_at_a_time = asyncio.Lock()


async def upgrade(schema: Schema, url: str, revision: str = "head") -> None:
    """Bring the database at `url` to a revision of the service, the newest by default, in one transaction."""
    await _with_connection(url, lambda connection: command.upgrade(_config(schema, connection), revision))


async def differences(schema: Schema, url: str) -> list[object]:
    """List what differs between the database at `url` and the service's metadata; empty when they agree."""
    found: list[object] = []

    def compare(connection: Connection) -> None:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        found.extend(compare_metadata(context, schema.metadata))

    await _with_connection(url, compare)
    return found


async def write_revision(schema: Schema, url: str, message: str) -> None:
    """Write the next revision file: what the metadata has and the migrated database at `url` has not."""
    (schema.migrations / "versions").mkdir(parents=True, exist_ok=True)
    number = f"{len(list(_scripts(schema).walk_revisions())) + 1:04d}"
    await _with_connection(
        url,
        lambda connection: command.revision(
            _config(schema, connection), message, autogenerate=True, rev_id=number
        ),
    )


def newest_revision(schema: Schema) -> str | None:
    """Give the revision that this code expects in the database."""
    return _scripts(schema).get_current_head()


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


def _config(schema: Schema, connection: Connection | None = None) -> Config:
    """Tell Alembic where things are, without an ini file."""
    config = Config(attributes={"connection": connection, "metadata": schema.metadata})
    config.set_main_option("script_location", str(SHARED).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    versions = str(schema.migrations / "versions")
    assert os.pathsep not in versions, "Alembic would read this path as two"
    config.set_main_option("version_locations", versions.replace("%", "%%"))
    return config


def _scripts(schema: Schema) -> ScriptDirectory:
    return ScriptDirectory.from_config(_config(schema))
