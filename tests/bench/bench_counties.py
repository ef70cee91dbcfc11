"""Measures several counties on shared instances: `python tests/bench/bench_counties.py [--instances 1 2]`.

Each county has its own notice (one of a real county, under another name) and its own roster. All of them
import and assess, and have their last evening at once: a signed callback each, on real Kafka, every service
as so many processes. Told are the pace, and how much of the matching and assessing each instance did.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import uvloop

sys.path.insert(0, str(Path(__file__).parents[2]))
from canbao.embedded_state import EmbeddedState
from canbao.replay.credentials import tokens
from canbao.replay.services import Services
from canbao.simulator.standard_webhook import WebhookSender
from libs.common.clock import CLOCK_HEADER
from libs.common.settings import REPOSITORY
from tests.bench.bench_evening import (
    CHANNEL,
    EVENING,
    OWING,
    POSTED,
    OnKafka,
    Platform,
    hand_in,
    opened_directory,
    payment_of,
)
from tests.bench.bench_import import write_file
from tests.bench.bench_intake import load, wire

NOTICE, ITS_COUNTY, ITS_CODE = REPOSITORY / "policies" / "youxi" / "2020.yaml", "youxi", "350426"

Person = tuple[str, str, str]
"""County, name, number."""


class Counties(OnKafka):
    """The services with notices of their own."""

    def __init__(self, directory: Path, kafka: Any, instances: int) -> None:
        super().__init__(directory, kafka, instances, durable=True)
        self._notices = directory / "policies"

    def _production_environment(self) -> dict[str, str]:
        return super()._production_environment() | {"CANBAO_POLICIES_DIR": str(self._notices)}


def counties(number: int) -> dict[str, str]:
    """Names and division codes."""
    return {f"county-{place}": f"3504{50 + place:02d}" for place in range(number)}


def write_notices(directory: Path, places: dict[str, str]) -> None:
    """Give each county the notice under its own name and code."""
    text = NOTICE.read_text(encoding="utf-8")
    for county, code in places.items():
        target = directory / "policies" / county / NOTICE.name
        target.parent.mkdir(parents=True)
        target.write_text(
            text.replace(f"county: {ITS_COUNTY}\n", f"county: {county}\n").replace(f'"{ITS_CODE}', f'"{code}')
        )


def callbacks(people: Iterable[Person], data_dir: Path) -> Iterator[bytes]:
    """Signed notifications, one person each, signed when they are sent."""
    sender = WebhookSender(CHANNEL, tuple(EmbeddedState(data_dir).webhook_secrets()[CHANNEL]))
    for place, (county, name, id_number) in enumerate(people):
        yield wire(
            sender.payment(payment_of(county, name, id_number, place)), f"{CLOCK_HEADER}: {EVENING}\r\n"
        )


async def done(platform: Platform, service: str, what: str, token: str) -> list[int]:
    """How much of something each instance of a service did."""
    async with httpx.AsyncClient(trust_env=False, headers={"authorization": f"Bearer {token}"}) as http:
        told = [(await http.get(f"{url}/internal/backlog")).json() for url in platform.addresses[service]]
    return [one["counters"].get(what, 0) for one in told]


async def run(number: int, people: int, instances: int) -> dict[str, Any]:
    """One run on a fresh server."""
    from libs.common.testing.kafka_server import kafka_server

    places = counties(number)
    with tempfile.TemporaryDirectory(prefix="canbao-bench-") as made:
        directory = opened_directory(Path(made))
        write_notices(directory, places)
        known: list[list[Person]] = []
        for county, code in places.items():
            listed = write_file(directory / f"{county}.csv", people, code)
            known.append([(county, name, id_number) for _, name, id_number in listed])
        with kafka_server(compiled=True) as kafka:
            async with Counties(directory, kafka, instances) as running:
                platform = Platform(running.addresses, running.data_dir, running.server)
                return await measure(platform, directory, known)


async def measure(platform: Platform, directory: Path, known: Sequence[Sequence[Person]]) -> dict[str, Any]:
    """Register everybody, have everybody pay, and tell how long either took and who did what."""
    total = sum(map(len, known))
    credentials = tokens(platform.data_dir)
    async with Services(platform.addresses, credentials) as services:
        began = time.perf_counter()
        for people in known:
            await hand_in(services, people[0][0], directory / f"{people[0][0]}.csv")
        await services.wait_until_quiet()
        registered = time.perf_counter() - began
        if (owing := await platform.count("collection", OWING)) != total:
            raise RuntimeError(f"of {total} people {owing} owe something")
        # County by county in turn.
        requests = callbacks(
            (person for turn in zip(*known, strict=True) for person in turn), platform.data_dir
        )
        ports = [int(urlsplit(url).port or 0) for url in platform.addresses["collection"]]
        began = time.perf_counter()
        sending = asyncio.create_task(load(ports, requests))
        while await platform.count("ledger", POSTED) < total:
            if sending.done():
                sending.result()
            await asyncio.sleep(2)  # counting takes from what is measured
        posted = time.perf_counter() - began
        answers = await sending
        await services.wait_until_quiet()
        operator = credentials["operator"]
        return {
            "counties": len(known),
            "people": total,
            "instances": len(ports),
            "registered_per_second": round(total / registered),
            "posted_per_second": round(total / posted),
            "p99_ms": answers["p99_ms"],
            "assessed_by_each": await done(platform, "registration", "assessed", operator),
            "matched_by_each": await done(platform, "collection", "matched", operator),
        }


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--counties", type=int, default=20)
    arguments.add_argument("--people", type=int, default=20_000, help="of each county")
    arguments.add_argument("--instances", type=int, nargs="+", default=[1, 2], help="of each service")
    given = arguments.parse_args()
    for instances in given.instances:
        found = uvloop.run(run(given.counties, given.people, instances))
        sys.stdout.write(json.dumps(found | {"load": round(os.getloadavg()[0], 1)}) + "\n")
        sys.stdout.flush()
