"""What is done again and again: one thing that fails keeps the others from nothing."""

import asyncio

import asyncpg
import pytest
from structlog.testing import capture_logs

from libs.common.observability.logs import configure_logging
from libs.common.observability.metrics import ServiceMetrics
from libs.common.repeating import for_each, repeating
from libs.common.setbacks import SetBack, at_work


class Work:
    """Does things; some fail."""

    def __init__(self, faults):
        self.faults, self.done = faults, []

    async def do(self, thing):
        if thing in self.faults:
            raise self.faults[thing]
        self.done.append(thing)


async def test_the_others_are_done_and_each_that_failed_is_told_of():
    work = Work({"b": ValueError("b"), "d": KeyError("d")})
    with capture_logs() as logs, pytest.raises(SetBack) as raised:
        await for_each("abcde", work.do, lambda thing: f"thing {thing}")
    assert work.done == ["a", "c", "e"]
    assert [line["about"] for line in logs] == ["thing b", "thing d"]
    assert str(raised.value.__cause__) == "b"


@pytest.fixture(scope="module")
async def command_before_many_tests():
    configure_logging()
    with pytest.raises(SetBack):
        await for_each("b", Work({"b": ValueError("b")}).do)


@pytest.mark.usefixtures("command_before_many_tests")
async def test_each_that_failed_is_told_of_after_commands_that_wrote_logs():
    for _ in range(2):
        configure_logging()
        with pytest.raises(SetBack):
            await for_each("b", Work({"b": ValueError("b")}).do)
    with capture_logs() as logs, pytest.raises(SetBack):
        await for_each("b", Work({"b": ValueError("b")}).do)
    assert len(logs) == 1


async def test_a_lost_race_is_no_fault_of_a_thing_and_tried_again():
    work = Work({"b": asyncpg.DeadlockDetectedError("deadlock")})
    with capture_logs() as logs, pytest.raises(asyncpg.DeadlockDetectedError):
        await for_each("abc", work.do)
    assert (work.done, logs) == (["a", "c"], [])


async def test_what_was_told_of_within_is_told_once():
    async def within(thing):
        await for_each(thing, Work({"b": ValueError("b")}).do)

    with capture_logs() as logs, pytest.raises(SetBack):
        await for_each(["ab", "cd"], within)
    assert len(logs) == 1


class TestOperators:
    """What fails for ever is counted each time, under its worker, and in the log once a minute."""

    async def test_see_what_a_worker_could_not_do(self):
        metrics, stop = ServiceMetrics(), asyncio.Event()
        rounds = []

        async def work():
            rounds.append(1)
            if len(rounds) == 3:
                stop.set()
            await for_each(
                [7], Work({7: ValueError("350426190001010014")}).do, lambda number: f"thing {number}"
            )

        with capture_logs() as logs, at_work(metrics, "sweeper"):
            await repeating("sweeper", work, 0.001).run(stop)
        (line,) = logs
        assert (line["event"], line["worker"], line["about"]) == ("setback", "sweeper", "thing 7")
        assert line["reason"] == "ValueError: ******"
        assert 'canbao_setbacks_total{worker="sweeper"} 3.0' in (await metrics.exposition()).decode()

    async def test_see_a_worker_that_never_failed_as_zero(self):
        metrics = ServiceMetrics()
        with at_work(metrics, "sweeper"):
            assert 'canbao_setbacks_total{worker="sweeper"} 0.0' in (await metrics.exposition()).decode()

    async def test_see_no_setback_in_an_outage(self):
        metrics, stop = ServiceMetrics(), asyncio.Event()

        async def work():
            stop.set()
            raise ConnectionError

        with at_work(metrics, "sweeper"):
            await repeating("sweeper", work, 0.001).run(stop)
        assert 'canbao_setbacks_total{worker="sweeper"} 0.0' in (await metrics.exposition()).decode()


async def test_an_outage_ends_it_at_once():
    work = Work({"b": asyncpg.CannotConnectNowError("starting up")})
    with pytest.raises(asyncpg.CannotConnectNowError):
        await for_each("abc", work.do)
    assert work.done == ["a"]


@pytest.mark.parametrize(("share", "most"), [(1.0, 100), (0.1, 6)])
async def test_slow_work_takes_no_more_of_the_time_than_its_share(share, most):
    stop, done = asyncio.Event(), []

    async def work():
        done.append(await asyncio.sleep(0.01))
        if len(done) == 100:
            stop.set()

    running = asyncio.create_task(repeating("looks", work, 0.0, share).run(stop))
    await asyncio.sleep(0.5)
    stop.set()
    await running
    assert 1 <= len(done) <= most
