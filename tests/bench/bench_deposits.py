"""How 300 villages bring their money to the bank in the same minute: `python tests/bench/bench_deposits.py`.

The all-in-one process (`canbao up`) with its own PostgreSQL, workers running; each village has taken cash of
some people, and deposits all of it. First one village after another, then all others at once.
"""

import argparse
import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import httpx

from canbao.embedded_state import EmbeddedState
from libs.common.identity import compose_resident_id
from libs.common.security.keys import SigningKey

AT = "2020-11-20T16:45:00+08:00"
SEASON = {"county": "huining", "coverage_year": 2021}
YUAN = 280
#: Deposited one after another, to compare.
ALONE = 50


class Town:
    """The villages of a town, as their officers' program sees the service."""

    def __init__(self, http: httpx.AsyncClient, key: SigningKey) -> None:
        self._http = http
        token = key.issue("village-7", ["cash:write", "cash:review"], "620422")
        self._headers = {"authorization": f"Bearer {token}", "canbao-clock": AT}
        self._sent = 0

    async def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        """Send a request under a key of its own."""
        self._sent += 1
        headers = self._headers | {"idempotency-key": f'"{self._sent}"'}
        return await self._http.post(f"/collection/v1/{path}", json=body, headers=headers)

    async def village(self, place: int, people: int) -> int:
        """A collector who took money of some people today."""
        division = f"620422{101 + place // 30:03d}{201 + place % 30:03d}"
        said = SEASON | {"division_code": division, "channel": "cadre", "title": "村委会收缴点"}
        made = await self.post("collectors", said)
        made.raise_for_status()
        collector_id: int = made.json()["collector_id"]
        receipts = [_receipt(place * people + one) for one in range(people)]
        body = {"collector_id": collector_id, "coverage_year": 2021, "receipts": receipts}
        (await self.post("cash-receipts", body)).raise_for_status()
        return collector_id

    async def deposits(self, collector_id: int, people: int) -> float:
        """Milliseconds until a slip is on record."""
        body = {
            "collector_id": collector_id,
            "coverage_year": 2021,
            "amount_fen": people * YUAN * 100,
            "slip_no": f"NS{collector_id:06d}",
            "deposited_at": AT,
        }
        began = time.perf_counter()
        made = await self.post("cash-deposits", body)
        if made.status_code != 201 or made.json()["missing_fen"]:
            raise RuntimeError(made.text)
        return (time.perf_counter() - began) * 1000


def _receipt(no: int) -> dict[str, Any]:
    number = compose_resident_id(f"62{no // 1000:04d}", date(1980, 6, 15), no % 1000)
    item = {"id_number": number, "name": "张三", "amount_fen": YUAN * 100, "voucher_no": f"{no:08d}"}
    return {"paid_at": "2020-11-20T16:00:00+08:00", "items": [item]}


async def measure(port: int, key: SigningKey, villages: int, people: int) -> None:
    """Have the villages deposit, and print how long each waited."""
    limits = httpx.Limits(max_connections=villages)
    base = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=base, limits=limits, timeout=120) as http:
        await _ready(http)
        town = Town(http, key)
        every = [await town.village(place, people) for place in range(villages + ALONE)]
        await asyncio.sleep(5)
        began = time.perf_counter()
        alone = sorted([await town.deposits(one, people) for one in every[:ALONE]])
        rate = ALONE / (time.perf_counter() - began)
        began = time.perf_counter()
        waited = sorted(await asyncio.gather(*(town.deposits(one, people) for one in every[ALONE:])))
        seconds = time.perf_counter() - began
    print(f"{ALONE} one after another: {rate:.0f} a second, p50 {alone[ALONE // 2]:.0f} ms")
    print(
        f"{villages} at once, {people} receipts each: {seconds:.2f} s, {villages / seconds:.0f} a second "
        f"({villages / seconds / rate:.2f} of one after another), p50 {waited[villages // 2]:.0f} ms, "
        f"p99 {waited[int(villages * 0.99)]:.0f} ms, no errors"
    )
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")


async def _ready(http: httpx.AsyncClient) -> None:
    for _ in range(300):
        try:
            if (await http.get("/collection/readyz")).status_code == 200:
                return
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.2)
    raise RuntimeError("the services are not ready")


def main(villages: int, people: int) -> None:
    """Start everything on a port and in a directory of its own, measure, and stop it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as scratch:
        data_dir = Path(scratch) / "data"
        command = [
            str(Path(sys.executable).with_name("canbao")),
            "up",
            "--port",
            str(port),
            "--data-dir",
            str(data_dir),
        ]
        with (Path(scratch) / "log").open("w") as log:
            running = subprocess.Popen(
                command, env=os.environ | {"CANBAO_CLOCK": "movable"}, stdout=log, stderr=log
            )
            try:
                while not (data_dir / "signing-key.pem").exists():
                    time.sleep(0.2)
                key = EmbeddedState(data_dir).signing_key()
                asyncio.run(measure(port, key, villages, people))
            finally:
                running.send_signal(signal.SIGINT)
                running.wait(60)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--villages", type=int, default=300)
    parser.add_argument("--people", type=int, default=5)
    asked = parser.parse_args()
    main(asked.villages, asked.people)
