"""Migrations from nothing make exactly the tables that the code speaks of."""

import json
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Column, MetaData, Table, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from canbao.definitions import SERVICES, definition
from canbao.migrate import migrate_database, schema
from libs.common.db import migrate
from libs.common.db.engine import asyncpg_url
from libs.common.db.sealed import Sealed


@pytest.mark.parametrize("name", SERVICES)
class TestMigrations:
    async def test_from_nothing_equal_the_metadata(self, name, database):
        assert await migrate.differences(schema(name), await database(name)) == []

    async def test_leave_the_database_at_the_newest_revision(self, name, database):
        newest = migrate.newest_revision(schema(name))

        assert newest is not None
        assert await migrate.current_revision(await database(name)) == newest

    async def test_change_nothing_when_run_again(self, name, database):
        url = await database(name)

        await migrate_database(name, url)

        assert await migrate.differences(schema(name), url) == []

    def test_are_found_where_the_service_says(self, name):
        service = definition(name)

        assert (service.name, service.metadata, service.migrations) == (
            name,
            schema(name).metadata,
            schema(name).migrations,
        )

    async def test_keep_what_was_in_a_database_of_the_first_version(self, name, database):
        url = await database("empty")
        await migrate.upgrade(schema(name), url, "0001")
        kept = await fill(url)
        assert {"outbox", "inbox", "dead_letters"} <= set(kept)

        await migrate_database(name, url)

        assert await migrate.differences(schema(name), url) == []
        after = await contents(url)
        for table, row in kept.items():
            now = definition(name).metadata.tables[RENAMED.get(table, table)]
            still = {
                column: clear(value)
                if isinstance(now.c[column].type, Sealed) and (table, column) not in SEALED_AT_FIRST
                else value
                for column, value in row.items()
                if (table, column) not in MOVED
            }
            assert still.items() <= after[now.name][0].items()


def clear(value: object) -> bytes | None:
    """A value as a migration leaves it, which has no key to seal it."""
    if value is None or isinstance(value, bytes):
        return value if value is None else b"\x00" + value
    return b"\x00" + (value if isinstance(value, str) else json.dumps(value)).encode()


#: Columns whose values stand elsewhere since: the keys of batches are in `idempotency_keys`; until when a
#: status was believed follows from what was said later.
MOVED = {("batches", "idempotency_key"), ("status_tags", "known_until")}
#: Columns that never held anything in clear: nothing had to be sealed by a migration.
SEALED_AT_FIRST = {("subscription_secrets", "key")}
#: Tables that have another name since.
RENAMED = {"status_tags": "status_statements"}
#: A value that fits nearly every column of a type; columns with a default take that.
VALUES: dict[type, object] = {
    bool: False,
    int: 1,
    str: "a",
    bytes: b"\x00" * 32,
    datetime: datetime(2019, 11, 20, 10, tzinfo=UTC),
    date: date(2019, 11, 20),
    UUID: UUID(int=1),
    dict: {},
    list: [],
    Decimal: Decimal(1),
}


async def fill(url: str) -> dict[str, dict[str, object]]:
    """Write a made-up row into every table that takes one; give what each table has then."""
    tables = await reflected(url)
    engine = create_async_engine(asyncpg_url(url))
    async with engine.begin() as conn:
        # Neither foreign keys nor guards: the rows need not make sense, only be kept.
        await conn.execute(text("SET LOCAL session_replication_role = replica"))
        for table in tables:
            row = {column.name: _value(column) for column in table.columns if column.server_default is None}
            with suppress(DBAPIError):  # a check knows better; that table stays empty
                async with conn.begin_nested():
                    await conn.execute(table.insert().values(row))
    await engine.dispose()
    return {table: rows[0] for table, rows in (await contents(url)).items() if rows}


def _value(column: Column[Any]) -> object:
    return None if column.nullable else VALUES.get(column.type.python_type, "a")


async def contents(url: str) -> dict[str, list[dict[str, object]]]:
    """Everything in a database, by table."""
    tables = await reflected(url)
    engine = create_async_engine(asyncpg_url(url))
    async with engine.connect() as conn:
        found = {
            table.name: [dict(row) for row in (await conn.execute(table.select())).mappings()]
            for table in tables
        }
    await engine.dispose()
    return found


async def reflected(url: str) -> list[Table]:
    """The tables that a database has, whatever the code says."""
    engine = create_async_engine(asyncpg_url(url))
    metadata = MetaData()
    async with engine.connect() as conn:
        await conn.run_sync(metadata.reflect)
    await engine.dispose()
    return [table for table in metadata.sorted_tables if table.name != "alembic_version"]


@pytest.mark.parametrize(
    ("name", "kind", "state", "before"),
    [("ledger", "cases", "open", "0025"), ("subsidy", "approvals", "waiting", "0036")],
)
async def test_what_bore_the_short_code_of_its_county_gets_the_whole_one(name, kind, state, before, database):
    url = await database("empty")
    await migrate.upgrade(schema(name), url, before)
    [table] = [one for one in await reflected(url) if one.name == kind]
    row = {column.name: _value(column) for column in table.columns if column.server_default is None}
    engine = create_async_engine(asyncpg_url(url))
    async with engine.begin() as conn:
        await conn.execute(text("SET LOCAL session_replication_role = replica"))
        await conn.execute(table.insert().values(row | {"state": state, "division_code": "350426"}))
    await engine.dispose()

    await migrate_database(name, url)

    [after] = (await contents(url))[kind]
    assert after["division_code"] == "350426000000"
