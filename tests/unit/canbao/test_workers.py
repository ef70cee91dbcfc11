"""Background work goes on after a crash, says so while it does not, and ends in time."""

import asyncio
from types import SimpleNamespace

import pytest

from canbao import workers
from canbao.workers import running_workers
from libs.common.observability.metrics import ServiceMetrics
from libs.common.observability.readiness import Readiness
from libs.common.service import Worker


@pytest.fixture
def context():
    return SimpleNamespace(name="ledger", readiness=Readiness(), metrics=ServiceMetrics())


async def until(condition) -> None:
    async with asyncio.timeout(40):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


class TestRunningWorkers:
    async def test_a_worker_that_runs_is_ready(self, context):
        async with running_workers((context, [Worker("relay", lambda stop: stop.wait())])):
            await asyncio.sleep(0)
            assert await context.readiness.failures() == {}

    async def test_a_worker_that_crashes_is_shown_and_started_again(self, context, monkeypatch):
        monkeypatch.setattr(workers, "BACKOFF_SECONDS", 0.05)
        starts = []

        async def run(stop):
            starts.append(await context.readiness.failures())
            if len(starts) < 3:
                raise RuntimeError("350426190001010014")
            await stop.wait()

        async with running_workers((context, [Worker("relay", run)])):
            await until(lambda: starts)
            assert await context.readiness.failures() == {
                "worker:relay": "crashed with RuntimeError; starts again"
            }
            await until(lambda: len(starts) == 3)
            assert await context.readiness.failures() == {}

    async def test_a_worker_that_ends_early_is_started_again(self, context, monkeypatch):
        monkeypatch.setattr(workers, "BACKOFF_SECONDS", 0.01)
        starts = []

        async def run(stop):
            starts.append(1)

        async with running_workers((context, [Worker("relay", run)])):
            await until(lambda: len(starts) >= 2)

    async def test_a_worker_may_finish_what_it_does(self, context):
        finished = []

        async def run(stop):
            await stop.wait()
            await asyncio.sleep(0.05)
            finished.append("batch")

        async with running_workers((context, [Worker("relay", run)])):
            await asyncio.sleep(0)
        assert finished == ["batch"]

    async def test_a_worker_that_does_not_end_is_cancelled(self, context):
        cancelled = []

        async def run(stop):
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                cancelled.append("relay")
                raise

        async with running_workers((context, [Worker("relay", run)]), drain_seconds=0.05):
            await asyncio.sleep(0)
        assert cancelled == ["relay"]
