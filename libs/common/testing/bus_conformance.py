"""What the platform relies on in an event bus: one suite that every adapter has to pass.

A test module subclasses `BusConformance` and provides the fixture `site`, a `BusSite`. What is promised on
top of the bus (outbox, inbox, dead letters) is in delivery_conformance.py.
"""

import asyncio
import json
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from functools import partial

import pytest

from libs.common.bus.port import Batch, Bus, Message, Outgoing, Subscription, UnknownTopic
from libs.common.testing.bus_member import make_bus
from libs.common.testing.waiting import eventually

AT = datetime(2020, 11, 20, 2, 0, tzinfo=UTC)
SECONDS = 40


@dataclass
class BusSite:
    """Where buses of one kind meet: each call of `bus` is like another process at the same place."""

    kind: str
    address: str
    _buses: list[Bus] = field(default_factory=list)

    async def bus(self) -> Bus:
        """Give a started bus; `close` stops it."""
        bus = make_bus(self.kind, self.address)
        await bus.start()
        self._buses.append(bus)
        return bus

    async def topic(self, partitions: int = 4) -> str:
        """Create a topic that nobody else uses."""
        topic = f"canbao.test.{uuid.uuid4().hex[:12]}"
        await (self._buses[0] if self._buses else await self.bus()).create_topics([topic], partitions)
        return topic

    async def close(self) -> None:
        """Stop all buses."""
        for bus in self._buses:
            await bus.stop()


def outgoing(topic: str, number: int, keys: int = 20) -> Outgoing:
    """Message `number`; its data says so."""
    return Outgoing(
        topic, f"k{number % keys}", str(number), "canbao/test", "canbao.test.v1", AT, b'{"n":%d}' % number
    )


async def publish(bus: Bus, topic: str, numbers: Sequence[int], chunk: int = 70) -> None:
    """Publish messages in several calls."""
    for at in range(0, len(numbers), chunk):
        await bus.publish([outgoing(topic, number) for number in numbers[at : at + chunk]])


@asynccontextmanager
async def incoming(subscription: Subscription) -> AsyncIterator[Callable[[], Awaitable[Batch]]]:
    """Give a function that waits for the next batch."""
    async with aclosing(subscription.batches()) as batches:

        async def following() -> Batch:
            async with asyncio.timeout(SECONDS):
                return await anext(batches)

        yield following


async def collect(subscription: Subscription, until: Callable[[list[Message]], bool]) -> list[Message]:
    """Take and commit batches until `until` holds of all messages."""
    messages: list[Message] = []
    async with incoming(subscription) as following:
        while not until(messages):
            batch = await following()
            messages += batch.messages
            await subscription.commit([batch])
    return messages


def count(number: int) -> Callable[[list[Message]], bool]:
    """Until that many different messages were seen."""
    return lambda messages: len({message.id for message in messages}) >= number


def assert_ordered(messages: Sequence[Message]) -> None:
    """Each key's messages appear in the order of their numbers, repeats aside."""
    last: dict[str, int] = {}
    seen: set[str] = set()
    for message in messages:
        if message.id not in seen:
            assert int(message.id) > last.get(message.key, -1), f"{message.id} of {message.key} came late"
            last[message.key] = int(message.id)
            seen.add(message.id)


async def _member(
    topic: str, seen: list[tuple[str, Message]], name: str, bus: Bus, done: asyncio.Event
) -> None:
    """Write down what the member `name` sees, until `done`."""
    async with bus.subscribe("g", [topic], max_batch=5) as subscription:
        async for batch in subscription.batches():
            await asyncio.sleep(0.002)
            seen.extend((name, message) for message in batch.messages)
            await subscription.commit([batch])
            if done.is_set():
                return


class BusConformance:
    """What every adapter promises."""

    async def test_a_message_arrives_as_it_was_sent(self, site: BusSite) -> None:
        bus, topic = await site.bus(), await site.topic()
        shanghai = datetime(2020, 2, 29, 23, 59, 59, 123456, timezone(timedelta(hours=8)))
        sent = Outgoing(
            topic, "键", "7", "canbao/test", "t.v2", shanghai, '{"村":1}'.encode(), "s", "co", "ca"
        )
        await bus.publish([sent])
        async with bus.subscribe("g", [topic]) as subscription:
            (got,) = await collect(subscription, count(1))
        for name in Outgoing.__slots__:
            assert getattr(got, name) == getattr(sent, name)

    async def test_messages_of_a_key_keep_their_order(self, site: BusSite) -> None:
        bus, topic = await site.bus(), await site.topic()
        await publish(bus, topic, range(1000))
        async with bus.subscribe("g", [topic], max_batch=64) as subscription:
            messages = await collect(subscription, count(1000))
        assert_ordered(messages)
        assert len(messages) == 1000
        assert len({(m.key, m.partition) for m in messages}) == 20, "a key changed its partition"
        assert len({m.partition for m in messages}) == 4, "the keys do not spread"

    async def test_a_batch_is_of_one_partition_and_bounded(self, site: BusSite) -> None:
        bus, topic = await site.bus(), await site.topic()
        await publish(bus, topic, range(500))
        async with (
            bus.subscribe("g", [topic], max_batch=50) as subscription,
            incoming(subscription) as following,
        ):
            taken = 0
            while taken < 500:
                batch = await following()
                assert {(m.topic, m.partition) for m in batch.messages} == {(batch.topic, batch.partition)}
                positions = [m.position for m in batch.messages]
                assert positions == sorted(positions)
                assert 0 < len(positions) <= 50
                taken += len(positions)
                await subscription.commit([batch])

    async def test_a_partition_waits_for_its_batch_to_be_committed(self, site: BusSite) -> None:
        bus, topic = await site.bus(), await site.topic(partitions=2)
        await publish(bus, topic, range(200))
        async with (
            bus.subscribe("g", [topic], max_batch=10) as subscription,
            incoming(subscription) as following,
        ):
            first, second = await following(), await following()
            assert {first.partition, second.partition} == {0, 1}
            third = asyncio.ensure_future(following())
            await asyncio.sleep(0.5)
            assert not third.done(), "a partition was handed out twice at once"
            await subscription.commit([first])
            assert (await third).messages[0].position == first.messages[-1].position + 1

    async def test_what_is_not_committed_comes_again_and_what_is_does_not(self, site: BusSite) -> None:
        bus, topic = await site.bus(), await site.topic(partitions=1)
        await publish(bus, topic, range(30))
        async with (
            bus.subscribe("g", [topic], max_batch=10) as subscription,
            incoming(subscription) as following,
        ):
            await subscription.commit([await following()])
            await following()
        async with (await site.bus()).subscribe("g", [topic]) as subscription:
            messages = await collect(subscription, count(20))
        assert [int(m.id) for m in messages] == list(range(10, 30))

    async def test_each_group_gets_everything_from_the_beginning(self, site: BusSite) -> None:
        bus, topic = await site.bus(), await site.topic()
        await publish(bus, topic, range(100))
        for group in ("one", "other"):
            async with bus.subscribe(group, [topic]) as subscription:
                assert len(await collect(subscription, count(100))) == 100

    async def test_the_lag_is_what_is_not_committed(self, site: BusSite) -> None:
        bus, topic = await site.bus(), await site.topic(partitions=2)
        assert await bus.lag("g", [topic]) == {(topic, 0): 0, (topic, 1): 0}
        await publish(bus, topic, range(100))
        assert sum((await bus.lag("g", [topic])).values()) == 100
        async with (
            bus.subscribe("g", [topic], max_batch=10) as subscription,
            incoming(subscription) as following,
        ):
            await subscription.commit([await following()])

            async def ninety() -> bool:
                return sum((await bus.lag("g", [topic])).values()) == 90

            await eventually(ninety)

    async def test_a_second_member_takes_its_share_and_nothing_is_lost(self, site: BusSite) -> None:
        topic = await site.topic(partitions=6)
        one, other = await site.bus(), await site.bus()
        published = 600
        await publish(one, topic, range(published))
        seen: list[tuple[str, Message]] = []
        member = partial(_member, topic, seen)
        ends = asyncio.Event(), asyncio.Event()
        tasks = [asyncio.create_task(member("one", one, ends[0]))]

        async def all_seen() -> bool:
            return count(published)([message for _, message in seen])

        try:
            await eventually(lambda: _true(len(seen) > 50))
            tasks.append(asyncio.create_task(member("other", other, ends[1])))
            async with asyncio.timeout(SECONDS):
                while {name for name, _ in seen[-30:]} != {
                    "one",
                    "other",
                }:  # however long joining takes, there is work to be had
                    if published - len(seen) < 100:
                        await publish(one, topic, range(published, published + 70))
                        published += 70
                    await asyncio.sleep(0.01)
            ends[0].set()  # the first leaves in the middle of its work
            await publish(other, topic, range(published, published + 300))
            published += 300
            await eventually(all_seen)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        assert_ordered([message for _, message in seen])
        assert len(seen) == published, "members that come and go in peace repeat nothing"

    async def test_a_killed_member_is_replaced_and_its_batch_comes_again(self, site: BusSite) -> None:
        bus, topic = await site.bus(), await site.topic(partitions=1)
        await publish(bus, topic, range(40))
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "libs.common.testing.bus_member", site.kind, site.address, "g", topic, "2",
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert child.stdout is not None
        async with asyncio.timeout(SECONDS):
            lines = [json.loads(await child.stdout.readline()) for _ in range(3)]
        child.kill()
        await child.wait()
        assert [committed for committed, _ in lines] == [True, True, False]
        async with bus.subscribe("g", [topic], max_batch=10) as subscription:
            messages = await collect(subscription, count(20))
        assert [int(m.id) for m in messages] == list(range(20, 40))

    async def test_an_unknown_topic_is_refused(self, site: BusSite) -> None:
        bus = await site.bus()
        with pytest.raises(UnknownTopic, match="canbao migrate"):
            await bus.publish([outgoing("canbao.nowhere", 1)])

    async def test_topics_that_exist_stay_as_they_are(self, site: BusSite) -> None:
        bus, topic = await site.bus(), await site.topic(partitions=2)
        await publish(bus, topic, range(10))
        await bus.create_topics([topic], 2)
        assert sum((await bus.lag("g", [topic])).values()) == 10


async def _true(value: bool) -> bool:
    return value
