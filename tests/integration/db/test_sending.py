"""What the door sends past SQLAlchemy keeps its transactions, and fails as its own statements fail."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from libs.common.db import rows
from libs.common.db.engine import create_engine, driver_connection
from libs.common.db.rows import statement
from libs.common.db.trouble import is_outage

NAMED = statement("INSERT INTO named (id, name) VALUES (:id, :name)")
NAMES = statement("SELECT name FROM named ORDER BY id")


@pytest.fixture
async def engine(database) -> AsyncIterator[AsyncEngine]:
    """A database with a table of names that is there for every connection."""
    engine = create_engine(await database("empty"))
    async with engine.begin() as conn:
        await conn.execute(sa.text("CREATE TABLE named (id bigint PRIMARY KEY, name text)"))
    yield engine
    await engine.dispose()


class TestErrors:
    """What goes wrong is told as SQLAlchemy tells it, and of no person."""

    async def test_carry_the_state_of_the_server_and_no_values(self, engine):
        async with engine.connect() as conn:
            await rows.execute(conn, NAMED, id=1, name="甲")
            with pytest.raises(sa.exc.IntegrityError) as refused:
                await rows.execute(conn, NAMED, id=1, name="乙")
        assert refused.value.orig.sqlstate == "23505"
        assert "乙" not in str(refused.value)

    async def test_take_back_what_a_savepoint_held_and_nothing_else(self, engine):
        async with engine.begin() as conn:
            await rows.execute(conn, NAMED, id=1, name="甲")
            with pytest.raises(sa.exc.IntegrityError):
                async with conn.begin_nested():
                    await rows.execute(conn, NAMED, id=2, name="乙")
                    await rows.execute(conn, NAMED, id=1, name="丙")
            assert await rows.fetch_values(conn, str, NAMES) == ["甲"]

    async def test_of_a_lost_connection_say_that_it_is_lost_and_the_next_one_lives(self, engine):
        with pytest.raises(sa.exc.DBAPIError) as lost:
            async with engine.connect() as conn:
                await rows.fetch(conn, NAMES)
                (await driver_connection(conn)).terminate()
                await rows.fetch(conn, NAMES)
        assert is_outage(lost.value)
        async with engine.connect() as conn:
            assert await rows.fetch(conn, NAMES) == []

    async def test_of_tables_that_were_migrated_meanwhile_are_over_with_the_next_try(self, engine):
        everything = statement("SELECT * FROM named")
        async with engine.begin() as conn:
            await rows.execute(conn, NAMED, id=1, name="甲")
        for column in ("former", "later"):
            async with engine.connect() as one, engine.connect() as other:
                for conn in (one, other):
                    assert len(await rows.fetch(conn, everything)) == 1
            async with engine.begin() as conn:
                await conn.execute(sa.text(f"ALTER TABLE named ADD COLUMN {column} text"))
            with pytest.raises(sa.exc.DBAPIError) as stale:
                async with engine.connect() as conn:
                    await rows.fetch(conn, everything)
            assert is_outage(stale.value)
            async with engine.connect() as one, engine.connect() as other:
                for conn in (one, other):
                    assert column in (await rows.fetch(conn, everything))[0]

    async def test_of_whoever_is_cancelled_leave_a_connection_that_nobody_else_gets(self, engine):
        async def wait() -> None:
            async with engine.begin() as conn:
                await rows.execute(conn, NAMED, id=1, name="甲")
                await rows.fetch(conn, statement("SELECT pg_sleep(30)"))

        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await wait()
        async with engine.begin() as conn:
            assert await rows.fetch(conn, NAMES) == []


class TestTransactions:
    async def test_begin_with_the_first_statement_and_end_where_they_are_told_to(self, engine):
        async with engine.connect() as conn:
            await rows.execute(conn, NAMED, id=1, name="甲")
            assert conn.in_transaction()
            await conn.commit()
            await rows.execute(conn, NAMED, id=2, name="乙")
        async with engine.connect() as conn:
            assert await rows.fetch_values(conn, str, NAMES) == ["甲"]

    async def test_are_none_where_each_statement_stands_by_itself(self, engine):
        async with engine.connect() as conn:
            conn = await conn.execution_options(isolation_level="AUTOCOMMIT")
            await rows.execute(conn, NAMED, id=1, name="甲")
        async with engine.connect() as conn:
            assert await rows.fetch_values(conn, str, NAMES) == ["甲"]
