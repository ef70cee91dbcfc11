"""Tells database errors apart: the server is away, two transactions collided, a value that no
column holds, or a defect of ours."""

import socket
from collections.abc import Iterator

import asyncpg
import orjson
from sqlalchemy import exc

#: The server is away, full, read-only or not migrated: no message is to blame, all would fail alike.
_OUTAGE = (
    ConnectionError,
    TimeoutError,
    socket.gaierror,
    exc.TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresIOError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
)
#: Two transactions got in each other's way: another try usually works.
_COLLISION = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
)
#: Texts with NUL or half a surrogate pair, numbers beyond the column.
_UNSTORABLE = (
    asyncpg.CharacterNotInRepertoireError,
    asyncpg.UntranslatableCharacterError,
    asyncpg.NumericValueOutOfRangeError,
)
#: The same, and values that contradict a rule of the database or what is stored there.
_OF_THE_DATA = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.ProgramLimitExceededError,
    orjson.JSONEncodeError,
    UnicodeError,
)


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and what it was raised from, through SQLAlchemy's wrapping."""
    seen: set[int] = set()
    pending: BaseException | None = error
    while pending is not None and id(pending) not in seen:
        seen.add(id(pending))
        yield pending
        pending = getattr(pending, "orig", None) or pending.__cause__


def is_outage(error: BaseException) -> bool:
    """Whether the database as a whole is the trouble, so that trying again later is the only thing to do."""
    return any(
        isinstance(cause, _OUTAGE)
        or getattr(cause, "connection_invalidated", False)
        or (isinstance(cause, asyncpg.InterfaceError) and "clos" in str(cause))
        for cause in causes(error)
    )


def is_collision(error: BaseException) -> bool:
    """Whether the transaction lost against a concurrent one (deadlock, serialization, lock timeout)."""
    return any(isinstance(cause, _COLLISION) for cause in causes(error))


def is_unstorable(error: BaseException) -> bool:
    """Whether a value was sent that no text or number of PostgreSQL can hold, so that it never will be."""
    # asyncpg raises DataError itself for what it cannot encode; its subclasses are what the server says.
    return any(isinstance(cause, _UNSTORABLE) or type(cause) is asyncpg.DataError for cause in causes(error))


def is_of_the_data(error: BaseException) -> bool:
    """Whether a value of the rows is to blame, so that other rows can be written and these never can."""
    return any(isinstance(cause, _OF_THE_DATA) for cause in causes(error))
