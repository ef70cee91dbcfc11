"""Plays a season again and again while everything is killed, and counts the runs that end in other totals.

    .venv/bin/python -m tests.e2e.kill_many_times --runs 30 --busy 2

Each run has its own order and moments of kills; every notification is delivered twice. `--busy N` keeps N
processes computing beside it, as on a slow machine. `--answered-early` has PostgreSQL answer commits before
they are written anywhere, to see that such runs do differ. The last line counts the differences.
"""

import argparse
import asyncio
import multiprocessing
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg

from canbao.demo.scenario import write_scenario
from canbao.process import take
from canbao.replay.play import Driver, play_file
from canbao.replay.run import addresses_below, all_in_one, temporary_data_dir
from libs.common.settings import REPOSITORY
from libs.common.testing.kafka_server import KafkaServer, kafka_server
from tests.e2e.distributed import Distributed

Totals = dict[str, Any]


def _compute() -> None:
    while True:
        sum(number * number for number in range(100_000))


@contextmanager
def busy(processes: int) -> Iterator[None]:
    """Keep processors busy beside the work."""
    running = [multiprocessing.Process(target=_compute, daemon=True) for _ in range(processes)]
    for process in running:
        process.start()
    try:
        yield
    finally:
        for process in running:
            process.kill()


async def undisturbed(directory: Path, scenario: Path) -> Totals:
    """The totals that every run must come to."""
    state = directory / "embedded"
    with all_in_one(state, take(), directory / "up.log") as url:
        return (await play_file(Driver(addresses_below(url), state), scenario, show_progress=False)).totals


async def tormented(
    directory: Path, scenario: Path, kafka: KafkaServer, seed: int, early: bool
) -> tuple[Totals, int]:
    """The totals of a run in which everything is killed twice, and how many kills there were."""
    async with Distributed(directory, kafka) as system:
        if early:
            await _answer_early(system.urls["ledger"])
        stop = asyncio.Event()
        torment = asyncio.create_task(system.torment(random.Random(seed), stop))
        driver = Driver(system.addresses, system.data_dir, deliveries=2)
        totals = (await play_file(driver, scenario, show_progress=False)).totals
        stop.set()
        return totals, len(await torment)


async def _answer_early(url: str) -> None:
    connection = await asyncpg.connect(url)
    databases = await connection.fetch("SELECT datname FROM pg_database WHERE datname LIKE 'canbao%'")
    for name in (row["datname"] for row in databases):
        await connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE pid <> pg_backend_pid() AND datname LIKE 'canbao%'"
    )
    await connection.close()


async def main(runs: int, busy_processes: int, people: int, first_seed: int, early: bool) -> int:
    """Play, compare, count."""
    differing = 0
    with temporary_data_dir() as directory:
        directory.chmod(0o711)
        scenario = directory / "season.jsonl"
        write_scenario(scenario, people, 7, REPOSITORY / "policies")
        expected = await undisturbed(directory, scenario)
        with busy(busy_processes):
            for number in range(runs):
                began = time.monotonic()
                place = directory / f"run-{number}"
                place.mkdir()
                # A broker of its own: topics of an earlier run would feed its events to new databases.
                with kafka_server() as kafka:
                    totals, kills = await tormented(place, scenario, kafka, first_seed + number, early)
                same = totals == expected
                differing += not same
                told = "same" if same else f"DIFFERENT {_difference(expected, totals)}"
                print(
                    f"run {number + 1}: {kills} kills, {time.monotonic() - began:.0f} s, {told}", flush=True
                )
    print(f"{differing} of {runs} runs differ ({busy_processes} busy processes, answered early: {early})")
    return differing


def _difference(expected: Any, found: Any, path: str = "") -> str:
    if isinstance(expected, dict) and isinstance(found, dict):
        parts = [
            _difference(expected.get(key), found.get(key), f"{path}/{key}")
            for key in sorted(expected.keys() | found.keys())
            if expected.get(key) != found.get(key)
        ]
        return "; ".join(parts)[:2_000]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        return "; ".join(
            _difference(one, other, f"{path}[{place}]")
            for place, (one, other) in enumerate(zip(expected, found, strict=True))
            if one != other
        )[:2_000]
    return f"{path}: {expected!r} -> {found!r}"[:500]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--busy", type=int, default=2)
    parser.add_argument("--people", type=int, default=400)
    parser.add_argument("--first-seed", type=int, default=20191231)
    parser.add_argument("--answered-early", action="store_true")
    asked = parser.parse_args()
    differing = asyncio.run(
        main(asked.runs, asked.busy, asked.people, asked.first_seed, asked.answered_early)
    )
    raise SystemExit(1 if differing else 0)
