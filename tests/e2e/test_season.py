"""A whole season comes to the same totals wherever and however it is played."""

import asyncio
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from canbao.demo.scenario import write_scenario
from canbao.process import take
from canbao.replay.play import Driver, play_file
from canbao.replay.run import addresses_below, all_in_one, temporary_data_dir
from libs.common.settings import REPOSITORY
from libs.common.testing.kafka_server import kafka_server
from tests.e2e.distributed import Distributed
from tests.longer import LONGER

PEOPLE = 400


@pytest.fixture(scope="module")
def directory() -> Iterator[Path]:
    with temporary_data_dir() as path:
        path.chmod(0o711)
        yield path


@pytest.fixture(scope="module")
def scenario(directory: Path) -> Path:
    path = directory / "season.jsonl"
    write_scenario(path, PEOPLE, 7, REPOSITORY / "policies")
    return path


def verify(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "canbao.cli", "verify", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=280)


@pytest.fixture(scope="module")
async def embedded(directory: Path, scenario: Path) -> dict[str, Any]:
    """The totals on the embedded default: nothing unexpected happened, and all of it can be recomputed."""
    state = directory / "embedded"
    with all_in_one(state, take(), directory / "up.log") as url:
        result = await play_file(Driver(addresses_below(url), state), scenario, show_progress=False)
        checked = await asyncio.to_thread(verify, {**os.environ, "CANBAO_DATA_DIR": str(state)})
    assert result.played.surprises == []
    assert checked.returncode == 0, checked.stdout + checked.stderr
    return result.totals


class TestEmbedded:
    def test_everybody_of_the_scenario_is_registered(self, embedded: dict[str, Any], scenario: Path) -> None:
        registered: dict[str, int] = {}
        for line in scenario.read_text().splitlines():
            step = json.loads(line)
            for household in step.get("households", ()):
                season = "{county}/{coverage_year}".format(**household["enroll"])
                registered[season] = registered.get(season, 0) + len(household["members"])
            if step["do"] == "unit_list":
                registered["{county}/{coverage_year}".format(**step)] += len(step["lines"])
        counted = {season: totals["registration"]["enrollments"] for season, totals in embedded.items()}
        assert counted == registered

    def test_every_deadline_that_was_closed_has_a_sealed_handover(
        self, embedded: dict[str, Any], scenario: Path
    ) -> None:
        steps = [json.loads(line) for line in scenario.read_text().splitlines()]
        closed = sorted(f"{s['county']}/{s['deadline']}" for s in steps if s["do"] == "close")
        sealed = sorted(
            f"{season.split('/')[0]}/{handover['deadline_id']}"
            for season, totals in embedded.items()
            for handover in totals["handovers"]
        )
        assert sealed == closed

    def test_money_that_arrived_is_applied_in_suspense_or_given_back(
        self, embedded: dict[str, Any], scenario: Path
    ) -> None:
        """Every fen that a channel took is somewhere; a transaction counts once, a forged one never."""
        taken: dict[str, int] = {}
        for line in scenario.read_text().splitlines():
            step = json.loads(line)
            if step["do"] == "callback" and "expect" not in step:
                taken[step["data"]["transaction_no"]] = step["data"]["amount_fen"]
        kept = sum(row["amount_fen"] for totals in embedded.values() for row in totals["collection"]["items"])
        assert kept >= sum(taken.values()) > 0

    def test_three_villages_take_cash_one_banks_late_one_loses_paper_one_batch_comes_back(
        self, embedded: dict[str, Any]
    ) -> None:
        season = embedded["huining/2021"]
        villages = season["collectors"]
        assert len(villages) == 3
        assert all(one["deposits"] and one["amount_fen"] for one in villages)
        assert sorted(one["late"] for one in villages) == [0, 0, 1]
        assert sorted(one["lost"] for one in villages) == [0, 0, 1]
        assert [(one["state"], one["round"]) for one in season["batches"]] == [("done", 2)]


@pytest.mark.kafka
@pytest.mark.timeout(900)
class TestDistributed:
    async def test_two_instances_of_each_service_on_kafka_come_to_the_same_totals(
        self, kafka: Any, directory: Path, scenario: Path, embedded: dict[str, Any]
    ) -> None:
        where = directory / "two-instances"
        where.mkdir()
        async with Distributed(where, kafka, instances=2) as system:
            result = await play_file(Driver(system.addresses, system.data_dir), scenario, show_progress=False)
        assert result.played.surprises == []
        assert result.totals == embedded

    @pytest.mark.parametrize("seed", range(20191231, 20191231 + LONGER))
    async def test_kills_at_random_moments_and_double_delivery_change_nothing(
        self, kafka: Any, directory: Path, scenario: Path, embedded: dict[str, Any], seed: int
    ) -> None:
        where = directory / f"tormented-{seed}"
        where.mkdir()
        # A broker of its own: new databases must not be fed the events of the run before.
        with kafka_server() as own:
            await self._torment(Distributed(where, own), scenario, embedded, seed)

    async def _torment(self, run: Distributed, scenario: Path, embedded: dict[str, Any], seed: int) -> None:
        async with run as system:
            stop = asyncio.Event()
            torment = asyncio.create_task(system.torment(random.Random(seed), stop))
            driver = Driver(system.addresses, system.data_dir, deliveries=2)
            result = await play_file(driver, scenario, show_progress=False)
            stop.set()
            killed = await torment
            await system.ready()
            checked = await asyncio.to_thread(verify, system.environment())
        assert result.played.surprises == []
        assert result.totals == embedded
        assert len(killed) >= 5, "the season was over before anything could be killed"
        assert {"kafka", "postgresql"} <= set(killed)
        assert checked.returncode == 0, checked.stdout + checked.stderr
