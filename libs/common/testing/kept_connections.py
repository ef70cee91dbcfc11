"""Connections that go on from one test to the next on the same database.

What a connection learns takes longer than most tests: its server process starts, the driver asks for types,
and every statement is parsed and planned anew.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg
import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

#: The pool hands out again what was used last, so that one or two have learnt nearly all there is.
MOST_OF_AN_ENGINE = 2
#: Types of PostgreSQL itself are the same in every database; those made in one are numbered from here.
FIRST_OF_OTHERS = 16_384

#: Database and what its server was asked for: connections of a kind can stand for each other.
_Kind = tuple[str, str]


class KeptConnections:
    """The idle connections of engines that were disposed of, for the next engine on the same database.

    Each engine is still an engine of its own: whoever goes on with it after its test reaches nobody, when the
    database's user has another name by then. What a command does in an event loop of its own ends with it.
    """

    def __init__(self) -> None:
        self._kept: dict[_Kind, list[Any]] = {}

    @contextmanager
    def of_engines(self, prefix: str) -> Iterator[None]:
        """Do so for every engine on a database whose name begins with `prefix`."""
        dispose, loop = AsyncEngine.dispose, asyncio.get_running_loop()
        introspect = asyncpg.Connection._introspect_types  # type: ignore[attr-defined]
        known: dict[frozenset[int], Any] = {}

        def make_with_kept(url: Any, **options: Any) -> AsyncEngine:
            made = create_async_engine(url, **options)
            if str(url.database).startswith(prefix) and asyncio._get_running_loop() is loop:
                self._lend(made, str(options["connect_args"]["server_settings"]))
            return made

        async def keep_and_dispose(engine: AsyncEngine, close: bool = True) -> None:
            if (asked := engine.sync_engine.get_execution_options().get("kept_as")) is not None:
                await self._take_back(engine, asked)
            await dispose(engine, close)

        async def introspect_once(connection: Any, oids: set[int], *rest: Any) -> Any:
            if max(oids) >= FIRST_OF_OTHERS:
                return await introspect(connection, oids, *rest)
            if (types := frozenset(oids)) not in known:
                known[types] = await introspect(connection, oids, *rest)
            return known[types]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(asyncpg.Connection, "_introspect_types", introspect_once)
            patch.setattr("libs.common.db.engine.create_async_engine", make_with_kept)
            patch.setattr(AsyncEngine, "dispose", keep_and_dispose)
            yield

    def pids(self, database: str) -> list[int]:
        """The server processes of what is kept of `database`."""
        return [one.driver_connection.get_server_pid() for kept in self._of(database) for one in kept]

    def forget(self, database: str) -> None:
        """Break off what is kept of `database`."""
        for kept in self._of(database):
            while kept:
                kept.pop().driver_connection.terminate()

    def _of(self, database: str) -> list[list[Any]]:
        return [kept for (its, _), kept in self._kept.items() if its == database]

    def _of_kind(self, engine: AsyncEngine, asked: str) -> list[Any]:
        return self._kept.setdefault((str(engine.url.database), asked), [])

    def _lend(self, engine: AsyncEngine, asked: str) -> None:
        engine.sync_engine.update_execution_options(kept_as=asked)

        @event.listens_for(engine.sync_engine, "do_connect")
        def connected(*_: Any) -> Any:
            kept = self._of_kind(engine, asked)
            while kept:
                if not (connection := kept.pop(0)).driver_connection.is_closed():
                    return connection
            return None

    async def _take_back(self, engine: AsyncEngine, asked: str) -> None:
        """Keep the idle connections of `engine` as they were when they were made."""
        kept = self._of_kind(engine, asked)
        idle = min(engine.pool.checkedin(), MOST_OF_AN_ENGINE)  # type: ignore[attr-defined]
        for each in [await engine.raw_connection() for _ in range(idle)]:
            each.detach()
            connection: Any = each.dbapi_connection
            try:
                await connection.driver_connection.reset(timeout=5)
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
                connection.driver_connection.terminate()
            else:
                kept.append(connection)
