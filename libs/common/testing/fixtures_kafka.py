"""A pytest plugin: the fixture `kafka`, one real broker for the session; without one its tests say why."""

from collections.abc import Iterator

import pytest

from libs.common.testing.kafka_server import KafkaServer, KafkaUnavailable, kafka_server


@pytest.fixture(scope="session")
def kafka() -> Iterator[KafkaServer]:
    """One broker for all tests that want a Kafka; each makes topics and groups of its own."""
    try:
        with kafka_server() as server:
            yield server
    except KafkaUnavailable as why:
        pytest.skip(str(why))
