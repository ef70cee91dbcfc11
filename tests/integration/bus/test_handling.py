"""Whatever a message holds, it is handled, skipped or parked: nothing of it stops the ones behind it."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus.handling import Handling, Received, TopicHandler
from libs.common.bus.port import Message
from libs.common.db.engine import create_engine
from libs.common.testing.bus_conformance import BusSite
from libs.common.testing.delivery_service import AT, Counted, Numbers

pytestmark = pytest.mark.parametrize("site", ["embedded"], indirect=True)

BEYOND = datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone(timedelta(hours=-23)))
BEFORE = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=23)))


def message(number: int, data: bytes, **changes: object) -> Message:
    told = {
        "topic": "t", "partition": 0, "position": number, "key": f"k{number}", "id": str(number),
        "source": "canbao/test", "type": Counted.type, "time": AT, "data": data,
    }  # fmt: skip
    return Message(**(told | changes))  # type: ignore[arg-type]


class TestPoison:
    @pytest.mark.parametrize(
        "poison",
        [
            message(1, b"\x00"),
            message(1, b"\xff\xfe"),
            message(1, b'{"n": "\\u0000"}'),
            message(1, b'{"n": 2, "why": "\\u0000"}'),
            message(1, b'{"n": 2, "why": "\\\\\\u0000"}'),
            message(1, b'{"n": 99999999999999999999999}'),
            message(1, b"[" * 2000),
            message(1, b"", subject="a\x00b"),
            message(1, b"", key="a\x00b", id="\x00"),
            message(1, b"", time=BEYOND),
            message(1, b"", time=BEFORE),
            message(1, b"", time=AT.replace(tzinfo=timezone(timedelta(hours=20)))),
            message(1, b"", time=AT.replace(tzinfo=None)),
        ],
        ids=lambda poison: repr(poison.data)[:20] + str(poison.time)[:10],
    )
    async def test_is_parked_with_what_can_be_kept_of_it(
        self, site: BusSite, numbers: Numbers, poison: Message
    ) -> None:
        handling = Handling(numbers.engine, "t", TopicHandler(numbers.handle, (Counted,)))
        await handling.process([message(0, b'{"n":1}'), poison, message(2, b'{"n":3}')])
        assert [n for _, n in await numbers.told()] == [1, 3]
        (letter,) = await numbers.query("SELECT reason, time FROM dead_letters")
        assert letter.reason
        assert await numbers.count("inbox") == 2

    async def test_is_no_message_that_only_tells_how_nul_is_written(
        self, site: BusSite, numbers: Numbers
    ) -> None:
        handling = Handling(numbers.engine, "t", TopicHandler(numbers.handle, (Counted,)))
        await handling.process([message(0, b'{"n": 1, "why": "\\\\u0000"}')])

        assert [n for _, n in await numbers.told()] == [1]

    async def test_that_only_the_database_refuses_is_parked_too(
        self, site: BusSite, numbers: Numbers
    ) -> None:
        handling = Handling(numbers.engine, "t", TopicHandler(numbers.handle, (Counted,)))
        await handling.process([message(0, b'{"n":1}'), message(1, b'{"n":9223372036854775808}')])
        assert [n for _, n in await numbers.told()] == [1]
        assert await numbers.count("dead_letters", "key = 'k1'") == 1


class TestWhoeverIsFrozenAmidABatch:
    async def test_keeps_nobody_else_from_it_and_changes_nothing_afterwards(
        self, site: BusSite, numbers: Numbers
    ) -> None:
        frozen, url = asyncio.Event(), numbers.engine.url.render_as_string(hide_password=False)
        engine, goes_on = create_engine(url, rest_seconds=0.5), asyncio.Event()

        async def freeze(conn: AsyncConnection, batch: Sequence[Received]) -> None:
            await numbers.handle(conn, batch)
            frozen.set()
            await goes_on.wait()

        batch = [message(0, b'{"n":1}'), message(1, b'{"n":2}')]
        stuck = asyncio.create_task(Handling(engine, "t", TopicHandler(freeze, (Counted,))).process(batch))
        await frozen.wait()
        async with asyncio.timeout(10):
            await Handling(numbers.engine, "t", TopicHandler(numbers.handle, (Counted,))).process(batch)
        assert [n for _, n in await numbers.told()] == [1, 2]

        goes_on.set()
        assert await stuck == 2
        assert [n for _, n in await numbers.told()] == [1, 2]
        assert await numbers.count("dead_letters") == 0
        await engine.dispose()
