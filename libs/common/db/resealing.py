"""Seals stored values anew, in batches, while services run: what lies clear, and what an older key sealed.

`sealing_work` names the tables that a migration or a rotation wants walked over; a table leaves it with its
last row. Values say themselves which key sealed them, so a walk that was stopped goes on with what is left.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import orjson
from sqlalchemy import Column, MetaData, Table, Text
from sqlalchemy import text as sql
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from libs.common.db.sealed import Mark, guarded_tables, mark_of
from libs.common.db.sealing import (
    BEFORE_USE_SECONDS,
    READ_EVERY_SECONDS,
    add_key,
    data_keys,
    data_keys_table,
)
from libs.common.db.statements import encode, type_of
from libs.common.security.data_keys import DataKeys
from libs.common.security.wrapping import KeyWrapper, Wrapped

#: Rows of one transaction; fewer where a value may be a whole file.
ROWS = 500
ROWS_OF_FILES = 20
#: Old transactions are waited for so long.
PATIENCE_SECONDS = 600
#: Rows that somebody else was changing are looked for again after so long.
AGAIN_SECONDS = 0.2

Cause = Literal["migration", "rotation"]
#: Told after each batch: the table, and how many of its values were sealed so far.
Tell = Callable[[str, int], None]


class RotationUnfinished(Exception):
    """Somebody has written for ten minutes without an end; the message says what to do."""


def sealing_tables(metadata: MetaData) -> tuple[Table, Table]:
    """Add what sealing needs to a service's tables."""
    work = Table(
        "sealing_work",
        metadata,
        Column("table_name", Text, primary_key=True, comment="whose values are to be sealed anew"),
        Column("cause", Text, primary_key=True, comment="migration: some lie clear; rotation: a new key"),
    )
    return data_keys_table(metadata), work


_HAS_WORK = sql("SELECT to_regclass('sealing_work') IS NOT NULL")
_WORK = sql("SELECT table_name FROM sealing_work WHERE cause = :cause ORDER BY table_name")
_ADD = sql("INSERT INTO sealing_work (table_name, cause) VALUES (:table, :cause) ON CONFLICT DO NOTHING")
_DONE = sql("DELETE FROM sealing_work WHERE table_name = :table AND cause = :cause")
_TURN = sql("SELECT pg_advisory_xact_lock(hashtextextended('rotation', 0))")
_WAIT = sql("""
    SELECT extract(epoch FROM max(active_from) - clock_timestamp())::float + :read FROM data_keys
    WHERE purpose = 'sealing'
""")
_NOW = sql("SELECT pg_current_xact_id()::text")
_OLDEST = sql("SELECT pg_snapshot_xmin(pg_current_snapshot()) > CAST(CAST(:now AS text) AS xid8)")
_OTHERS = sql("SELECT key_id, wrapped, wrapper FROM data_keys WHERE wrapper <> :current FOR UPDATE")
_REWRAP = sql("UPDATE data_keys SET wrapped = :wrapped, wrapper = :wrapper WHERE key_id = :key_id")
_DROP = sql("""
    DELETE FROM data_keys WHERE purpose = 'sealing' AND key_id NOT IN (
        SELECT key_id FROM data_keys WHERE purpose = 'sealing' ORDER BY active_from DESC LIMIT 2)
""")


async def work(conn: AsyncConnection, cause: Cause) -> list[str]:
    """The tables that are still to be walked over; none where there is nothing to seal."""
    if not (await conn.execute(_HAS_WORK)).scalar():
        return []
    return list((await conn.execute(_WORK, {"cause": cause})).scalars())


async def do_work(engine: AsyncEngine, metadata: MetaData, cause: Cause, tell: Tell) -> None:
    """Walk over every table that waits for it."""
    async with engine.connect() as conn:
        waiting = await work(conn, cause)
    for name in waiting:
        await reseal(engine, metadata.tables[name], tell)
        async with engine.begin() as conn:
            await conn.execute(_DONE, {"table": name, "cause": cause})


async def begin_rotation(engine: AsyncEngine, metadata: MetaData, wrapper: KeyWrapper) -> bool:
    """Write a new data key, and wrap all with the newest key; False when one rotation is still under way."""
    async with engine.begin() as conn:
        await conn.execute(_TURN)
        for row in (await conn.execute(_OTHERS, {"current": wrapper.current})).mappings():
            key = await wrapper.unwrap(Wrapped(row["wrapped"], row["wrapper"]))
            wrapped = await wrapper.wrap(key)
            values = {"wrapped": wrapped.key, "wrapper": wrapped.wrapper, "key_id": row["key_id"]}
            await conn.execute(_REWRAP, values)
        if await work(conn, "rotation"):
            return False
        await add_key(conn, wrapper, "sealing", BEFORE_USE_SECONDS)
        for table in guarded_tables(metadata):
            await conn.execute(_ADD, {"table": table.name, "cause": "rotation"})
    return True


async def finish_rotation(engine: AsyncEngine, metadata: MetaData, tell: Tell) -> None:
    """Seal everything with the newest key; the one before it stays, older ones go. Raises RotationUnfinished.

    By then every process has read the new key, and whoever began to write with an older one has ended.
    """
    async with engine.connect() as conn:
        seconds = (await conn.execute(_WAIT, {"read": READ_EVERY_SECONDS})).scalar() or 0.0
    await asyncio.sleep(max(0.0, seconds))
    await _writers_ended(engine)
    await do_work(engine, metadata, "rotation", tell)
    async with engine.begin() as conn:
        await conn.execute(_DROP)


async def _writers_ended(engine: AsyncEngine) -> None:
    async with engine.begin() as conn:
        now = (await conn.execute(_NOW)).scalar()
    for _ in range(PATIENCE_SECONDS * 5):
        async with engine.connect() as conn:
            if (await conn.execute(_OLDEST, {"now": now})).scalar():
                return
        await asyncio.sleep(0.2)
    raise RotationUnfinished(
        "a transaction has been writing for ten minutes: when it has ended, run `canbao keys rotate` again; "
        "it goes on where it stopped"
    )


#: A value to seal anew, and a digest to make.
_OLD = ("substring({} FROM 1 FOR 9) <> :prefix", "get_byte({}, 0) = 0")


@dataclass(frozen=True)
class _Walk:
    """How a table is walked over, in the order of its primary key."""

    table: Table
    key: Sequence[Column[object]]
    marks: dict[str, Mark]

    @classmethod
    def over(cls, table: Table) -> "_Walk":
        marks = {str(column.name): mark for column in table.columns if (mark := mark_of(column))}
        return cls(table, list(table.primary_key.columns), marks)

    @property
    def size(self) -> int:
        return ROWS_OF_FILES if any(mark.kind == "bytes" for mark in self.marks.values()) else ROWS

    @property
    def _old(self) -> str:
        return " OR ".join(_OLD[mark.kind == "digest"].format(name) for name, mark in self.marks.items())

    @property
    def left(self) -> str:
        """Whether there is a value to seal anew."""
        return f"SELECT EXISTS (SELECT FROM {self.table.name} WHERE {self._old})"

    def find(self, later: bool) -> str:
        """Rows with a value to seal anew; `later` ones follow those of the batch before.

        Who holds rows and waits for others can stand in a service's way: rows that are locked come later.
        """
        names = ", ".join(column.name for column in self.key)
        after = ", ".join(f"CAST(:after_{column.name} AS {type_of(column)})" for column in self.key)
        return (
            f"SELECT {names}, {', '.join(name for name in self.marks if name not in names.split(', '))} "
            f"FROM {self.table.name} WHERE ({self._old}){f' AND ({names}) > ({after})' if later else ''} "
            f"ORDER BY {names} LIMIT {self.size} FOR UPDATE SKIP LOCKED"
        )

    @property
    def write(self) -> str:
        new = ", ".join(f"{name} = new.{name}" for name in self.marks)
        columns = [f"was_{column.name} {type_of(column)}" for column in self.key]
        columns += [f"{name} bytea" for name in self.marks]
        same = " AND ".join(f"t.{column.name} = new.was_{column.name}" for column in self.key)
        source = f"json_to_recordset(CAST(:rows AS json)) AS new({', '.join(columns)})"
        return f"UPDATE {self.table.name} t SET {new} FROM {source} WHERE {same}"


async def reseal(engine: AsyncEngine, table: Table, tell: Tell) -> int:
    """Seal every value of a table that lies clear or is of an older key; give how many rows had one."""
    walk = _Walk.over(table)
    done = await _pass(engine, walk, 0, tell)
    while await _left(engine, walk):
        await asyncio.sleep(AGAIN_SECONDS)
        done = await _pass(engine, walk, done, tell)
    return done


async def _left(engine: AsyncEngine, walk: _Walk) -> bool:
    async with engine.connect() as conn:
        keys = await data_keys(conn)
        return bool((await conn.execute(sql(walk.left), {"prefix": keys.prefix})).scalar())


async def _pass(engine: AsyncEngine, walk: _Walk, done: int, tell: Tell) -> int:
    """Walk over a table once, past rows that somebody else is changing."""
    after = None
    while True:
        async with engine.begin() as conn:
            keys = await data_keys(conn)
            given = {"prefix": keys.prefix} | (after or {})
            found = await conn.execute(sql(walk.find(after is not None)), given)
            rows = [_sealed_anew(walk, dict(row), keys) for row in found.mappings()]
            if not rows:
                return done
            await conn.execute(sql(walk.write), {"rows": orjson.dumps(rows, default=encode).decode()})
        done += len(rows)
        after = {f"after_{column.name}": rows[-1][f"was_{column.name}"] for column in walk.key}
        tell(walk.table.name, done)


def _sealed_anew(walk: _Walk, row: dict[str, object], keys: DataKeys) -> dict[str, object]:
    new: dict[str, object] = {f"was_{column.name}": row[column.name] for column in walk.key}
    for name, mark in walk.marks.items():
        value = row[name]
        assert value is None or isinstance(value, bytes), "a sealed column holds bytes"
        if value is None or (mark.kind == "digest" and value[0]):
            new[name] = value
        elif mark.kind == "digest":
            new[name] = keys.digest(value[1:], mark.label)
        else:
            new[name] = keys.seal(keys.open(value, mark.label), mark.label)
    return new
