"""A production-like run on one machine: each service its own processes, on a real Kafka and PostgreSQL.

Configured by environment variables alone, as production is; every part can be killed and started again.
"""

import asyncio
import base64
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx

from canbao.definitions import SEASON, SERVICES
from canbao.embedded_state import EmbeddedState
from canbao.replay.run import free_port
from libs.common.db.embedded import EmbeddedServer
from libs.common.testing.kafka_server import KafkaServer


class Distributed:
    """Every service with `instances` processes each. `async with` starts and stops everything but Kafka."""

    def __init__(
        self, directory: Path, kafka: KafkaServer, instances: int = 1, *, durable: bool = False
    ) -> None:
        self.data_dir = directory / "state"
        self._logs = directory
        self._kafka = kafka
        self._server = EmbeddedServer(directory / "postgresql", durable=durable)
        ports = iter([free_port() for _ in range(len(SEASON) * instances)])
        self._ports = {(name, number): next(ports) for name in SEASON for number in range(instances)}
        self._processes: dict[tuple[str, int], subprocess.Popen[bytes]] = {}
        self.addresses = {
            name: [f"http://127.0.0.1:{self._ports[name, number]}" for number in range(instances)]
            for name in SEASON
        }

    async def __aenter__(self) -> "Distributed":
        await self._server.start()
        await self._server.ensure_databases([service.database for service in SERVICES.values()])
        await self.connect()
        self._environment = self._production_environment()
        migrate = [sys.executable, "-m", "canbao.cli", "migrate"]
        await asyncio.to_thread(subprocess.run, migrate, env=self._environment, check=True)
        for key in self._ports:
            self._start(key)
        await self.ready()
        return self

    async def __aexit__(self, *_: object) -> None:
        for process in self._processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self._processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        await self._server.stop()

    async def connect(self) -> None:
        """What is needed between services and database before anything starts; here nothing."""

    @property
    def urls(self) -> dict[str, str]:
        """The database of each service."""
        return {name: self._server.url(service.database) for name, service in SERVICES.items()}

    def _production_environment(self) -> dict[str, str]:
        state = EmbeddedState(self.data_dir)
        made_up = {
            f"CANBAO_{name}_{key}".upper(): value
            for name in SERVICES
            for key, value in state.defaults(name).items()
        }
        return {
            **{key: value for key, value in os.environ.items() if not key.startswith("CANBAO_")},
            **made_up,
            **{f"CANBAO_{name.upper()}_DATABASE_URL": url for name, url in self.urls.items()},
            "CANBAO_BUS": "kafka",
            "CANBAO_KAFKA_BOOTSTRAP": self._kafka.bootstrap,
            "CANBAO_BUS_PARTITIONS": "4",
            "CANBAO_CLOCK": "movable",
            "CANBAO_JWKS": json.dumps(state.signing_key().jwks()),
            "CANBAO_IDENTITY_KEY": base64.b64encode(state.identity_key()).decode(),
            "CANBAO_SEALING_KEYS": state.sealing_keys(),
            "CANBAO_LOG_LEVEL": "WARNING",
        }

    def environment(self) -> dict[str, str]:
        """What the processes were configured with, for commands beside them."""
        return dict(self._environment)

    def environment_of(self, name: str) -> dict[str, str]:
        """What the process of a service is configured with."""
        return self._environment

    def command(self, name: str, port: int) -> list[str]:
        """What starts a service."""
        return [sys.executable, "-m", "canbao.cli", "serve", name, "--port", str(port)]

    def _start(self, key: tuple[str, int]) -> None:
        name, number = key
        with (self._logs / f"{name}-{number}.log").open("ab") as log:
            self._processes[key] = subprocess.Popen(
                self.command(name, self._ports[key]),
                env=self.environment_of(name),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def ready(self, patience_seconds: int = 90) -> None:
        """Wait until every process says that it is ready."""
        until = time.monotonic() + patience_seconds
        async with httpx.AsyncClient(timeout=3, trust_env=False) as http:
            for urls in self.addresses.values():
                for url in urls:
                    while not await _is_ready(http, url):
                        if time.monotonic() > until:
                            raise TimeoutError(f"{url} is not ready; see {self._logs}")
                        await asyncio.sleep(0.2)

    async def torment(self, choose: random.Random, stop: asyncio.Event, rounds: int = 2) -> list[str]:
        """Kill everything once a round, at random moments and in random order, until `stop`.

        The next victim is killed when the system works again: what is killed all the time gets nothing done.
        """
        killed: list[str] = []
        for _ in range(rounds):
            victims = [*self._ports, ("kafka", 0), ("postgresql", 0)]
            choose.shuffle(victims)
            for victim in victims:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), choose.uniform(0.1, 1.5))
                    return killed
                await self._kill_and_restart(victim, choose.uniform(0.0, 0.5))
                killed.append(victim[0])
                await self.ready()
        return killed

    async def _kill_and_restart(self, victim: tuple[str, int], pause_seconds: float) -> None:
        if victim[0] == "kafka":
            await asyncio.to_thread(self._kafka.kill)
            await asyncio.sleep(pause_seconds)
            await asyncio.to_thread(self._kafka.restart)
        elif victim[0] == "postgresql":
            self._server.kill()
            await asyncio.sleep(pause_seconds)
            await self._server.stop()
            await self._server.start()
        else:
            process = self._processes[victim]
            process.kill()
            process.wait()
            await asyncio.sleep(pause_seconds)
            self._start(victim)


async def _is_ready(http: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(f"{url}/readyz")).status_code == 200
    except httpx.HTTPError:
        return False
