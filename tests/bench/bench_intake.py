"""Measures intake, from signed webhook to committed answer: `python tests/bench/bench_intake.py`.

One worker process (all as in production, access log included) takes notifications from 64 connections
that a second process keeps busy; commits are durable. Beside it, on the same server and in turns, stand two
others: the ceiling, where pgbench runs the statement that intake runs, one notification a transaction, 64
clients; and the same door as it is usually built (common_stack.py), for the same 64 connections.
"""

import argparse
import asyncio
import json
import math
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from operator import truediv
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import uvloop

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.bench.long_tables import long_workbooks
from tests.bench.memory import processor_seconds, seconds_since, tree
from tests.bench.pgbench import intake_script, pgbench

if TYPE_CHECKING:
    from canbao.simulator.standard_webhook import SignedRequest
    from libs.common.clock import Clock

CONNECTIONS = 64
SECRET = "whsec_" + "QmVuY2hCZW5jaEJlbmNoQmVuY2hCZW5jaA=="
ID_NUMBER, NAME = "350426198006152246", "林秀英"


def notification(number: int) -> dict[str, Any]:
    """A payment for two people, about 500 bytes."""
    return {
        "transaction_no": f"BENCH{number:015d}",
        "paid_at": "2019-11-20T10:00:00+08:00",
        "amount_fen": 50_000,
        "county": "youxi",
        "coverage_year": 2020,
        "items": [{"id_number": ID_NUMBER, "name": NAME, "amount_fen": 25_000}] * 2,
    }


async def serve(url: str, port: int, clock: "Clock | None" = None) -> None:
    """Be the one worker: the web application of collection, without its background work."""
    import uvicorn

    from canbao.context import load_all_notices, make_context
    from canbao.definitions import definition
    from canbao.garbage import calm_garbage_collector
    from canbao.process import web_config
    from libs.common.clock import SystemClock
    from libs.common.observability.logs import configure_logging
    from libs.common.security.digests import Digests
    from libs.common.security.wrapping import InstallationKeys
    from libs.common.service import service_settings

    configure_logging("INFO")
    service = definition("collection")
    settings = service_settings(service, database_url=url, channels=json.dumps({"tax": [SECRET]}))
    context = make_context(
        service, settings, bus=None, clock=clock or SystemClock(), notices=load_all_notices(settings),
        authenticator=None, digests=Digests(b"b" * 32), wrapper=InstallationKeys([b"b" * 32]),
    )  # fmt: skip
    app = service.create_app(context)
    calm_garbage_collector()
    config = web_config(app)
    config.port = port
    await uvicorn.Server(config).serve()


class Lane(asyncio.Protocol):
    """One connection that sends its next request as soon as it has the answer to the last one."""

    def __init__(self, requests: Iterator[bytes], until: float, latencies: list[float]) -> None:
        self._requests = requests
        self._until = until
        self._latencies = latencies
        self._received = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator or not body.endswith(b"}"):
            return
        if not head.startswith(b"HTTP/1.1 202"):
            self.done.set_exception(RuntimeError(self._received.decode()))
            return
        self._latencies.append(time.perf_counter() - self._began)
        self._received = b""
        self._send()

    def _send(self) -> None:
        self._began = time.perf_counter()
        request = next(self._requests, None) if self._began < self._until else None
        if request is None:
            self._transport.close()
            self.done.set_result(None)
        else:
            self._transport.write(request)


def wire(request: "SignedRequest", lines: str = "") -> bytes:
    """A request as it goes over the wire; `lines` are more of its head."""
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    start = f"POST {request.path} HTTP/1.1\r\nhost: bench\r\ncontent-length: {len(request.body)}\r\n"
    return f"{start}{head}{lines}\r\n".encode() + request.body


def signed_requests(count: int, first: int) -> list[bytes]:
    """Sign beforehand: what is measured is the service, not the channel."""
    from canbao.simulator.standard_webhook import WebhookSender

    sender = WebhookSender("tax", (SECRET,))
    return [wire(sender.payment(notification(number))) for number in range(first, first + count)]


async def load(ports: Sequence[int], requests: Iterable[bytes], seconds: float = math.inf) -> dict[str, Any]:
    """Keep 64 connections busy until there are no more requests, or `seconds` are over."""
    loop, latencies, waiting = asyncio.get_running_loop(), list[float](), iter(requests)
    began = time.perf_counter()
    lanes = [
        await loop.create_connection(
            lambda: Lane(waiting, began + seconds, latencies), "127.0.0.1", ports[number % len(ports)]
        )
        for number in range(CONNECTIONS)
    ]
    await asyncio.gather(*(lane.done for _, lane in lanes))
    elapsed = time.perf_counter() - began
    latencies.sort()
    return {
        "answers": len(latencies),
        "per_second": round(len(latencies) / elapsed),
        "p50_ms": round(latencies[len(latencies) // 2] * 1000, 1),
        "p99_ms": round(latencies[len(latencies) * 99 // 100] * 1000, 1),
    }


async def main(seconds: int, rounds: int, *, workbook: bool) -> dict[str, Any]:
    """Measure intake and ceiling in turns on a fresh, durable server."""
    from canbao.migrate import migrate_database
    from libs.common.db.account import server_account
    from libs.common.db.binaries import programs
    from libs.common.db.embedded import EmbeddedServer

    directory = _open_directory()
    try:
        async with EmbeddedServer(directory / "postgresql") as server:
            await server.ensure_databases(["canbao_collection", "common"])
            url = server.url("canbao_collection")
            await migrate_database("collection", url)
            binaries = programs(server_account(directory / "postgresql" / "postgres"))
            script = intake_script(directory, notification(1))
            ceiling = partial(pgbench, binaries, url, script, CONNECTIONS, seconds * 8_000 // CONNECTIONS)
            beside = ["--workbook"] if workbook else []
            async with (
                worker("--serve", url, *beside) as ours,
                worker("--common", server.url("common")) as common,
            ):
                return await _rounds((ours, common), ceiling, seconds, rounds)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _open_directory() -> Path:
    """A directory that the unprivileged user who runs the server for root can pass."""
    directory = Path(tempfile.mkdtemp(prefix="canbao-bench-"))
    directory.chmod(0o755)
    return directory


@dataclass(frozen=True, slots=True)
class Worker:
    """A running worker."""

    port: int
    pid: int

    async def load(self, requests: Iterable[bytes], seconds: float) -> dict[str, Any]:
        """Load it; say also the processor time of an answer: its own, and with that of the database."""
        before = processor_seconds(tree(os.getpid()))
        figures = await load([self.port], requests, seconds)
        own = seconds_since(before, {self.pid})
        every = seconds_since(before, tree(os.getpid()) - {os.getpid()})
        answers = figures["answers"]
        return figures | {"worker_us": own * 1e6 / answers, "processor_us": every * 1e6 / answers}


@asynccontextmanager
async def worker(kind: str, url: str, *beside: str) -> AsyncIterator[Worker]:
    """Run a worker meanwhile, in a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, __file__, kind, url, str(port), *beside]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=sys.stderr)  # noqa: ASYNC220
    try:
        await _until_open(port)
        # Warm: statements planned, pages allocated.
        await load([port], signed_requests(10_000, 10**12), 2)
        yield Worker(port, process.pid)
    finally:
        process.terminate()
        process.wait(20)


async def _rounds(
    workers: Sequence[Worker], ceiling: Callable[[], float], seconds: int, rounds: int
) -> dict[str, Any]:
    ours, common = workers
    intakes, ceilings, commons = [], [], []
    for turn in range(rounds):
        intakes.append(await ours.load(signed_requests(seconds * 15_000, turn * 10**9), seconds))
        ceilings.append(await asyncio.to_thread(ceiling))
        commons.append(await common.load(signed_requests(seconds * 5_000, turn * 10**9), seconds))
    used = [[figures["processor_us"] for figures in some] for some in (commons, intakes)]
    rates, usual = ([figures["per_second"] for figures in some] for some in (intakes, commons))
    return {
        "connections": CONNECTIONS,
        **_medians(intakes, ""),
        "pgbench_per_second": round(median(ceilings)),
        "ratio": round(median(map(truediv, rates, ceilings)), 2),
        **_medians(commons, "common_"),
        "multiple_of_common": round(median(map(truediv, rates, usual)), 1),
        "multiple_by_processor": round(median(map(truediv, *used)), 1),
        "rounds": list(zip(rates, map(round, ceilings), usual, strict=True)),
    }


def _medians(rounds: Sequence[Mapping[str, float]], prefix: str) -> dict[str, float]:
    return {f"{prefix}{name}": round(median(one[name] for one in rounds), 1) for name in rounds[0]}


async def _until_open(port: int) -> None:
    for _ in range(900):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return
    raise RuntimeError("the worker did not start")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=int, default=3)
    arguments.add_argument("--rounds", type=int, default=6)
    arguments.add_argument(
        "--workbook", action="store_true", help="the worker gives out long workbooks meanwhile"
    )
    arguments.add_argument("--serve", nargs=2, metavar=("URL", "PORT"), help=argparse.SUPPRESS)
    arguments.add_argument("--common", nargs=2, metavar=("URL", "PORT"), help=argparse.SUPPRESS)
    given = arguments.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if given.serve:
            if given.workbook:
                giving_out = runner.get_loop().create_task(long_workbooks())
            runner.run(serve(given.serve[0], int(given.serve[1])))
        elif given.common:
            from tests.bench.common_stack import serve_common

            runner.run(serve_common(given.common[0], int(given.common[1]), SECRET))
        else:
            sys.stdout.write(
                json.dumps(runner.run(main(given.seconds, given.rounds, workbook=given.workbook))) + "\n"
            )
