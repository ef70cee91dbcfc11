"""The fingerprints of the keys with which a database was written: another key is noticed before it harms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Column, DateTime, MetaData, Table, Text
from sqlalchemy import text as sql
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, execute, fetch_as, fetch_value, fetch_values, statement

#: Tables that migrations fill, or that say nothing about whether a season was ever played in a database.
_BOOKKEEPING = ("alembic_version", "leases", "outbox_cursor", "sealing_work")


def known_keys_table(metadata: MetaData) -> Table:
    """Add the fingerprints of the keys that a service's database was written with."""
    return Table(
        "key_fingerprints",
        metadata,
        Column("name", Text, primary_key=True, comment="such as `account key`"),
        Column("fingerprint", Text, nullable=False, comment="says nothing about the key itself"),
        Column("recorded_at", DateTime(timezone=True), server_default=sql("now()"), nullable=False),
    )


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key that the database was written with."""

    name: str
    fingerprint: str


_KEYS = Records(known_keys_table(MetaData()), "name", "fingerprint")
_REMEMBER = statement(f"""
    INSERT INTO key_fingerprints ({_KEYS.names}) SELECT {_KEYS.names} FROM {_KEYS}
    ON CONFLICT (name) DO NOTHING
""")
_KNOWN = statement("SELECT name, fingerprint FROM key_fingerprints")
_HAS_TABLE = statement("SELECT to_regclass('key_fingerprints') IS NOT NULL")
_TABLES = statement("""
    SELECT quote_ident(relname) FROM pg_class
    WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace
      AND relname <> ALL(CAST(:bookkeeping AS text[]))
    ORDER BY relname
""")


async def remembers_keys(conn: AsyncConnection) -> bool:
    """Whether the database was migrated far enough to remember keys."""
    return bool(await fetch_value(conn, bool, _HAS_TABLE))


async def known_keys(conn: AsyncConnection) -> Mapping[str, str]:
    """Give the fingerprints by the names of the keys."""
    return {key.name: key.fingerprint for key in await fetch_as(conn, KnownKey, _KNOWN)}


async def remember_keys(conn: AsyncConnection, keys: Sequence[KnownKey]) -> None:
    """Remember keys that are used for the first time; what is known already stays as it is."""
    await execute(conn, _REMEMBER, rows=keys)


async def is_empty(conn: AsyncConnection) -> bool:
    """Whether nothing was ever written here, the fingerprint of a key included."""
    for table in await fetch_values(conn, str, _TABLES, bookkeeping=list(_BOOKKEEPING)):
        if await fetch_value(conn, bool, statement(f"SELECT EXISTS (SELECT 1 FROM {table})")):
            return False
    return True
