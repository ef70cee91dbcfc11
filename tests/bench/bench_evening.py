"""Measures the last evening, from the callback to the books: `python tests/bench/bench_evening.py`.

Known people of a county, registered and assessed, pay within a few minutes: a signed callback each, from 64
connections, until the ledger has posted every one. All services and their workers run: as one process
(`canbao up`), or with `--bus kafka` as processes of their own on a real Kafka, `--instances` of each.

The evening comes in parts, `--rounds`, and before and after each of them, on the same machine beside the same
other work: intake alone, for the same connections on the same server, while the services are idle; and the
yardstick, answers of `canbao assess` with trace, a second of one core and a second of the clock.
"""

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
import uvloop

sys.path.insert(0, str(Path(__file__).parents[2]))
from canbao.embedded_state import EmbeddedState
from canbao.migrate import migrate_database
from canbao.process import take
from canbao.replay.credentials import tokens
from canbao.replay.run import addresses_below, all_in_one
from canbao.replay.services import Services
from canbao.simulator.standard_webhook import WebhookSender
from libs.common.clock import CLOCK_HEADER
from libs.common.db.embedded import EmbeddedServer
from tests.bench.bench_assess import answered, questions
from tests.bench.bench_import import write_file
from tests.bench.bench_intake import SECRET, Worker, load, wire, worker
from tests.bench.memory import processor_seconds, seconds_since, tree
from tests.e2e.distributed import Distributed

COUNTY, YEAR = "youxi", 2020
ENROLLED = datetime.fromisoformat("2019-09-05T10:00:00+08:00")
#: The last evening of the normal window, when everybody who is not helped owes this much.
PAID, EVENING = "2019-12-31T20:29:00+08:00", "2019-12-31T20:30:00+08:00"
AT = f"{CLOCK_HEADER}: {EVENING}\r\n"
OWN_FEN = 25_000
CHANNEL = "tax"
YARDSTICK_QUESTIONS, ALONE_SECONDS = 30_000, 4
#: How many callbacks a second are expected at most: each is signed for the moment at which it is sent.
SIGNED_A_SECOND = 1_000
_FORM = {"content-type": "multipart/form-data; boundary=bench"}
POSTED = "SELECT count(*) FROM postings WHERE kind = 'contribution'"
OWING = "SELECT count(*) FROM dues WHERE state = 'open'"
_PAID = "SELECT count(*) FROM dues WHERE state = 'paid'"

Person = tuple[str, str]
Figures = dict[str, float]


@dataclass(frozen=True)
class Platform:
    """Running services: where they and their databases are."""

    addresses: dict[str, list[str]]
    data_dir: Path
    server: EmbeddedServer

    async def count(self, service: str, query: str) -> int:
        """A figure of a service's database."""
        conn = await asyncpg.connect(self.server.url(f"canbao_{service}"))
        try:
            return int(await conn.fetchval(query))
        finally:
            await conn.close()


class OnKafka(Distributed):
    """Each service as processes of its own, with durable commits, the usual partitions and the usual log."""

    def _production_environment(self) -> dict[str, str]:
        usual = {"CANBAO_BUS_PARTITIONS": "12", "CANBAO_LOG_LEVEL": "INFO"}
        return super()._production_environment() | usual

    @property
    def server(self) -> EmbeddedServer:
        """Where all databases are."""
        return self._server


@contextlib.asynccontextmanager
async def one_process(directory: Path) -> AsyncIterator[Platform]:
    """Everything as `canbao up` runs it."""
    data_dir, settings = directory / "state", {"CANBAO_LOG_LEVEL": "INFO"}
    with all_in_one(data_dir, take(), directory / "log", settings) as url:
        async with EmbeddedServer(data_dir / "postgresql", join=True) as server:
            yield Platform(addresses_below(url), data_dir, server)


@contextlib.asynccontextmanager
async def processes_on_kafka(directory: Path, instances: int) -> AsyncIterator[Platform]:
    """Each service as processes of its own."""
    from libs.common.testing.kafka_server import kafka_server

    with kafka_server(compiled=True) as kafka:
        async with OnKafka(directory, kafka, instances, durable=True) as running:
            yield Platform(running.addresses, running.data_dir, running.server)


async def hand_in(services: Services, county: str, roster: Path) -> None:
    """Upload the roster of a county; it is imported and assessed in the background."""
    fields = {"kind": "households", "county": county, "coverage_year": str(YEAR)}
    with roster.open("rb") as file:
        form = httpx.Request(
            "POST", "http://form", data=fields, files={"file": (roster.name, file)}, headers=_FORM
        )
        content = form.read()
    await services.send(
        *("registration", "POST", "/v1/imports"), at=ENROLLED, content=content, headers=_FORM, key=county
    )


async def register(services: Services, platform: Platform, roster: Path, people: int) -> None:
    """Have everybody registered, enrolled and assessed, and collection and ledger told of it."""
    await hand_in(services, COUNTY, roster)
    await services.wait_until_quiet()
    known = await platform.count("collection", OWING)
    if known != people:
        raise RuntimeError(f"of {people} people {known} owe something")


def payment_of(county: str, name: str, id_number: str, number: int) -> dict[str, Any]:
    """What a channel says of somebody's payment on the last evening."""
    return {
        "transaction_no": f"EVENING{number:012d}",
        "paid_at": PAID,
        "amount_fen": OWN_FEN,
        "county": county,
        "coverage_year": YEAR,
        "items": [{"id_number": id_number, "name": name, "amount_fen": OWN_FEN}],
    }


def callbacks(people: Iterable[Person], first: int, secrets: Sequence[str], lines: str = "") -> list[bytes]:
    """Signed notifications of payments, one person each, as bytes; `lines` are more of their heads."""
    sender, now = WebhookSender(CHANNEL, tuple(secrets)), int(time.time())
    sent = []
    for place, (name, id_number) in enumerate(people):
        payment = payment_of(COUNTY, name, id_number, first + place)
        sent.append(sender.payment(payment, sent_at=now + place // SIGNED_A_SECOND))
    return [wire(request, lines) for request in sent]


async def evening(platform: Platform, requests: Sequence[bytes]) -> Figures:
    """Send callbacks, and wait until the payments of all are in the books."""
    urls = [urlsplit(url) for url in platform.addresses["collection"]]
    ports, requests = [url.port or 0 for url in urls], [_below(urls[0].path, one) for one in requests]
    before, used = await platform.count("ledger", POSTED), processor_seconds(tree(os.getpid()))
    began = time.perf_counter()
    sending, posted, posted_while_sent = asyncio.create_task(load(ports, requests)), 0, 0
    while (posted := await platform.count("ledger", POSTED) - before) < len(requests):
        if sending.done():
            sending.result()
        else:
            posted_while_sent = posted
        # Counting takes from what is measured, so it is often only near the end.
        await asyncio.sleep(0.1 if posted > 0.9 * len(requests) else 0.5)
    seconds = time.perf_counter() - began
    answers = await sending
    return {
        "answered_per_second": answers["per_second"],
        "posted_per_second": len(requests) / seconds,
        "posted_when_all_were_answered": posted_while_sent / len(requests),
        "p50_ms": answers["p50_ms"],
        "p99_ms": answers["p99_ms"],
        # Of services, databases, broker, and the sender, which is this process.
        "processor_ms_a_person": seconds_since(used, tree(os.getpid())) * 1000 / len(requests),
    }


def _below(prefix: str, request: bytes) -> bytes:
    return request.replace(b"POST ", f"POST {prefix}".encode(), 1)


@dataclass
class Beside:
    """What an evening is compared with: intake alone, and the yardstick, each time once more."""

    ours: Worker
    people: Sequence[Person]
    lines: list[bytes]
    sent: int = 0

    async def measure(self) -> Figures:
        """Measure both."""
        some = islice(cycle(self.people), ALONE_SECONDS * 12_000)
        alone = await self.ours.load(callbacks(some, self.sent, [SECRET]), ALONE_SECONDS)
        self.sent += alone["answers"]
        rate = await asyncio.to_thread(answered, self.lines, YARDSTICK_QUESTIONS)
        return {
            "alone_per_second": alone["per_second"],
            "alone_p50_ms": alone["p50_ms"],
            "alone_p99_ms": alone["p99_ms"],
            "yardstick_per_second": rate.per_second,
            "yardstick_by_clock": rate.answers / rate.seconds,
        }


async def rounds(
    platform: Platform, services: Services, people: Sequence[Person], number: int, beside: Beside
) -> list[Figures]:
    """The evening in parts, each with its ratios to what was measured before and after it."""
    secrets = EmbeddedState(platform.data_dir).webhook_secrets()[CHANNEL]
    measured, size = [], len(people) // number
    before = await beside.measure()
    for part in range(number):
        some = people[part * size : (part + 1) * size]
        figures = await evening(platform, callbacks(some, part * size, secrets, AT))
        await services.wait_until_quiet()
        after = await beside.measure()
        measured.append(compared(figures | {name: (before[name] + after[name]) / 2 for name in before}))
        before = after
    return measured


def compared(figures: Figures) -> Figures:
    """A part of an evening with its ratios."""
    rate, cores = figures["yardstick_per_second"], os.cpu_count() or 1
    return figures | {
        "posted_to_yardstick": figures["posted_per_second"] / rate,
        "posted_to_yardstick_by_clock": figures["posted_per_second"] / figures["yardstick_by_clock"],
        # If nothing else ran here and no core ever waited: the most that can be.
        "at_most_by_processor": cores * 1000 / figures["processor_ms_a_person"] / rate,
        "p99_to_alone": figures["p99_ms"] / figures["alone_p99_ms"],
    }


async def measure(platform: Platform, roster: Path, people: Sequence[Person], number: int) -> Figures:
    """Register everybody, then have the evening; the medians of its parts."""
    await platform.server.ensure_databases(["alone"])
    url = platform.server.url("alone")
    await migrate_database("collection", url)
    async with Services(platform.addresses, tokens(platform.data_dir)) as services:
        await register(services, platform, roster, len(people))
        async with worker("--serve", url) as ours:
            measured = await rounds(platform, services, people, number, Beside(ours, people, questions()))
    if (paid := await platform.count("collection", _PAID)) != len(people) // number * number:
        raise RuntimeError(f"of {len(people)} people {paid} are paid for")
    return {name: round(median(one[name] for one in measured), 3) for name in measured[0]}


async def main(bus: str, people: int, instances: int, number: int) -> dict[str, Any]:
    """Measure on a fresh, durable server."""
    directory = opened_directory(Path(tempfile.mkdtemp(prefix="canbao-bench-")))
    try:
        listed = await asyncio.to_thread(write_file, directory / "roster.csv", people)
        known = [(name, id_number) for _, name, id_number in listed]
        place = one_process(directory) if bus == "embedded" else processes_on_kafka(directory, instances)
        async with place as platform:
            figures = await measure(platform, directory / "roster.csv", known, number)
        told = {"bus": bus, "instances": instances, "people": people, "rounds": number}
        return told | figures | {"load": round(os.getloadavg()[0], 1)}
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def opened_directory(directory: Path) -> Path:
    """Let the unprivileged user who runs the server for root pass it."""
    directory.chmod(0o755)
    return directory


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--bus", choices=["embedded", "kafka"], default="embedded")
    arguments.add_argument("--people", type=int, default=100_000)
    arguments.add_argument("--instances", type=int, default=1, help="of each service; Kafka only")
    arguments.add_argument("--rounds", type=int, default=4)
    given = arguments.parse_args()
    found = uvloop.run(main(given.bus, given.people, given.instances, given.rounds))
    sys.stdout.write(json.dumps(found) + "\n")
