"""Steps are played side by side where nothing depends on the order, and wait where something does."""

import asyncio
import json

import pytest

from canbao.replay.player import Player
from canbao.replay.scenario import parse_step

SEASON = {"county": "youxi", "coverage_year": 2020}
COLLECTOR = {"division_code": "350426100200", "channel": "village_cash", "title": "第1收缴点"}
ONE, OTHER = "350426198006152246", "350426200506152243"


def callback(id_number, minute):
    return step(minute, do="callback", channel="tax", data={"items": [{"id_number": id_number}]})


def cash(id_number, minute):
    receipts = [{"items": [{"id_number": id_number}]}]
    return step(minute, do="cash", **SEASON, collector=COLLECTOR, receipts=receipts)


def deposit(minute):
    return step(minute, do="deposit", **SEASON, collector=COLLECTOR, slip_no=f"S{minute}")


def step(minute, **fields):
    return parse_step(minute, json.dumps({"at": f"2019-11-20T10:{minute:02}:00+08:00", **fields}))


class Stage:
    """Services and desk at once: notes what was done, and when all was waited for."""

    def __init__(self):
        self.done = []
        self.most_at_once = self._now = 0

    async def do(self, step):
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        await asyncio.sleep(0.01 if step.do == "callback" else 0)
        self._now -= 1
        self.done.append(step.line)

    async def wait_until_quiet(self, _=None):
        self.done.append("quiet")


@pytest.fixture
def stage():
    return Stage()


async def played(stage, *steps):
    await Player(stage, stage).play(iter(steps))
    return stage.done


class TestCashBesideChannels:
    async def test_does_not_wait_for_other_peoples_money(self, stage):
        done = await played(stage, callback(ONE, 1), cash(OTHER, 2), deposit(3), callback(ONE, 4))

        assert done == [2, 3, 1, 4, "quiet"]

    async def test_waits_until_money_that_a_channel_told_of_is_matched(self, stage):
        done = await played(stage, callback(ONE, 1), cash(ONE, 2))

        assert done == [1, "quiet", 2, "quiet"]

    async def test_waits_once_for_what_was_told_before(self, stage):
        done = await played(stage, callback(ONE, 1), cash(ONE, 2), cash(ONE, 3))

        assert done == [1, "quiet", 2, 3, "quiet"]

    async def test_is_taken_and_banked_one_after_the_other(self, stage):
        done = await played(stage, cash(ONE, 1), cash(OTHER, 2), deposit(3))

        assert (done, stage.most_at_once) == ([1, 2, 3, "quiet"], 1)
