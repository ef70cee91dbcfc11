"""Measures intake, from signed webhook to committed answer: `python tests/bench/bench_intake.py`.

One worker process (uvicorn as in production, access log included) takes notifications from 64 connections
that a second process keeps busy; commits are durable. Beside it, on the same server and in turns, stands the
ceiling: pgbench runs the statement that intake runs, one notification a transaction, 64 clients.
"""

import argparse
import asyncio
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import uvloop

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


async def serve(url: str, port: int) -> None:
    """Be the one worker: the web application of collection, without its background work."""
    import uvicorn

    from canbao.context import load_all_notices, make_context
    from canbao.definitions import definition
    from libs.common.clock import SystemClock
    from libs.common.observability.logs import configure_logging
    from libs.common.security.digests import Digests
    from libs.common.security.wrapping import InstallationKeys
    from libs.common.service import service_settings

    configure_logging("INFO")
    service = definition("collection")
    settings = service_settings(service, database_url=url, channels=json.dumps({"tax": [SECRET]}))
    context = make_context(
        service, settings, bus=None, clock=SystemClock(), notices=load_all_notices(settings),
        authenticator=None, digests=Digests(b"b" * 32), wrapper=InstallationKeys([b"b" * 32]),
    )  # fmt: skip
    app = service.create_app(context)
    await uvicorn.Server(
        uvicorn.Config(
            app, port=port, http="httptools", log_level="warning", access_log=False, lifespan="off"
        )
    ).serve()


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


def signed_requests(count: int, first: int) -> list[bytes]:
    """Sign beforehand: what is measured is the service, not the channel."""
    from canbao.simulator.standard_webhook import WebhookSender

    sender = WebhookSender("tax", (SECRET,))
    requests = []
    for number in range(first, first + count):
        request = sender.payment(notification(number))
        head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        start = f"POST {request.path} HTTP/1.1\r\nhost: bench\r\ncontent-length: {len(request.body)}\r\n"
        requests.append(start.encode() + head.encode() + b"\r\n" + request.body)
    return requests


async def load(port: int, seconds: float, first: int) -> dict[str, Any]:
    """Keep 64 connections busy for `seconds`; give answers a second and latencies."""
    requests = iter(signed_requests(int(seconds * 15_000), first))
    loop = asyncio.get_running_loop()
    latencies: list[float] = []
    began = time.perf_counter()
    lanes = [
        await loop.create_connection(lambda: Lane(requests, began + seconds, latencies), "127.0.0.1", port)
        for _ in range(CONNECTIONS)
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


def pgbench_script(directory: Path) -> Path:
    """Write the statement of intake with one notification as literals, of the same size."""
    from services.collection.hot_store import STORE_NOTIFICATIONS

    body = json.dumps(
        {"type": "payment.succeeded", "timestamp": "t", "data": notification(1)}, ensure_ascii=False
    )
    headers = json.dumps(
        {"webhook-id": "m" * 30, "webhook-timestamp": "1574215200", "webhook-signature": "v" * 47}
    )
    values = [
        "ARRAY['tax']", "ARRAY['P' || :a || '-' || :b]", "ARRAY['m' || :a || '-' || :b]", "ARRAY['payment']",
        "ARRAY[sha256('x'::bytea)]", f"ARRAY['\\x{headers.encode().hex()}'::bytea]",
        f"ARRAY['\\x{body.encode().hex()}'::bytea]", "ARRAY[NULL::bytea]", "ARRAY['youxi']", "ARRAY[2020]",
        "ARRAY[now()]",
    ]  # fmt: skip
    statement = STORE_NOTIFICATIONS
    for number in range(len(values), 0, -1):
        statement = statement.replace(f"${number}::", f"{values[number - 1]}::")
    script = directory / "intake.sql"
    lines = " ".join(statement.split())
    script.write_text(f"\\set a random(1, 1000000000)\n\\set b random(1, 1000000000)\n{lines};\n")
    script.chmod(0o644)
    return script


def pgbench(programs: Path, url: str, script: Path, seconds: int) -> float:
    """Transactions a second of the same statement at 64 clients."""
    match = re.fullmatch(r"postgresql://(\w+):([^@]+)@([\d.]+):(\d+)/(\w+)", url)
    assert match is not None
    user, password, host, port, database = match.groups()
    command = [str(programs / "pgbench"), "-n", "-M", "prepared", "-c", str(CONNECTIONS), "-j", "2"]
    command += ["-T", str(seconds), "-f", str(script), "-h", host, "-p", port, "-U", user, database]
    result = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "PGPASSWORD": password}, check=True
    )
    found = re.search(r"tps = ([\d.]+)", result.stdout)
    assert found is not None, result.stdout
    return float(found[1])


async def main(seconds: int, rounds: int) -> dict[str, Any]:
    """Measure intake and ceiling in turns on a fresh, durable server."""
    from canbao.migrate import migrate_database
    from libs.common.db.account import server_account
    from libs.common.db.binaries import programs
    from libs.common.db.embedded import EmbeddedServer

    directory = _open_directory()
    try:
        async with EmbeddedServer(directory / "postgresql") as server:
            await server.ensure_databases(["canbao_collection"])
            url = server.url("canbao_collection")
            await migrate_database("collection", url)
            binaries = programs(server_account(directory / "postgresql" / "postgres"))
            script = pgbench_script(directory)
            return await _rounds(url, binaries, script, seconds, rounds)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _open_directory() -> Path:
    """A directory that the unprivileged user who runs the server for root can pass."""
    directory = Path(tempfile.mkdtemp(prefix="canbao-bench-"))
    directory.chmod(0o755)
    return directory


def _start(url: str, port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, __file__, "--serve", url, str(port)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=sys.stderr)


async def _rounds(url: str, binaries: Path, script: Path, seconds: int, rounds: int) -> dict[str, Any]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    worker = _start(url, port)
    try:
        await _until_open(port)
        await load(port, 2, 10**12)  # warm: statements planned, pages allocated
        intakes, ceilings = [], []
        for turn in range(rounds):
            intakes.append(await load(port, seconds, turn * 10**9))
            ceilings.append(await asyncio.to_thread(pgbench, binaries, url, script, seconds))
    finally:
        worker.terminate()
        worker.wait(20)
    return {
        "connections": CONNECTIONS,
        "per_second": round(median(figures["per_second"] for figures in intakes)),
        "p50_ms": median(figures["p50_ms"] for figures in intakes),
        "p99_ms": median(figures["p99_ms"] for figures in intakes),
        "pgbench_per_second": round(median(ceilings)),
        "ratio": round(
            median(f["per_second"] / ceiling for f, ceiling in zip(intakes, ceilings, strict=True)), 2
        ),
        "rounds": [[f["per_second"], round(c)] for f, c in zip(intakes, ceilings, strict=True)],
    }


async def _until_open(port: int) -> None:
    for _ in range(200):
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
    arguments.add_argument("--serve", nargs=2, metavar=("URL", "PORT"), help=argparse.SUPPRESS)
    given = arguments.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if given.serve:
            runner.run(serve(given.serve[0], int(given.serve[1])))
        else:
            sys.stdout.write(json.dumps(runner.run(main(given.seconds, given.rounds))) + "\n")
