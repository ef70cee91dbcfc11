"""Migrations run from the program: written from the tables, applied once, by one process at a time."""

import asyncio

import pytest
import sqlalchemy as sa

from libs.common.db import migrate
from libs.common.db.metadata import new_metadata
from libs.common.db.migrate import Schema


@pytest.fixture
async def schema(database, tmp_path):
    """A service of one table whose first migration was written by comparing."""
    metadata = new_metadata()
    sa.Table(
        "dues",
        metadata,
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("county", sa.Text, nullable=False, index=True),
        sa.CheckConstraint("county <> ''", name="county_given"),
    )
    schema = Schema("ledger", metadata, tmp_path / "migrations 100%")
    await migrate.write_revision(schema, await database("empty"), "first")
    return schema


class TestUpgrade:
    async def test_makes_the_tables(self, schema, database):
        url = await database("empty")
        assert [change[0] for change in await migrate.differences(schema, url)] == ["add_table", "add_index"]

        await migrate.upgrade(schema, url)

        assert await migrate.differences(schema, url) == []
        assert await migrate.current_revision(url) == migrate.newest_revision(schema) == "0001"

    async def test_by_several_at_once_is_done_once(self, schema, database):
        url = await database("empty")

        await asyncio.gather(*(migrate.upgrade(schema, url) for _ in range(4)))

        assert await migrate.differences(schema, url) == []

    async def test_that_fails_leaves_nothing_behind(self, schema, database):
        url = await database("empty")
        file = next((schema.migrations / "versions").glob("0001_*.py"))
        file.write_text(
            file.read_text().replace("def downgrade", "    op.execute('SELECT 1/0')\n\n\ndef downgrade")
        )

        with pytest.raises(sa.exc.DBAPIError, match="division by zero"):
            await migrate.upgrade(schema, url)

        assert await migrate.current_revision(url) is None
        assert len(await migrate.differences(schema, url)) == 2


class TestWriteRevision:
    async def test_numbers_on_and_writes_only_what_is_new(self, schema, database):
        url = await database("empty")
        await migrate.upgrade(schema, url)
        sa.Table("postings", schema.metadata, sa.Column("id", sa.BigInteger, primary_key=True))

        await migrate.write_revision(schema, url, "postings")
        await migrate.upgrade(schema, url)

        assert await migrate.differences(schema, url) == []
        second = next((schema.migrations / "versions").glob("0002_*.py")).read_text()
        assert "'postings'" in second
        assert "'dues'" not in second
