"""Answers "did this fail because the database is not there right now?": then the client may come back."""

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted

_GONE = (
    ConnectionError,
    PoolExhausted,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
)


def database_is_away(error: BaseException) -> bool:
    """Whether `error`, or what caused it, is a lost or refused connection rather than a defect."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, _GONE) or (isinstance(seen, DBAPIError) and seen.connection_invalidated):
            return True
        # asyncpg says so when it is asked to use a connection whose server has gone.
        if isinstance(seen, asyncpg.InterfaceError) and "closed" in str(seen):
            return True
        seen = seen.__cause__ or seen.__context__
    return False
