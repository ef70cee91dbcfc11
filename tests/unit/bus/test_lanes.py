"""What waits of a topic is taken by one lane; another takes only what came behind it."""

import asyncio
from datetime import UTC, datetime
from typing import cast

from libs.common.bus.consumer import TRANSACTION, Lanes
from libs.common.bus.handling import Handling
from libs.common.bus.port import Batch, Message


def batch(partition: int, size: int = 1) -> Batch:
    at = datetime(2020, 11, 20, tzinfo=UTC)
    one = Message("t", partition, 0, "k", "1", "canbao/test", "canbao.test.counted.v1", at, b"{}")
    return Batch("t", partition, (one,) * size)


async def test_few_of_several_partitions_make_one_transaction() -> None:
    lanes = Lanes(cast("Handling", None))
    one, other = asyncio.create_task(lanes.take()), asyncio.create_task(lanes.take())
    await asyncio.sleep(0)
    for partition in range(4):
        lanes.put(batch(partition))
    assert [taken.partition for taken in await one] == [0, 1, 2, 3]
    await asyncio.sleep(0)
    assert not other.done()
    lanes.put(batch(0))
    assert [taken.partition for taken in await other] == [0]


async def test_many_make_two_side_by_side() -> None:
    lanes = Lanes(cast("Handling", None))
    for partition in range(3):
        lanes.put(batch(partition, TRANSACTION // 2))
    assert [taken.partition for taken in await lanes.take()] == [0, 1]
    assert [taken.partition for taken in await lanes.take()] == [2]
