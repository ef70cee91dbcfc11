"""A site for buses of either kind."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from libs.common.db.engine import create_engine
from libs.common.testing.bus_conformance import BusSite
from libs.common.testing.delivery_service import Numbers


@pytest.fixture(params=["embedded", pytest.param("kafka", marks=pytest.mark.kafka)])
async def site(request: pytest.FixtureRequest, database: Any) -> AsyncIterator[BusSite]:
    """The embedded bus on a database of its own, and a real Kafka."""
    if request.param == "kafka":
        address = request.getfixturevalue("kafka").bootstrap
    else:
        address = await database("empty")
    site = BusSite(request.param, address)
    yield site
    await site.close()


@pytest.fixture
async def numbers(site: BusSite, database: Any) -> AsyncIterator[Numbers]:
    """A service that publishes and reads one topic of the site."""
    engine = create_engine(await database("empty"))
    numbers = Numbers(engine, await site.topic())
    await numbers.create_tables()
    yield numbers
    await engine.dispose()
