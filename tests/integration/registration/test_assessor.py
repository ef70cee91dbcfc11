"""The assessor is at work as soon as somebody waits, and takes many together while many come."""

import asyncio
import time

import pytest

from libs.common.right_of_way import MANY, TURN_SECONDS
from services.registration.assessments import worker
from services.registration.assessments.worker import assess_worker

from .builders import household


@pytest.fixture
async def assessor(registration, monkeypatch):
    """The assessor at work. By itself it looks every minute."""
    monkeypatch.setattr(worker, "REST_SECONDS", 60.0)
    stop = asyncio.Event()
    task = asyncio.create_task(assess_worker(registration.context).run(stop))
    await asyncio.sleep(0.5)
    yield task
    stop.set()
    await task


async def assessed(registration, number):
    while await registration.value("SELECT count(*) FROM assessments") < number:  # noqa: ASYNC110
        await asyncio.sleep(0.02)


@pytest.mark.usefixtures("assessor")
async def test_somebody_who_is_registered_is_assessed_at_once(registration):
    async with asyncio.timeout(40):
        await registration.register(household("H1"))
        await assessed(registration, 1)


@pytest.mark.usefixtures("assessor")
async def test_whoever_waits_for_an_answer_goes_first(registration):
    for _ in range(MANY):
        registration.context.right_of_way.arrive()
    async with asyncio.timeout(40):
        began = time.monotonic()
        await registration.register(household("H1"))
        await assessed(registration, 1)
    assert time.monotonic() - began >= TURN_SECONDS


@pytest.mark.usefixtures("assessor")
async def test_after_a_few_it_waits_for_others_to_come(registration):
    async with asyncio.timeout(40):
        await registration.register(household("H1"))
        await assessed(registration, 1)
        await registration.register(household("H2"))
        await asyncio.sleep(0.5)
    assert await registration.value("SELECT count(*) FROM waiting") == 1
