"""Unit tests reach nothing outside of the process: sockets are blocked (the event loop's own pair is not)."""

from collections.abc import Iterator

import pytest
from pytest_socket import disable_socket, enable_socket


@pytest.fixture(autouse=True)
def no_sockets() -> Iterator[None]:
    """Fail a unit test that opens a socket."""
    disable_socket(allow_unix_socket=True)
    yield
    enable_socket()
