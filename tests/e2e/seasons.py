"""A copy of the season that this run of the tests has played, and `canbao up` on it."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.e2e.test_up import Up, running
from tests.played import STATE, copied


@contextmanager
def season_of(factory: pytest.TempPathFactory, **settings: str) -> Iterator[Up]:
    """Run a copy of the season that was played, ready to be asked."""
    with copied(factory) as directory, running(directory / STATE, **settings) as up:
        up.wait_until_ready()
        yield up
        up.stop()
