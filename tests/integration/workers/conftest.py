"""Fixtures of the services whose workers are poisoned."""

from contextlib import ExitStack

import pytest

from tests.integration.collection.conftest import keys
from tests.integration.workers.bench import Bench

__all__ = ["keys"]


@pytest.fixture
def bench(service_context, client, keys, monkeypatch, signing_key):
    """What stories are made of."""
    with ExitStack() as opened:
        yield Bench(service_context, client, keys, monkeypatch, signing_key, opened)
