"""Finds the data keys of a database: wrapped in `data_keys`, unwrapped in the memory of those who may.

An engine carries a `Sealing`. The keys are read again every ten seconds, and a new data key seals half a
minute after it was written: by then every process knows it.
"""

import time
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, DateTime, LargeBinary, MetaData, Table, Text
from sqlalchemy import text as sql
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from libs.common.security.data_keys import DataKeys, new_key
from libs.common.security.wrapping import KeyWrapper, Wrapped

#: Execution option of engines that carries their Sealing.
OPTION = "sealing"
#: Every process reads the keys again so often.
READ_EVERY_SECONDS = 10.0
#: A new data key seals so long after it was written.
BEFORE_USE_SECONDS = 30


def data_keys_table(metadata: MetaData) -> Table:
    """Add the wrapped data keys to a service's tables."""
    return Table(
        "data_keys",
        metadata,
        Column("key_id", Text, primary_key=True, comment="its fingerprint; sealed values begin with it"),
        Column("purpose", Text, nullable=False, comment="sealing, or searching: of digests, for life"),
        Column("wrapped", LargeBinary, nullable=False, comment="the key, sealed with the installation's"),
        Column("wrapper", Text, nullable=False, comment="fingerprint of the installation's key that did it"),
        Column("active_from", DateTime(timezone=True), nullable=False, comment="from when on it seals"),
        Column("recorded_at", DateTime(timezone=True), server_default=sql("now()"), nullable=False),
    )


class NoSealing(Exception):
    """Personal data is touched through an engine that was given no keys."""


#: The order of those who make the first keys of a database.
_TURN = sql("SELECT pg_advisory_xact_lock(hashtextextended('data keys', 0))")
_READ = sql("""
    SELECT key_id, purpose, wrapped, wrapper, active_from <= clock_timestamp() AS active FROM data_keys
    ORDER BY active_from
""")
_HAS_TABLE = sql("SELECT to_regclass('data_keys') IS NOT NULL")
_STORED = sql("""
    SELECT key_id, purpose, wrapped, wrapper, active_from FROM data_keys ORDER BY active_from, purpose
""")
_WRITE = sql("""
    INSERT INTO data_keys (key_id, purpose, wrapped, wrapper, active_from)
    VALUES (:key_id, :purpose, :wrapped, :wrapper, clock_timestamp() + make_interval(secs => :after))
""")


class Sealing:
    """The data keys of one database, read through `wrapper` and kept for some seconds."""

    def __init__(self, wrapper: KeyWrapper) -> None:
        self._wrapper = wrapper
        self._keys: DataKeys | None = None
        self._read_at = 0.0

    @property
    def fresh(self) -> DataKeys | None:
        """The keys, unless it is time to read them again."""
        return self._keys if time.monotonic() - self._read_at < READ_EVERY_SECONDS else None

    async def keys(self, conn: AsyncConnection) -> DataKeys:
        """The keys of the database of `conn`; it gets its first ones now. Raises SealingKeyRefused."""
        found = self.fresh
        if found is None:
            at = time.monotonic()
            found = await self._read(conn) or await self._make(conn.engine)
            self._keys, self._read_at = found, at
        return found

    async def _read(self, conn: AsyncConnection) -> DataKeys | None:
        sealing: dict[str, bytes] = {}
        searching, current = b"", ""
        for row in (await conn.execute(_READ)).mappings():
            key = await self._wrapper.unwrap(Wrapped(row["wrapped"], row["wrapper"]))
            if row["purpose"] == "searching":
                searching = key
                continue
            sealing[row["key_id"]] = key
            if row["active"] or not current:
                current = row["key_id"]
        return DataKeys(sealing, current, searching) if sealing else None

    async def _make(self, engine: AsyncEngine) -> DataKeys:
        """In a transaction of its own: what is sealed with a key must never outlive it."""
        async with engine.begin() as conn:
            await conn.execute(_TURN)
            found = await self._read(conn)
            if found is None:
                await add_key(conn, self._wrapper, "searching", 0)
                await add_key(conn, self._wrapper, "sealing", 0)
                found = await self._read(conn)
        assert found is not None, "they were made"
        return found


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A data key as it lies in the database."""

    key_id: str
    purpose: str
    wrapped: Wrapped
    active_from: datetime


async def stored_keys(conn: AsyncConnection) -> list[StoredKey]:
    """The data keys of a database, oldest first; none of one that was not migrated so far."""
    if not (await conn.execute(_HAS_TABLE)).scalar():
        return []
    rows = (await conn.execute(_STORED)).mappings()
    return [
        StoredKey(row["key_id"], row["purpose"], Wrapped(row["wrapped"], row["wrapper"]), row["active_from"])
        for row in rows
    ]


async def has_no_keys(conn: AsyncConnection) -> bool:
    """Whether nothing was ever sealed in a database."""
    return not await stored_keys(conn)


async def add_key(conn: AsyncConnection, wrapper: KeyWrapper, purpose: str, after: float) -> str:
    """Write a new key, wrapped; give its id. It seals `after` so many seconds."""
    key_id, key = new_key()
    wrapped = await wrapper.wrap(key)
    values = {"key_id": key_id, "purpose": purpose, "wrapped": wrapped.key, "wrapper": wrapped.wrapper}
    await conn.execute(_WRITE, {**values, "after": after})
    return key_id


async def data_keys(conn: AsyncConnection) -> DataKeys:
    """The keys for what crosses `conn`. Raises NoSealing, SealingKeyRefused."""
    assert conn.sync_connection is not None, "a connection in use is open"
    sealing = conn.sync_connection.get_execution_options().get(OPTION)
    if not isinstance(sealing, Sealing):
        raise NoSealing("give this engine the sealing key: create_engine(..., sealing=...)")
    return await sealing.keys(conn)
