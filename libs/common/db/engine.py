"""One engine per service to PostgreSQL, and the driver's own connection under it."""

from collections.abc import AsyncIterable, Iterable, Sequence
from time import monotonic
from typing import TYPE_CHECKING, TypeAlias, cast

import asyncpg
import orjson
from asyncpg.pool import PoolConnectionProxy
from sqlalchemy import URL, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry, PoolProxiedConnection

from libs.common.db.silence import SERVER_LOOKS, LookingConnection

if TYPE_CHECKING:
    from libs.common.db.sealing import Sealing

POOL_SIZE = 10
POOL_OVERFLOW = 10
#: Statements are few and set-based: all of a service fit into the caches and are planned once per connection.
STATEMENT_CACHE_SIZE = 500
#: A connection that was given back so recently, and that nobody has closed, is taken to live: to ask takes
#: three round trips.
_LIVES_SECONDS = 1.0
_GIVEN_BACK = "given_back"

#: A connection of asyncpg, of its own or from a pool. (Its classes are generic for type checkers alone.)
DriverConnection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"


class NoTransaction(Exception):
    """The connection runs in autocommit mode, where nothing can be done atomically."""


def asyncpg_url(url: str) -> URL:
    """Normalize `postgresql://`, `postgres://` or `postgresql+asyncpg://` for SQLAlchemy."""
    if url.startswith("postgres://"):
        url = "postgresql://" + url.removeprefix("postgres://")
    return make_url(url).set(drivername="postgresql+asyncpg")


def plain_url(url: str) -> str:
    """Normalize the same for asyncpg itself and for the programs of PostgreSQL, password included."""
    return asyncpg_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def create_engine(
    url: str,
    *,
    name: str = "canbao",
    pool_size: int = POOL_SIZE,
    max_overflow: int = POOL_OVERFLOW,
    sealing: "Sealing | None" = None,
    ping: bool = True,
    rest_seconds: float | None = None,
) -> AsyncEngine:
    """Make the engine for `url`; `name` is shown in pg_stat_activity. JSON goes through orjson.

    Without `sealing` no personal data crosses it. After a restart of the server the first request is served,
    not failed; without `ping` every connection is taken to live. A transaction that rests longer than
    `rest_seconds` between two statements ends with its connection: an outage for whoever goes on with it.
    """
    engine = create_async_engine(
        asyncpg_url(url),
        pool_size=pool_size,
        max_overflow=max_overflow,
        # The one that was used last knows our types and statements already. In turn all of them would learn
        # them, each server process with a memory of its own, where one or two do nearly all the work.
        pool_use_lifo=True,
        execution_options={"sealing": sealing},
        pool_timeout=30,
        hide_parameters=True,  # an error would carry names and numbers of people into the log
        json_serializer=_to_json,
        json_deserializer=orjson.loads,
        connect_args={
            "prepared_statement_cache_size": STATEMENT_CACHE_SIZE,
            "statement_cache_size": STATEMENT_CACHE_SIZE,
            "timeout": 10,
            "connection_class": LookingConnection,
            "server_settings": _asked_of_the_server(name, rest_seconds),
        },
    )
    event.listen(engine.sync_engine, "handle_error", _knows_what_is_lost)
    if ping:
        _ping_what_lay_idle(engine)
    return engine


def _asked_of_the_server(name: str, rest_seconds: float | None) -> dict[str, str]:
    asked = {"application_name": name, "timezone": "UTC", "jit": "off", **SERVER_LOOKS}
    if rest_seconds is not None:
        asked["idle_in_transaction_session_timeout"] = f"{round(rest_seconds * 1000)}ms"
    return asked


def connections_of(engine: AsyncEngine) -> dict[str, float]:
    """How many connections of an engine are in use and idle, and how many there can be at most."""
    pool = engine.pool
    if not isinstance(pool, AsyncAdaptedQueuePool):
        return {}
    most = pool.size() + POOL_OVERFLOW
    return {"in_use": pool.checkedout(), "idle": pool.checkedin(), "most": most}


def _knows_what_is_lost(context: ExceptionContext) -> None:
    """Have connections made anew that can do no more, or know too much.

    The driver refuses every statement between the server's last word and the end of the connection. Whoever
    migrates the tables of a running service makes statements that its connections keep refused for good.
    """
    refused = (asyncpg.InternalClientError, asyncpg.InvalidCachedStatementError)
    if isinstance(context.original_exception.__cause__, refused):
        context.is_disconnect = True


def _ping_what_lay_idle(engine: AsyncEngine) -> None:
    """Ask a connection that nobody used whether it lives; SQLAlchemy itself would ask every time."""
    dialect, pool = engine.sync_engine.dialect, engine.sync_engine.pool

    @event.listens_for(pool, "checkin")
    def given_back(_: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
        entry.info[_GIVEN_BACK] = monotonic()

    @event.listens_for(pool, "checkout")
    def taken(connection: DBAPIConnection, entry: ConnectionPoolEntry, _: PoolProxiedConnection) -> None:
        if cast("DriverConnection", entry.driver_connection).is_closed():
            raise InvalidatePoolError
        since = entry.info.get(_GIVEN_BACK)
        if since is None or monotonic() - since < _LIVES_SECONDS:
            return
        try:
            dialect.do_ping(connection)
        except Exception as error:
            raise InvalidatePoolError from error


async def driver_connection(connection: AsyncConnection) -> DriverConnection:
    """Give the asyncpg connection under `connection`, inside its running transaction.

    SQLAlchemy sends BEGIN with the first statement only; a raw statement before that would commit on its own.
    Raises NoTransaction. For json and jsonb parameters asyncpg takes JSON text here and gives parsed values.
    """
    raw = cast("DriverConnection", (await connection.get_raw_connection()).driver_connection)
    if not raw.is_in_transaction():
        await connection.exec_driver_sql("SELECT 1")
        if not raw.is_in_transaction():
            raise NoTransaction("use `async with engine.begin() as connection`")
    return raw


async def copy_rows(
    connection: AsyncConnection,
    table: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]] | AsyncIterable[Sequence[object]],
) -> int:
    """COPY `rows` (tuples in the order of `columns`) into `table` within the transaction; say how many."""
    raw = await driver_connection(connection)
    answer = await raw.copy_records_to_table(table, records=rows, columns=list(columns))
    return int(answer.split()[-1])


def _to_json(value: object) -> str:
    return orjson.dumps(value).decode()
