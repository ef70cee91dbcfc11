"""Whoever waits for an answer goes before background work of the process, which is never starved."""

import asyncio
from contextlib import ExitStack

import pytest

from libs.common import right_of_way
from libs.common.right_of_way import MANY, RightOfWay


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(right_of_way, "TURN_SECONDS", 0.05)
    monkeypatch.setattr(right_of_way, "CROWDED_SECONDS", 0.01)


@pytest.fixture
def way():
    return RightOfWay()


@pytest.fixture
def crowd(way):
    """Many who wait for an answer, until the stack is closed."""
    with ExitStack() as waiting:
        for _ in range(MANY):
            way.arrive()
            waiting.callback(way.leave)
        yield waiting


async def seconds_of(work):
    loop = asyncio.get_running_loop()
    began = loop.time()
    await work
    return loop.time() - began


async def test_a_few_hold_nothing_up(way):
    way.arrive()

    assert not way.crowded
    assert await seconds_of(way.give_way()) < 0.04


@pytest.mark.usefixtures("crowd")
async def test_work_has_its_turns_one_after_the_other(way):
    turns = []

    async def work(number):
        await way.give_way()
        turns.append(number)

    took = await seconds_of(asyncio.gather(*(work(number) for number in range(3))))

    assert turns == [0, 1, 2]
    assert took >= 0.15


@pytest.mark.usefixtures("crowd")
async def test_nobody_waits_for_a_turn_for_ever(way, monkeypatch):
    monkeypatch.setattr(right_of_way, "LONGEST_SECONDS", 0.1)

    assert await seconds_of(asyncio.gather(*(way.give_way() for _ in range(50)))) < 1


async def test_everybody_goes_on_when_the_crowd_has_gone(way, crowd):
    waiting = asyncio.gather(*(way.give_way() for _ in range(50)))
    await asyncio.sleep(0.02)
    crowd.close()

    assert await seconds_of(waiting) < 1
