"""Statements that many requests share, on a connection of their own where each commits by itself.

The rows are those of the one door, and so is what happens to personal data on its way; what is left out is
the engine's transaction, which costs three round trips instead of one.
"""

import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, cast

from sqlalchemy import Column, Table
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from libs.common.db.engine import DriverConnection, driver_connection
from libs.common.db.rows import Statement, statement, type_of
from libs.common.db.sealed import mark_of
from libs.common.db.sealing import data_keys
from libs.common.security.data_keys import DataKeys

_DRIVER = PGDialect_asyncpg()  # type: ignore[no-untyped-call]  # its constructor has no annotations


@dataclass(frozen=True, slots=True)
class HeldConnection:
    """A connection that is held for single statements, outside of any transaction."""

    driver: DriverConnection
    connection: AsyncConnection

    async def keys(self) -> DataKeys:
        """What seals and opens personal data on its way."""
        found = await data_keys(self.connection)
        if self.connection.in_transaction():  # they were read just now
            await self.connection.rollback()
        return found


@dataclass(frozen=True, slots=True)
class _Within(HeldConnection):
    """A connection in the middle of a transaction."""

    async def keys(self) -> DataKeys:
        """What seals and opens personal data on its way."""
        return await data_keys(self.connection)


async def within(connection: AsyncConnection) -> HeldConnection:
    """Run such statements inside of a transaction, beside others of it."""
    return _Within(await driver_connection(connection), connection)


@asynccontextmanager
async def held_connection(engine: AsyncEngine) -> AsyncIterator[HeldConnection]:
    """Hold a connection of the pool; one that failed is thrown away."""
    async with engine.connect() as connection:
        driver = cast("DriverConnection", (await connection.get_raw_connection()).driver_connection)
        try:
            held = HeldConnection(driver, connection)
            await held.keys()
            yield held
        except BaseException:
            with contextlib.suppress(Exception):
                await connection.invalidate()
            raise


class DriverStatement:
    """A statement of the one door in the form that the driver takes: numbered parameters."""

    def __init__(self, sql: str, *opens: Column[object]) -> None:
        self._prepared: Statement = statement(sql, *opens)
        compiled = self._prepared.clause.compile(dialect=_DRIVER)
        self._sql, self._names = str(compiled), compiled.positiontup or []

    async def fetch(self, held: HeldConnection, **parameters: object) -> Sequence[Mapping[str, Any]]:
        """Run it; nothing is sent for no rows to write."""
        keys = await held.keys() if self._prepared.needs_keys else None
        bound, openers = self._prepared.bind(parameters, keys), self._prepared.openers(keys)
        if bound is None:
            return []
        rows = await held.driver.fetch(self._sql, *(bound[name] for name in self._names))
        if not openers:
            return cast("list[Mapping[str, Any]]", rows)
        return [dict(row) | {name: show(row[name]) for name, show in openers.items()} for row in rows]


class Arrays:
    """Rows as one array per column, which bytes need: JSON has none. Members may be those of a member."""

    def __init__(self, table: Table, first: int = 1, **members: str) -> None:
        self.names = ", ".join(members)
        kinds = ", ".join(
            f"${number}::{type_of(table.c[column])}[]" for number, column in enumerate(members, start=first)
        )
        self._source = f"unnest({kinds})"
        marks = (mark_of(table.c[column]) for column in members)
        self._readers = tuple(zip(map(attrgetter, members.values()), marks, strict=True))

    def __str__(self) -> str:
        return self._source

    def of(self, rows: Sequence[object], keys: DataKeys) -> Iterable[list[object]]:
        """The parameters, in the order of the statement; personal data sealed."""
        for read, mark in self._readers:
            values: list[object] = list(map(read, rows))
            yield list(mark.hide_all(values, keys)) if mark else values
