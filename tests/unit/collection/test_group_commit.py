"""Many requests, one commit: nobody is told that all is well before it is."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from libs.common.right_of_way import CROWDED_SECONDS, MANY, RightOfWay
from services.collection.channels.port import Notification
from services.collection.group_commit import Busy, GroupCommit, NotStored
from services.collection.intake.rules import Arrival, Stored

AT = datetime(2019, 11, 20, tzinfo=UTC)


def arrival(number: int) -> Arrival:
    return Arrival("tax", Notification(f"T{number}", "payment", b"", "{}"), b"", AT)


class Database:
    """A writer that remembers its batches, and fails or waits when told to."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.opened = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.failures: list[BaseException] = []

    @asynccontextmanager
    async def open(self):
        self.opened += 1

        async def write(arrivals):
            keys = [one.notification.dedupe_key for one in arrivals]
            await self.gate.wait()
            if self.failures:
                raise self.failures.pop()
            self.batches.append(keys)
            return [Stored(int(key[1:])) for key in keys]

        yield write


@pytest.fixture
async def database():
    return Database()


@pytest.fixture
async def right_of_way():
    return RightOfWay()


@pytest.fixture
async def commits(database, right_of_way):
    made = GroupCommit(database.open, right_of_way, capacity=100, batch=40)
    yield made
    database.gate.set()
    await made.close()


async def test_what_queued_while_a_commit_ran_shares_the_next_one(database, commits):
    database.gate.clear()
    waiting = [asyncio.create_task(commits.store(arrival(1)))]
    await asyncio.sleep(0.01)
    waiting += [asyncio.create_task(commits.store(arrival(number))) for number in range(2, 62)]
    await asyncio.sleep(0)
    database.gate.set()
    assert [stored.notification_id for stored in await asyncio.gather(*waiting)] == list(range(1, 62))
    assert [len(batch) for batch in database.batches] == [1, 40, 20]
    assert database.opened == 1


async def test_who_comes_in_the_turn_in_which_a_commit_ends_shares_the_next_one(database, commits):
    database.gate.clear()
    waiting = [asyncio.create_task(commits.store(arrival(1)))]
    await asyncio.sleep(0.01)
    waiting.append(asyncio.create_task(commits.store(arrival(2))))
    await asyncio.sleep(0)
    database.gate.set()
    waiting.append(asyncio.create_task(commits.store(arrival(3))))
    await asyncio.gather(*waiting)
    assert database.batches == [["T1"], ["T2", "T3"]]


async def test_nobody_is_answered_before_the_commit(database, commits):
    database.gate.clear()
    waiting = asyncio.create_task(commits.store(arrival(1)))
    await asyncio.sleep(0.02)
    assert not waiting.done()
    database.gate.set()
    assert await waiting == Stored(1)


async def test_a_failed_commit_answers_its_batch_and_the_next_gets_a_new_connection(database, commits):
    database.failures.append(ConnectionResetError())
    with pytest.raises(NotStored):
        await commits.store(arrival(1))
    assert await commits.store(arrival(2)) == Stored(2)
    assert database.opened == 2


async def test_a_full_queue_refuses_at_once(database, commits):
    database.gate.clear()
    waiting = [asyncio.create_task(commits.store(arrival(number))) for number in range(100)]
    await asyncio.sleep(0.01)
    more = [asyncio.create_task(commits.store(arrival(number))) for number in range(100, 160)]
    await asyncio.sleep(0)
    refused = [task for task in more if task.done() and isinstance(task.exception(), Busy)]
    assert len(refused) == 60 - 40  # forty of the first hundred are being written
    database.gate.set()
    await asyncio.gather(*waiting)
    await asyncio.gather(*more, return_exceptions=True)


async def test_background_work_gives_way_while_many_wait_for_a_commit(database, commits, right_of_way):
    database.gate.clear()
    waiting = [asyncio.create_task(commits.store(arrival(number))) for number in range(MANY)]
    gone = asyncio.create_task(commits.store(arrival(MANY)))
    await asyncio.sleep(0.01)
    assert right_of_way.crowded
    gone.cancel()
    database.gate.set()
    await asyncio.gather(*waiting)
    await asyncio.sleep(CROWDED_SECONDS)
    assert not right_of_way.crowded


async def test_a_client_that_went_away_harms_nobody(database, commits):
    database.gate.clear()
    gone, waiting = (asyncio.create_task(commits.store(arrival(number))) for number in (1, 2))
    await asyncio.sleep(0.01)
    gone.cancel()
    database.gate.set()
    assert await waiting == Stored(2)


async def test_closing_in_the_middle_of_work_finishes_it(database, commits):
    waiting = [asyncio.create_task(commits.store(arrival(number))) for number in range(90)]
    await asyncio.sleep(0)
    await commits.close()
    assert all(task.done() for task in waiting) or len(await asyncio.gather(*waiting)) == 90
