"""What ends a command before its work begins is one sentence that says what to look at."""

import socket

import asyncpg
import click
import httpx
import pytest
from sqlalchemy.exc import DBAPIError

from canbao.commands.starting import starting


def wrapped(error):
    """As SQLAlchemy raises what the driver raised."""
    return DBAPIError("SELECT 1", {}, error)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (asyncpg.InvalidPasswordError("password authentication failed"), "refuses this user and password"),
        (asyncpg.InvalidCatalogNameError("does not exist"), "no database of this name"),
        (ConnectionRefusedError(111, "Connect call failed"), "nothing listens there"),
        (socket.gaierror(-2, "Name or service not known"), "nobody knows the name"),
    ],
)
@pytest.mark.parametrize("as_raised", [wrapped, lambda error: error])
def test_a_database_that_cannot_be_opened_is_told_in_a_sentence(error, says, as_raised):
    with pytest.raises(click.ClickException, match=says), starting():
        raise as_raised(error)


def test_a_database_that_was_never_migrated_is_told_in_a_sentence():
    error = wrapped(asyncpg.UndefinedTableError('relation "outbox" does not exist'))
    error.__cause__ = error.orig
    with pytest.raises(click.ClickException, match="run `canbao migrate`"), starting():
        raise error


def test_an_address_of_http_that_does_not_answer_is_no_database():
    error = httpx.ConnectError("All connection attempts failed")
    error.__cause__ = ConnectionRefusedError(111, "Connect call failed")
    with pytest.raises(httpx.ConnectError), starting():
        raise error


def test_a_defect_of_ours_keeps_its_traceback():
    with pytest.raises(KeyError), starting():
        raise KeyError("place")
