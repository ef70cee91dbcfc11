"""Works on the users of the console, beside whatever runs on the same data directory."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from canbao.context import Platform
from canbao.definitions import CONSOLE
from canbao.migrate import migrate_database
from libs.common.db.engine import create_engine
from libs.common.settings import CommonSettings

Given = TypeVar("Given")


async def in_console(settings: CommonSettings, work: Callable[[AsyncConnection], Awaitable[Given]]) -> Given:
    """Do `work` in one transaction of the console's database, which is made where it is not there yet."""
    async with Platform(settings, names=[CONSOLE], join=True) as platform:
        await migrate_database(CONSOLE, platform.urls[CONSOLE])
        engine = create_engine(platform.urls[CONSOLE], name="canbao-user")
        try:
            async with engine.begin() as conn:
                return await work(conn)
        finally:
            await engine.dispose()
