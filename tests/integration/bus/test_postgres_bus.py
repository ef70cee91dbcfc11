"""What only the embedded bus has to prove: fencing, retention, its schema."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from libs.common.bus.postgres import log as postgres_log
from libs.common.bus.postgres.bus import PostgresBus
from libs.common.bus.postgres.subscription import PostgresSubscription
from libs.common.testing.bus_conformance import collect, count, incoming, outgoing, publish
from libs.common.testing.waiting import eventually


@pytest.fixture
async def url(database: Any) -> str:
    return await database("empty")


@pytest.fixture
async def bus(url: str) -> AsyncIterator[PostgresBus]:
    bus = PostgresBus(url, alive_seconds=1)
    await bus.start()
    await bus.create_topics(["t"], 1)
    yield bus
    await bus.stop()


async def fall_silent(subscription: PostgresSubscription) -> None:
    """As a process that hangs: it still holds its batches and its connections, but nobody hears of it."""
    for task in subscription._tasks:
        task.cancel()
    await asyncio.gather(*subscription._tasks, return_exceptions=True)


class TestFencing:
    async def test_a_member_taken_for_dead_cannot_move_the_position(self, bus: PostgresBus, url: str) -> None:
        await publish(bus, "t", range(30))
        other = PostgresBus(url, alive_seconds=1)
        await other.start()
        async with bus.subscribe("g", ["t"], max_batch=10) as zombie:
            async with incoming(zombie) as following:
                stale = await following()
            await fall_silent(zombie)
            async with other.subscribe("g", ["t"], max_batch=10) as heir, incoming(heir) as following:
                batch = await following()
                assert batch.messages == stale.messages, "what was in flight comes again"
                assert batch.generation > stale.generation
                await zombie.commit([stale])
                async with bus._open().acquire() as connection:
                    await zombie._store(connection)
                assert await bus.lag("g", ["t"]) == {("t", 0): 30}
                await heir.commit([batch])

                async def twenty() -> bool:
                    return await bus.lag("g", ["t"]) == {("t", 0): 20}

                await eventually(twenty)
        await other.stop()


class TestReading:
    """A member asks for what a notification told of; what none told of it finds at its next look."""

    @pytest.fixture
    async def asked(self, monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
        """The topics of every time that somebody read."""
        asked: list[list[int]] = []
        really = postgres_log.read

        async def read(connection: Any, wanted: Any, limit: int) -> Any:
            asked.append(sorted({topic_id for topic_id, _, _ in wanted}))
            return await really(connection, wanted, limit)

        monkeypatch.setattr(postgres_log, "read", read)
        return asked

    async def test_asks_for_the_topic_that_grew_and_for_no_other(self, url: str, asked: Any) -> None:
        bus = PostgresBus(url, look_seconds=60)
        await bus.start()
        await bus.create_topics(["one", "two"], 3)
        ids = {topic: topic_id for topic, (topic_id, _) in (await bus._known(["one", "two"])).items()}
        async with bus.subscribe("g", ["one", "two"]) as subscription:
            await publish(bus, "one", range(5))
            await collect(subscription, count(5))
            asked.clear()
            await publish(bus, "two", range(5))
            await collect(subscription, count(5))
            assert asked
            assert all(topics == [ids["two"]] for topics in asked)
        await bus.stop()

    async def test_goes_on_where_more_was_there_than_it_takes_at_once(self, url: str) -> None:
        bus = PostgresBus(url, look_seconds=60)
        await bus.start()
        await bus.create_topics(["t"], 1)
        await publish(bus, "t", range(95), chunk=7)
        async with bus.subscribe("g", ["t"], max_batch=10) as subscription:
            messages = await collect(subscription, count(95))
        assert [message.position for message in messages] == list(range(95))
        await bus.stop()

    async def test_looks_for_what_nobody_told_of(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(PostgresSubscription, "wake", lambda self, payload: None)
        bus = PostgresBus(url, look_seconds=0.2)
        await bus.start()
        await bus.create_topics(["t"], 1)
        async with bus.subscribe("g", ["t"]) as subscription:
            await asyncio.sleep(0.1)
            await publish(bus, "t", range(5))
            assert len(await collect(subscription, count(5))) == 5
        await bus.stop()


class TestPublishing:
    async def test_concurrent_publishers_leave_no_gap_and_no_double(self, bus: PostgresBus) -> None:
        await asyncio.gather(*(publish(bus, "t", range(at, at + 50), chunk=5) for at in range(0, 400, 50)))
        async with bus.subscribe("g", ["t"]) as subscription:
            messages = await collect(subscription, count(400))
        assert [message.position for message in messages] == list(range(400))

    async def test_a_reader_sees_nothing_of_a_publish_under_way(self, bus: PostgresBus, url: str) -> None:
        """Positions are given out under a lock until the commit: none turns up behind one that was read."""
        connection = await asyncpg.connect(url)
        transaction = connection.transaction()
        await transaction.start()
        await postgres_log.append(connection, "t", 1, [outgoing("t", 0)])
        later = asyncio.create_task(publish(bus, "t", range(1, 5)))
        await asyncio.sleep(0.3)
        assert not later.done()
        assert await bus.lag("g", ["t"]) == {("t", 0): 0}
        await transaction.commit()
        await later
        async with bus.subscribe("g", ["t"]) as subscription:
            messages = await collect(subscription, count(5))
        assert [int(message.id) for message in messages] == [0, 1, 2, 3, 4]
        await connection.close()


class TestRetention:
    async def test_only_what_is_old_and_handled_by_every_group_is_purged(
        self, bus: PostgresBus, url: str
    ) -> None:
        await publish(bus, "t", range(20), chunk=10)
        for group, handled in (("slow", 10), ("fast", 20)):
            async with bus.subscribe(group, ["t"], max_batch=10) as subscription:
                await collect(subscription, count(handled))
        connection = await asyncpg.connect(url)
        assert await postgres_log.purge(connection, 1) == 0
        await connection.execute("UPDATE runs SET appended_at = now() - interval '2 hours'")
        assert await postgres_log.purge(connection, 1) == 1
        async with bus.subscribe("slow", ["t"]) as subscription:
            assert [int(m.id) for m in await collect(subscription, count(10))] == list(range(10, 20))
        assert await postgres_log.purge(connection, 1) == 1
        await connection.close()

    async def test_a_new_group_begins_at_what_is_kept(self, bus: PostgresBus, url: str) -> None:
        await publish(bus, "t", range(20), chunk=10)
        connection = await asyncpg.connect(url)
        await connection.execute("DELETE FROM runs WHERE last_position < 10")
        await connection.close()
        assert await bus.lag("new", ["t"]) == {("t", 0): 10}
        async with bus.subscribe("new", ["t"]) as subscription:
            assert [int(m.id) for m in await collect(subscription, count(10))] == list(range(10, 20))


class TestStarting:
    async def test_processes_that_start_together_make_one_schema(self, url: str) -> None:
        buses = [PostgresBus(url) for _ in range(4)]
        await asyncio.gather(*(bus.start() for bus in buses))
        await asyncio.gather(*(bus.create_topics(["t", "u"], 3) for bus in buses))
        assert len(await buses[0].lag("g", ["t", "u"])) == 6
        for bus in buses:
            await bus.stop()

    async def test_a_stopped_bus_says_so(self, url: str) -> None:
        with pytest.raises(RuntimeError, match="not started"):
            await PostgresBus(url).lag("g", ["t"])
