"""Measures the last evening, from the callback to the books: `python tests/bench/bench_evening.py`.

Known people of a county, registered and assessed, pay within a few minutes: a signed callback each, from 64
connections, until the ledger has posted every one. All services and their workers run: as one process
(`canbao up`), or with `--bus kafka` as processes of their own on a real Kafka, `--instances` of each.

Beside it in the same run: intake alone, for the same connections on the same server, while the services are
idle; and the yardstick, answers of `canbao assess` with trace a second of one core, before and after.
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
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
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
from tests.bench.bench_intake import CONNECTIONS, SECRET, load, wire, worker
from tests.bench.memory import processor_seconds, tree
from tests.e2e.distributed import Distributed

COUNTY, YEAR = "youxi", 2020
ENROLLED = datetime.fromisoformat("2019-09-05T10:00:00+08:00")
#: The last evening of the normal window, when everybody who is not helped owes this much.
PAID, EVENING = "2019-12-31T20:29:00+08:00", "2019-12-31T20:30:00+08:00"
OWN_FEN = 25_000
CHANNEL = "tax"
YARDSTICK_QUESTIONS = 50_000
#: How many callbacks a second are expected at most: each is signed for the moment at which it is sent.
SIGNED_A_SECOND = 1_000
_FORM = {"content-type": "multipart/form-data; boundary=bench"}
_POSTED = "SELECT count(*) FROM postings WHERE kind = 'contribution'"
_PAID = "SELECT count(*) FROM dues WHERE state = 'paid'"

Person = tuple[str, str]


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

    with kafka_server() as kafka:
        async with OnKafka(directory, kafka, instances, durable=True) as running:
            yield Platform(running.addresses, running.data_dir, running.server)


async def register(services: Services, platform: Platform, roster: Path, people: int) -> None:
    """Have everybody registered, enrolled and assessed, and collection and ledger told of it."""
    fields = {"kind": "households", "county": COUNTY, "coverage_year": str(YEAR)}
    with roster.open("rb") as file:
        form = httpx.Request(
            "POST", "http://form", data=fields, files={"file": (roster.name, file)}, headers=_FORM
        )
        content = form.read()
    await services.send(
        *("registration", "POST", "/v1/imports"), at=ENROLLED, content=content, headers=_FORM, key="roster"
    )
    await services.wait_until_quiet()
    known = await platform.count("collection", "SELECT count(*) FROM dues WHERE state = 'open'")
    if known != people:
        raise RuntimeError(f"of {people} people {known} owe something")


def callbacks(people: Sequence[Person], secrets: Sequence[str], prefix: str, extra: str) -> list[bytes]:
    """Signed notifications of payments, one person each, as bytes to send."""
    sender, now = WebhookSender(CHANNEL, tuple(secrets)), int(time.time())
    sent = []
    for place, (name, id_number) in enumerate(people):
        payment = {
            "transaction_no": f"EVENING{place:012d}",
            "paid_at": PAID,
            "amount_fen": OWN_FEN,
            "county": COUNTY,
            "coverage_year": YEAR,
            "items": [{"id_number": id_number, "name": name, "amount_fen": OWN_FEN}],
        }
        request = sender.payment(payment, sent_at=now + place // SIGNED_A_SECOND)
        sent.append(wire(request, prefix, extra))
    return sent


async def alone(platform: Platform, people: Sequence[Person], seconds: float) -> dict[str, Any]:
    """Intake by itself, with a database of its own on the same server; the services have nothing to do."""
    await platform.server.ensure_databases(["alone"])
    url = platform.server.url("alone")
    await migrate_database("collection", url)
    conn = await asyncpg.connect(url)
    await conn.execute("TRUNCATE notifications, matching_queue CASCADE")
    await conn.close()
    async with worker("--serve", url) as ours:
        return await ours.load(callbacks(people, [SECRET], "", ""), seconds)


async def evening(platform: Platform, people: Sequence[Person]) -> dict[str, Any]:
    """Send all callbacks, and wait until all are in the books."""
    urls = [urlsplit(url) for url in platform.addresses["collection"]]
    secrets = EmbeddedState(platform.data_dir).webhook_secrets()[CHANNEL]
    requests = callbacks(people, secrets, urls[0].path, f"{CLOCK_HEADER}: {EVENING}\r\n")
    used, began = _used(), time.perf_counter()
    sending = asyncio.create_task(load([int(url.port or 0) for url in urls], requests))
    posted_while_sent = 0
    while (posted := await platform.count("ledger", _POSTED)) < len(people):
        if sending.done():
            sending.result()
        else:
            posted_while_sent = posted
        await asyncio.sleep(0.1 if sending.done() else 0.5)
    seconds = time.perf_counter() - began
    used = _used() - used
    if (paid := await platform.count("collection", _PAID)) != len(people):
        raise RuntimeError(f"of {len(people)} people {paid} are paid for")
    answers = await sending
    return {
        "answered_per_second": answers["per_second"],
        "posted_per_second": round(len(people) / seconds),
        "posted_when_all_were_answered": round(posted_while_sent / len(people), 2),
        "p50_ms": answers["p50_ms"],
        "p99_ms": answers["p99_ms"],
        "processor_ms_a_person": round(used * 1000 / len(people), 2),
    }


def _used() -> float:
    """Processor seconds of services, databases, broker, and the sender, which is this process."""
    return processor_seconds(tree(os.getpid()))


async def measure(platform: Platform, roster: Path, people: Sequence[Person]) -> dict[str, Any]:
    """All of it, in one run."""
    lines = questions()

    def yardsticks() -> list[float]:
        return [answered(lines, YARDSTICK_QUESTIONS).per_second for _ in range(2)]

    async with Services(platform.addresses, tokens(platform.data_dir)) as services:
        await register(services, platform, roster, len(people))
        rates = await asyncio.to_thread(yardsticks)
        quiet = [await alone(platform, people, 5)]
        figures = await evening(platform, people)
        await services.wait_until_quiet()
        quiet.append(await alone(platform, people, 5))
        rates += await asyncio.to_thread(yardsticks)
    p99, cores = median(one["p99_ms"] for one in quiet), os.cpu_count() or 1
    whole = cores * 1000 / figures["processor_ms_a_person"]
    return figures | {
        "yardstick_per_second": round(median(rates)),
        "posted_to_yardstick": round(figures["posted_per_second"] / median(rates), 3),
        # What it would be if nothing else ran here and no core ever waited: the most that can be.
        "at_most_by_processor": round(whole / median(rates), 3),
        "alone_per_second": round(median(one["per_second"] for one in quiet)),
        "alone_p99_ms": round(p99, 1),
        "p99_to_alone": round(figures["p99_ms"] / p99, 2),
    }


async def main(bus: str, people: int, instances: int) -> dict[str, Any]:
    """Measure on a fresh, durable server."""
    directory = opened_directory(Path(tempfile.mkdtemp(prefix="canbao-bench-")))
    try:
        listed = await asyncio.to_thread(write_file, directory / "roster.csv", people)
        known = [(name, id_number) for _, name, id_number in listed]
        place = one_process(directory) if bus == "embedded" else processes_on_kafka(directory, instances)
        async with place as platform:
            figures = await measure(platform, directory / "roster.csv", known)
        told = {"bus": bus, "instances": instances, "people": people, "connections": CONNECTIONS}
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
    given = arguments.parse_args()
    found = uvloop.run(main(given.bus, given.people, given.instances))
    sys.stdout.write(json.dumps(found) + "\n")
