"""Which failures tell a client to come back, and which are ours to mend."""

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError

from libs.common.db.away import database_is_away


class TestDatabaseIsAway:
    @pytest.mark.parametrize(
        "error",
        [
            ConnectionRefusedError(),
            asyncpg.CannotConnectNowError("the database system is starting up"),
            asyncpg.InterfaceError("connection is closed"),
            DBAPIError("select", {}, Exception(), connection_invalidated=True),
        ],
    )
    def test_a_lost_or_refused_connection_is(self, error: Exception) -> None:
        assert database_is_away(error)

    def test_its_wrapping_does_not_hide_it(self) -> None:
        try:
            raise RuntimeError("while matching") from ConnectionResetError()
        except RuntimeError as wrapped:
            assert database_is_away(wrapped)

    @pytest.mark.parametrize(
        "error",
        [
            KeyError("defect"),
            IntegrityError("insert", {}, Exception()),
            asyncpg.UniqueViolationError("twice"),
        ],
    )
    def test_a_defect_is_not(self, error: Exception) -> None:
        assert not database_is_away(error)
