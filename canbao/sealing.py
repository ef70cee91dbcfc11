"""Seals what lies clear, and rotates the data keys of services, while they run."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from canbao.context import Platform
from canbao.definitions import definition
from libs.common.db.engine import create_engine
from libs.common.db.resealing import begin_rotation, do_work, finish_rotation, work
from libs.common.db.sealing import Sealing, StoredKey, stored_keys
from libs.common.settings import SettingInvalid

#: Told after each batch: the service, the table, and how many of its rows were sealed so far.
Tell = Callable[[str, str, int], None]


class LiesClear(SettingInvalid):
    """Rows that an earlier release wrote are not sealed yet."""


@dataclass(frozen=True)
class KeysOf:
    """The data keys of a service, and the tables that a rotation has still to walk over."""

    service: str
    keys: list[StoredKey]
    waiting: list[str]


@asynccontextmanager
async def sealing_engine(platform: Platform, name: str) -> AsyncIterator[AsyncEngine]:
    """An engine of a service that seals and opens, for a command."""
    sealing = Sealing(platform.wrapper(name))
    engine = create_engine(platform.urls[name], name="canbao-keys", pool_size=2, sealing=sealing)
    try:
        yield engine
    finally:
        await engine.dispose()


async def seal(platform: Platform, names: Iterable[str], tell: Tell) -> None:
    """Seal what migrations found; a walk that was stopped goes on. Nothing is asked of keys where all is."""
    for name in names:
        if await _lies_clear(platform, name):
            async with sealing_engine(platform, name) as engine:
                await do_work(engine, definition(name).metadata, "migration", _for(name, tell))


async def hold_to_sealed(platform: Platform, names: Iterable[str]) -> None:
    """Refuse to serve while something lies clear. Raises LiesClear."""
    for name in names:
        if await _lies_clear(platform, name):
            raise LiesClear(
                f"the database of {name} holds personal data of an earlier release that is not sealed yet: "
                "run `canbao keys seal` (`canbao migrate` does so, too)"
            )


async def _lies_clear(platform: Platform, name: str) -> bool:
    engine = create_engine(platform.urls[name], name="canbao-keys", pool_size=1)
    try:
        async with engine.connect() as conn:
            return bool(await work(conn, "migration"))
    finally:
        await engine.dispose()


async def rotate(platform: Platform, names: Iterable[str], tell: Tell) -> dict[str, bool]:
    """Give every service a new data key and seal everything with it; of each whether it is a new rotation."""
    begun: dict[str, bool] = {}
    for name in names:
        async with sealing_engine(platform, name) as engine:
            begun[name] = await begin_rotation(engine, definition(name).metadata, platform.wrapper(name))
    await asyncio.gather(*(_finish(platform, name, tell) for name in begun))
    return begun


async def _finish(platform: Platform, name: str, tell: Tell) -> None:
    async with sealing_engine(platform, name) as engine:
        await finish_rotation(engine, definition(name).metadata, _for(name, tell))


async def keys_of(platform: Platform, name: str) -> KeysOf:
    """The data keys of a service; none of a database that has sealed nothing."""
    engine = create_engine(platform.urls[name], name="canbao-keys", pool_size=1)
    try:
        async with engine.connect() as conn:
            return KeysOf(name, await stored_keys(conn), await work(conn, "rotation"))
    finally:
        await engine.dispose()


def _for(name: str, tell: Tell) -> Callable[[str, int], None]:
    return lambda table, done: tell(name, table, done)
