"""Long work lets others have their turn."""

import asyncio

from libs.common.turns import AT_ONCE, in_parts, in_turns


async def test_others_have_their_turn_in_the_midst_of_long_work():
    turns = 0

    async def other():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(other())
    done = [thing async for thing in in_turns(range(3 * AT_ONCE + 1))]
    beside.cancel()

    assert done == list(range(3 * AT_ONCE + 1))
    assert turns >= 3


async def test_work_that_is_short_waits_for_nobody():
    beside = asyncio.create_task(asyncio.sleep(0))

    assert [thing async for thing in in_turns("ab")] == ["a", "b"]
    assert not beside.done()
    await beside


def test_parts_are_all_of_it_in_order():
    things = list(range(2 * AT_ONCE + 1))

    assert [thing for part in in_parts(things) for thing in part] == things
    assert [len(part) for part in in_parts(things)] == [AT_ONCE, AT_ONCE, 1]
    assert list(in_parts([])) == []
