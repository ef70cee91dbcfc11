"""An event that the bus refuses is set apart with those of its key; all others are published."""

from collections.abc import Callable, Sequence
from typing import Any

import orjson
import pytest

from libs.common.bus import operations
from libs.common.bus.port import Outgoing
from libs.common.testing.bus_conformance import BusSite
from libs.common.testing.delivery_service import Numbers
from libs.common.testing.waiting import eventually

pytestmark = pytest.mark.parametrize("site", ["embedded"], indirect=True)


class Refusing:
    """A bus that refuses some numbers, as a broker refuses what is larger than it takes."""

    def __init__(
        self, bus: Any, *numbers: int, error: Callable[[], Exception] = lambda: ValueError("too large")
    ):
        self._bus = bus
        self.refused = set(numbers)
        self._error = error
        self.asked = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._bus, name)

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        self.asked += 1
        if any(orjson.loads(message.data)["n"] in self.refused for message in messages):
            raise self._error()
        await self._bus.publish(messages)


async def letters(numbers: Numbers, *states: str) -> list[operations.Letter]:
    async with numbers.engine.connect() as conn:
        return await operations.letters(conn, states or ("parked", "retrying"))


class TestARefusedEvent:
    async def test_is_set_apart_with_those_of_its_key_and_stops_no_other(
        self, site: BusSite, numbers: Numbers
    ) -> None:
        bus = Refusing(await site.bus(), 7)
        await numbers.publish(range(40), keys=4)
        async with numbers.running(bus):
            await numbers.until_told(31)
            await numbers.until_quiet()
            parked = await letters(numbers)
            assert [n for _, n in await numbers.told() if n % 4 == 3] == [3]
            assert sorted(n for _, n in await numbers.told()) == [n for n in range(40) if n % 4 != 3 or n < 7]
            assert [letter.reason.partition(":")[0] for letter in parked[:2]] == [
                "ValueError",
                "Waits behind an earlier message of the same key.",
            ]
            assert {letter.topic for letter in parked} == {f"outbox/{numbers.topic}"}
            await numbers.publish([43, 44], keys=4)
            await numbers.until_told(32)
            assert len(await letters(numbers)) == 10, "what comes later waits behind it as well"
            text = (await numbers.contexts[0].metrics.exposition()).decode()
            assert 'canbao_dead_letters{state="parked"} 10.0' in text

    async def test_is_published_in_its_order_when_an_operator_has_it_tried_again(
        self, site: BusSite, numbers: Numbers
    ) -> None:
        bus = Refusing(await site.bus(), 7)
        await numbers.publish(range(20), keys=4)
        async with numbers.running(bus):
            await numbers.until_told(16)
            bus.refused.clear()
            async with numbers.engine.begin() as conn:
                await operations.ask_retry(conn)
            await numbers.until_told(20)
            assert [n for _, n in await numbers.told() if n % 4 == 3] == [3, 7, 11, 15, 19]
            assert await letters(numbers) == []
            await numbers.publish([23], keys=4)
            assert (await numbers.until_told(21))[-1] == ("k3", 23)

    async def test_that_is_refused_again_waits_again(self, site: BusSite, numbers: Numbers) -> None:
        bus = Refusing(await site.bus(), 1)
        await numbers.publish(range(4), keys=4)
        async with numbers.running(bus):
            await numbers.until_told(3)
            async with numbers.engine.begin() as conn:
                await operations.ask_retry(conn)

            async def tried_again() -> bool:
                return [letter.attempts for letter in await letters(numbers, "parked")] == [2]

            await eventually(tried_again)

    async def test_is_known_by_the_answers_of_the_bus_when_it_is_the_only_one(
        self, site: BusSite, numbers: Numbers
    ) -> None:
        await numbers.publish([7])
        async with numbers.running(Refusing(await site.bus(), 7)):

            async def parked() -> bool:
                return len(await letters(numbers)) == 1

            await eventually(parked)


class TestABusThatIsAway:
    async def test_is_no_fault_of_any_event(self, site: BusSite, numbers: Numbers) -> None:
        bus = Refusing(await site.bus(), *range(10), error=lambda: ConnectionError("brokers are away"))
        await numbers.publish(range(10))
        async with numbers.running(bus):
            await numbers.publish([10])

            async def tried_often() -> bool:
                return bus.asked > 4

            await eventually(tried_often)
            assert await letters(numbers) == []
            bus.refused.clear()
            await numbers.until_told(11)
