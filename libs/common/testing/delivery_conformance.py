"""What a service relies on, on every bus: outbox, bus, inbox and dead letters together.

A test module subclasses `DeliveryConformance` and provides the fixtures `site` (see bus_conformance.py) and
`numbers`, a service of delivery_service.py with its tables.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import asyncpg
from sqlalchemy import text

from libs.common.bus import outbox
from libs.common.bus.outbox import Draft
from libs.common.db.engine import create_engine
from libs.common.right_of_way import MANY, TURN_SECONDS
from libs.common.testing.bus_conformance import BusSite
from libs.common.testing.delivery_service import AT, Counted, Ignored, Numbers
from libs.common.testing.waiting import eventually

#: Looks like an identity number, and is none: its check digit is wrong.
ID_NUMBER = "350426199001011234"


def assert_ordered(told: Sequence[tuple[str, int]]) -> None:
    """Each key's numbers rise, and none comes twice."""
    last: dict[str, int] = {}
    for key, n in told:
        assert n > last.get(key, -1), f"{n} of {key} came late or twice"
        last[key] = n


def hurt_by(poison: int) -> Callable[[Sequence[int]], None]:
    """A handler's fault: one number cannot be handled."""

    def hurt(numbers: Sequence[int]) -> None:
        if poison in numbers:
            raise ValueError(f"no {poison} for {ID_NUMBER}")

    return hurt


class DeliveryConformance:
    """What holds between a change in one service and its effect in another."""

    async def test_every_event_takes_effect_once_and_in_order(self, site: BusSite, numbers: Numbers) -> None:
        for at in range(0, 1000, 50):
            await numbers.publish(range(at, at + 50))
        async with numbers.running(await site.bus()):
            told = await numbers.until_told(1000)
            await numbers.until_quiet()
        assert_ordered(told)
        assert sorted(n for _, n in told) == list(range(1000))

    async def test_publishing_everything_again_changes_nothing(self, site: BusSite, numbers: Numbers) -> None:
        await numbers.publish(range(300))
        bus = await site.bus()
        async with numbers.running(bus):
            await numbers.until_told(300)
        await numbers.query("UPDATE outbox_cursor SET cluster = cluster + 1")  # a dump restored elsewhere
        await numbers.publish(range(300, 320))
        async with numbers.running(bus):
            told = await numbers.until_told(320)
            await numbers.until_quiet()
        assert numbers.contexts[-1].backlog.counters["published"] == 320
        assert_ordered(told)
        assert len(await numbers.told()) == 320

    async def test_a_transaction_that_commits_late_is_not_lost(self, site: BusSite, numbers: Numbers) -> None:
        async with numbers.running(await site.bus()), numbers.engine.connect() as late:
            transaction = await late.begin()
            await outbox.append(late, [Draft(Counted(n=5000), "late", AT)])
            for at in range(0, 100, 10):
                await numbers.publish(range(at, at + 10))
            told = await numbers.until_told(100)
            assert ("late", 5000) not in told, "it is published before its change is committed"
            await transaction.commit()
            assert ("late", 5000) in await numbers.until_told(101)

    async def test_cause_comes_before_effect_under_concurrent_changes(
        self, site: BusSite, numbers: Numbers
    ) -> None:
        """Writers count each key up under its row lock; each number causes the next."""
        await numbers.query("INSERT INTO keys SELECT 'k' || i, 0 FROM generate_series(0, 4) AS i")

        async def writer(first: int) -> None:
            for step in range(40):
                key = f"k{(first + step) % 5}"
                async with numbers.engine.begin() as conn:
                    await conn.execute(text("SELECT pg_current_xact_id()"))  # ids out of step with the locks
                    statement = text("UPDATE keys SET n = n + 1 WHERE key = :key RETURNING n")
                    n = (await conn.execute(statement, {"key": key})).scalar_one()
                    await outbox.append(conn, [Draft(Counted(n=n), key, AT)])

        async with numbers.running(await site.bus()):
            await asyncio.gather(*(writer(first) for first in range(6)))
            told = await numbers.until_told(240)
        assert_ordered(told)

    async def test_events_are_published_and_handled_in_turns_while_many_wait_for_an_answer(
        self, site: BusSite, numbers: Numbers
    ) -> None:
        async with numbers.running(await site.bus()):
            await numbers.publish([1])
            await numbers.until_told(1)
            for _ in range(MANY):
                numbers.contexts[-1].right_of_way.arrive()
            began = time.monotonic()
            await numbers.publish([2])
            await numbers.until_told(2)
        assert time.monotonic() - began >= 2 * TURN_SECONDS, "relay and consumer have a turn each"

    async def test_only_declared_types_are_handled(self, site: BusSite, numbers: Numbers) -> None:
        async with numbers.engine.begin() as conn:
            await outbox.append(conn, [Draft(Ignored(), "k", AT), Draft(Counted(n=1), "k", AT)])
        async with numbers.running(await site.bus()):
            assert await numbers.until_told(1) == [("k", 1)]
            await numbers.until_quiet()
        assert await numbers.count("inbox") == 1

    async def test_poison_is_parked_with_its_key_and_can_be_tried_again(
        self, site: BusSite, numbers: Numbers
    ) -> None:
        numbers.hurt = hurt_by(105)
        await numbers.publish(range(400))  # 105 has the key k5, as have 5, 25 ... 385
        async with numbers.running(await site.bus()):
            told = await numbers.until_told(400 - 15)
            await numbers.until_quiet()
            letters = await numbers.query("SELECT * FROM dead_letters ORDER BY id")
            assert [int(letter.data[5:-1]) for letter in letters] == list(range(105, 400, 20))
            assert letters[0].reason == "ValueError: no 105 for ******"
            assert "350426" not in letters[0].trace
            assert "delivery_conformance.py" in letters[0].trace
            assert letters[0].attempts == 3
            assert_ordered(told)

            await numbers.query("UPDATE dead_letters SET state = 'retrying'")
            await self._settled(numbers)
            assert await numbers.count("dead_letters", "state = 'handled'") == 0

            numbers.hurt = lambda _: None
            await numbers.publish([405])
            await numbers.query("UPDATE dead_letters SET state = 'retrying' WHERE id = :id", id=letters[0].id)
            told = await numbers.until_told(401)
        assert_ordered(told)
        assert {row.state for row in await numbers.query("SELECT state FROM dead_letters")} == {"handled"}

    async def _settled(self, numbers: Numbers) -> None:
        async def none_left() -> bool:
            return await numbers.count("dead_letters", "state = 'retrying'") == 0

        await eventually(none_left)

    async def test_what_is_no_fact_is_parked(self, site: BusSite, numbers: Numbers) -> None:
        for data in ('{"n":1}', '{"n":"350426199001011234x"}', '{"n":3}'):
            await numbers.query(
                "INSERT INTO outbox (key, type, time, data) VALUES (:key, :type, now(), :data)",
                key=f"k{data}", type=Counted.type, data=data,
            )  # fmt: skip
        async with numbers.running(await site.bus()):
            await numbers.until_told(2)
            await numbers.until_quiet()
        (letter,) = await numbers.query("SELECT * FROM dead_letters")
        assert letter.reason.startswith("ValidationError: n: Input should be a valid integer")
        assert "350426" not in letter.reason + letter.trace

    async def test_a_deadlock_is_tried_again_and_parks_nothing(self, site: BusSite, numbers: Numbers) -> None:
        left = [4]

        def hurt(_: Sequence[int]) -> None:
            if left[0]:
                left[0] -= 1
                raise asyncpg.DeadlockDetectedError("deadlock detected")

        numbers.hurt = hurt
        await numbers.publish(range(50))
        async with numbers.running(await site.bus()):
            await numbers.until_told(50)
        assert await numbers.count("dead_letters") == 0

    async def test_a_database_that_drops_its_connections_loses_and_repeats_nothing(
        self, site: BusSite, numbers: Numbers
    ) -> None:
        other = create_engine(numbers.engine.url.render_as_string(hide_password=False), name="publisher")
        publisher = replace(numbers, engine=other)
        async with numbers.running(await site.bus()):
            for at in range(0, 600, 20):
                await publisher.publish(range(at, at + 20))
                if at % 200 == 100:
                    # The service's are cut, and gone when this is answered; who publishes has others.
                    await publisher.query("""
                        SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                        WHERE datname = current_database() AND application_name <> 'publisher'
                    """)
            told = await publisher.until_told(600)
            await publisher.until_quiet()
            assert await publisher.count("dead_letters") == 0
        assert_ordered(told)
        await other.dispose()

    async def test_two_instances_share_the_work_and_one_may_die(
        self, site: BusSite, numbers: Numbers
    ) -> None:
        async with numbers.running(await site.bus(), await site.bus()) as tasks:
            for at in range(0, 600, 20):
                await numbers.publish(range(at, at + 20))
                await asyncio.sleep(0.02)
                if at == 300:
                    for task in tasks[:2]:
                        task.cancel()
            told = await numbers.until_told(600)
            await numbers.until_quiet()
        assert_ordered(told)
        assert len(told) == 600
