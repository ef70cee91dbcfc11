"""Migrations from nothing make exactly the tables that the code speaks of."""

import pytest

from canbao.definitions import SERVICES, definition
from canbao.migrate import migrate_database, schema
from libs.common.db import migrate


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
