"""What only Kafka has to prove: brokers that go away, clients that fall silent, CloudEvents on the wire."""

import asyncio
import uuid
from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from libs.common.bus.kafka.bus import KafkaBus
from libs.common.bus.kafka.subscription import ConsumerSilent
from libs.common.testing.bus_conformance import assert_ordered, collect, count, incoming, outgoing, publish
from libs.common.testing.kafka_server import KafkaServer

pytestmark = pytest.mark.kafka


@pytest.fixture
async def bus(kafka: KafkaServer) -> AsyncIterator[KafkaBus]:
    bus = KafkaBus(kafka.bootstrap, alive_seconds=2, silence_seconds=1)
    await bus.start()
    yield bus
    await bus.stop()


@pytest.fixture
async def topic(bus: KafkaBus) -> str:
    topic = f"canbao.test.{uuid.uuid4().hex[:12]}"
    await bus.create_topics([topic], 3)
    return topic


async def test_messages_are_cloud_events_in_binary_mode(
    bus: KafkaBus, topic: str, kafka: KafkaServer
) -> None:
    await bus.publish([outgoing(topic, 5)])
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        record = await asyncio.wait_for(consumer.getone(), 20)
    finally:
        await consumer.stop()
    headers = dict(record.headers)
    assert record.key == b"k5"
    assert record.value == b'{"n":5}'
    assert headers["ce_specversion"] == b"1.0"
    assert headers["ce_type"] == b"canbao.test.v1"
    assert headers["ce_source"] == b"canbao/test"
    assert headers["ce_time"] == b"2020-11-20T02:00:00+00:00"
    assert headers["content-type"] == b"application/json"


async def test_large_publishes_are_split_into_batches_the_broker_takes(bus: KafkaBus, topic: str) -> None:
    await bus.publish([outgoing(topic, number) for number in range(12_000)])
    async with bus.subscribe("g", [topic], max_batch=1000) as subscription:
        messages = await collect(subscription, count(12_000))
    assert_ordered(messages)


async def test_a_killed_broker_loses_nothing_it_acknowledged(
    bus: KafkaBus, topic: str, kafka: KafkaServer
) -> None:
    bus._silence_seconds = 60
    await publish(bus, topic, range(500))
    async with bus.subscribe("g", [topic], max_batch=50) as subscription:
        before = await collect(subscription, count(200))
        await asyncio.to_thread(kafka.kill)
        publishing = asyncio.create_task(_publish_through(bus, topic, range(500, 1000)))
        await asyncio.to_thread(kafka.restart)
        await publishing
        seen = before + await collect(subscription, lambda found: count(1000)(before + found))
    assert_ordered(seen)


async def _publish_through(bus: KafkaBus, topic: str, numbers: range) -> None:
    """As the relay does: the same chunk again until it is acknowledged."""
    for at in range(numbers.start, numbers.stop, 100):
        while True:
            try:
                await publish(bus, topic, range(at, at + 100))
                break
            except KafkaError:
                await asyncio.sleep(0.2)


async def test_stopping_is_bounded_while_the_broker_is_away(topic: str, kafka: KafkaServer) -> None:
    bus = KafkaBus(kafka.bootstrap, alive_seconds=2)
    await bus.start()
    async with bus.subscribe("g", [topic]) as subscription, incoming(subscription) as following:
        await publish(bus, topic, range(10))
        await subscription.commit([await following()])
        await asyncio.to_thread(kafka.kill)
    try:
        async with asyncio.timeout(120):  # against hanging, not a measure
            await bus.stop()
    finally:
        await asyncio.to_thread(kafka.restart)


async def test_a_client_that_gives_nothing_although_messages_wait_is_thrown_away(
    bus: KafkaBus, topic: str
) -> None:
    async with bus.subscribe("g", [topic]) as subscription:
        await publish(bus, topic, range(10))
        consumer = subscription._consumer
        assert consumer is not None
        while not consumer.assignment():  # noqa: ASYNC110 (the client has no event for it)
            await asyncio.sleep(0.05)
        consumer.pause(*consumer.assignment())
        with pytest.raises(ConsumerSilent, match="messages wait"):
            await collect(subscription, count(10))
