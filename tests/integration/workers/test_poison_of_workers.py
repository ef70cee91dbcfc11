"""One thing that a worker can never do stops no other, and operators see what it was."""

import pytest

from tests.integration.workers import stories
from tests.integration.workers.bench import DONE_ALL_THE_SAME, POISONS, run

assert stories.ALL


@pytest.mark.parametrize(("service", "worker"), sorted(POISONS))
async def test_of_one_worker_stops_nothing_else_and_is_told(service, worker, bench):
    told = await run(service, worker, bench)

    assert bool(told) == ((service, worker) not in DONE_ALL_THE_SAME)
