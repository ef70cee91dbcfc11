"""Whose fault a database error is decides whether a message is parked and what a client is told."""

import asyncpg
import pytest
from sqlalchemy import exc

from libs.common.db.trouble import is_collision, is_outage, is_unstorable


def wrapped(original: Exception) -> exc.DBAPIError:
    """As SQLAlchemy raises it."""
    return exc.DBAPIError("SELECT 1", None, original)


class TestIsOutage:
    @pytest.mark.parametrize(
        "error",
        [
            ConnectionRefusedError(),
            TimeoutError(),
            asyncpg.ConnectionDoesNotExistError("gone"),
            asyncpg.AdminShutdownError("restart"),
            asyncpg.CannotConnectNowError("starting up"),
            asyncpg.TooManyConnectionsError("full"),
            asyncpg.DiskFullError("no space"),
            asyncpg.ReadOnlySQLTransactionError("a standby"),
            asyncpg.UndefinedTableError("not migrated"),
            asyncpg.InterfaceError("connection is closed"),
            exc.TimeoutError("the pool is exhausted"),
        ],
        ids=lambda error: type(error).__name__,
    )
    def test_trouble_of_the_database_is_nobodys_fault(self, error: Exception) -> None:
        assert is_outage(error)
        assert is_outage(wrapped(error))

    @pytest.mark.parametrize(
        "error",
        [
            ValueError("no"),
            FileNotFoundError("policies"),
            asyncpg.UniqueViolationError("twice"),
            asyncpg.DataError("invalid input for query argument $1"),
            asyncpg.NumericValueOutOfRangeError("too much"),
            asyncpg.CheckViolationError("negative"),
        ],
        ids=lambda error: type(error).__name__,
    )
    def test_a_message_that_cannot_be_written_is_to_blame(self, error: Exception) -> None:
        assert not is_outage(error)
        assert not is_outage(wrapped(error))


class TestIsCollision:
    def test_a_lost_race_is_one(self) -> None:
        assert is_collision(wrapped(asyncpg.DeadlockDetectedError("deadlock")))
        assert is_collision(wrapped(asyncpg.SerializationError("could not serialize")))

    def test_a_violated_constraint_is_none(self) -> None:
        assert not is_collision(wrapped(asyncpg.UniqueViolationError("twice")))


class TestIsUnstorable:
    @pytest.mark.parametrize(
        "error",
        [
            asyncpg.CharacterNotInRepertoireError('invalid byte sequence for encoding "UTF8": 0x00'),
            asyncpg.UntranslatableCharacterError("\\u0000 cannot be converted to text"),
            asyncpg.NumericValueOutOfRangeError("integer out of range"),
            asyncpg.DataError("invalid input for query argument $1: value out of int64 range"),
        ],
        ids=lambda error: type(error).__name__,
    )
    def test_what_no_column_holds_was_sent_by_the_caller(self, error: Exception) -> None:
        assert is_unstorable(error)
        assert is_unstorable(wrapped(error))

    def test_a_division_by_zero_is_our_own_defect(self) -> None:
        assert not is_unstorable(wrapped(asyncpg.DivisionByZeroError("division by zero")))
