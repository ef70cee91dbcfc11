"""Instances share out what is published; they come, go and die, and every key keeps its order."""

import asyncio

import pytest
from sqlalchemy import text

from libs.common.bus import operations
from libs.common.bus.cursor import Cursor, pending
from libs.common.bus.driver import borrowed_connection
from libs.common.bus.shards import ALL, SHARD, SHARDS, Shards, share
from libs.common.testing.bus_conformance import BusSite
from libs.common.testing.delivery_conformance import assert_ordered
from libs.common.testing.delivery_service import AT, Counted, Numbers
from libs.common.testing.waiting import eventually

embedded = pytest.mark.parametrize("site", ["embedded"], indirect=True)


async def shares(numbers: Numbers) -> list[int]:
    """How many shards each living relay holds, smallest first."""
    found = await numbers.query("""
        SELECT count(*) AS shards FROM outbox_cursor
        WHERE id > 100 AND owner IS NOT NULL AND leased_until > now() GROUP BY owner ORDER BY 1
    """)
    return [row.shards for row in found]


async def until_shared(numbers: Numbers, *shards: int) -> None:
    async def shared() -> bool:
        return await shares(numbers) == list(shards)

    await eventually(shared)


class TestShare:
    def test_every_shard_is_of_one_relay_and_no_relay_has_two_more_than_another(self):
        for number in range(1, SHARDS + 3):
            members = [f"relay-{member}" for member in range(number)]
            parts = [share(member, members) for member in members]
            assert sorted(shard for part in parts for shard in part) == list(ALL)
            assert max(map(len, parts)) - min(map(len, parts)) <= 1

    def test_who_is_not_on_the_list_yet_counts_itself(self):
        assert len(share("b", ["a"])) == SHARDS // 2


@embedded
class TestInstances:
    async def test_share_the_shards_and_each_publishes_its_keys(
        self, site: BusSite, numbers: Numbers
    ) -> None:
        buses = [await site.bus() for _ in range(3)]
        async with numbers.running(*buses):
            await until_shared(numbers, 4, 4, 4)
            for at in range(0, 1200, 60):
                await numbers.publish(range(at, at + 60), keys=60)
            told = await numbers.until_told(1200)
            await numbers.until_quiet()
        published = [context.backlog.counters["published"] for context in numbers.contexts]
        assert min(published) > 100, "instances add up"
        assert sum(published) == 1200, "nothing is published twice"
        assert_ordered(told)
        assert sorted(n for _, n in told) == list(range(1200))

    async def test_come_and_go_without_publishing_anything_twice(
        self, site: BusSite, numbers: Numbers
    ) -> None:
        async def write() -> None:
            for at in range(0, 3000, 60):
                await numbers.publish(range(at, at + 60), keys=60)
                await asyncio.sleep(0.1)

        writing = asyncio.create_task(write())
        async with numbers.running(await site.bus()):
            await until_shared(numbers, 12)
            async with numbers.running(await site.bus()):
                await until_shared(numbers, 6, 6)
            await until_shared(numbers, 12)
            await writing
            told = await numbers.until_told(3000)
            await numbers.until_quiet()
        assert sum(context.backlog.counters.get("published", 0) for context in numbers.contexts) == 3000
        assert_ordered(told)
        assert sorted(n for _, n in told) == list(range(3000))

    async def test_that_die_leave_their_shards_to_the_others(
        self, site: BusSite, numbers: Numbers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("libs.common.bus.shards.LEASE_SECONDS", 1.0)
        async with numbers.running(await site.bus(), await site.bus()) as tasks:
            await until_shared(numbers, 6, 6)
            await numbers.publish(range(60), keys=60)
            tasks[0].cancel()
            await numbers.publish(range(60, 600), keys=60)
            told = await numbers.until_told(600)
            await until_shared(numbers, 12)
        assert_ordered(told)
        assert len(told) == 600

    async def test_go_on_where_the_one_relay_of_former_releases_stood(
        self, site: BusSite, numbers: Numbers
    ) -> None:
        await numbers.publish(range(10))
        await numbers.query("INSERT INTO outbox_cursor (id, seen) VALUES (1, pg_current_snapshot()::text)")
        await numbers.publish(range(10, 30))
        async with borrowed_connection(numbers.engine) as connection:
            assert await pending(connection) == 20
        async with numbers.running(await site.bus()):
            told = await numbers.until_told(20)
            await numbers.until_quiet()
        assert sorted(n for _, n in told) == list(range(10, 30))

    async def test_say_what_is_left_in_the_midst_of_their_first_window(
        self, site: BusSite, numbers: Numbers
    ) -> None:
        """Also where a relay of the release before was stopped there."""
        await numbers.publish(range(2500), keys=5)
        bus = await site.bus()
        async with numbers.engine.connect() as conn, borrowed_connection(numbers.engine) as connection:
            shards = Shards("test")
            cursor = Cursor(connection, shards)
            await cursor.share_out()
            window = await cursor.look()
            assert window is not None
            await cursor.advance(window, window.ids[999])
            assert await pending(connection) == 1500
            assert await operations.republish(numbers.engine, bus, "test", AT) == 0, "no snapshot is whole"
            await conn.execute(text("UPDATE outbox_cursor SET id = 1, seen = '0:0:' WHERE id = 101"))
            await conn.execute(text("DELETE FROM outbox_cursor WHERE id <> 1"))
            await conn.execute(text("UPDATE outbox_cursor SET owner = NULL"))
            await conn.commit()
            assert await pending(connection) == 1500
        async with numbers.running(bus):
            told = await numbers.until_told(1500)
            await numbers.until_quiet()
        assert_ordered(told)
        assert sorted(n for _, n in told) == list(range(1000, 2500))

    async def test_that_take_over_know_what_was_set_apart(
        self, site: BusSite, numbers: Numbers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("libs.common.bus.shards.LEASE_SECONDS", 1.0)
        monkeypatch.setattr("libs.common.bus.unpublished.LOOK_SECONDS", 3600)
        async with numbers.running(await site.bus()) as former:
            await until_shared(numbers, 12)
            (first,) = await numbers.query("SELECT DISTINCT owner FROM outbox_cursor WHERE id > 100")
            async with numbers.running(await site.bus()):
                await until_shared(numbers, 6, 6)
                (row, *_) = await numbers.query(
                    f"SELECT n FROM (SELECT n, 'k' || n AS key FROM generate_series(0, 19) AS n) AS keys"
                    f" WHERE {SHARD} IN (SELECT id FROM outbox_cursor WHERE owner = :owner)",
                    owner=first.owner,
                )
                await numbers.query(
                    "INSERT INTO dead_letters (topic, partition, position, key, source, event_id, type, time,"
                    " data, reason) VALUES (:topic, -1, 0, :key, 'canbao/test', '999999', :type, now(),"
                    " :data, 'too large')",
                    topic=f"outbox/{numbers.topic}", key=f"k{row.n}", type=Counted.type,
                    data=f'{{"n": {row.n}}}',
                )  # fmt: skip
                for task in former:
                    task.cancel()
                await asyncio.wait(former)
                await numbers.publish([row.n + 20, (row.n + 1) % 20])
                assert [n for _, n in await numbers.until_told(1)] == [(row.n + 1) % 20]
                await until_shared(numbers, 12)
                monkeypatch.setattr("libs.common.bus.unpublished.LOOK_SECONDS", 0)
                await numbers.query("UPDATE dead_letters SET state = 'retrying'")
                told = await numbers.until_told(3)
        assert [n for key, n in told if key == f"k{row.n}"] == [row.n, row.n + 20]
