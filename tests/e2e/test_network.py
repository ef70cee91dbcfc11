"""A season comes to the same totals while cables between services, broker and database are cut and healed."""

import asyncio
import contextlib
import random
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from canbao.definitions import SEASON
from canbao.demo.scenario import write_scenario
from canbao.process import take
from canbao.replay.play import Driver, play_file
from canbao.replay.run import addresses_below, all_in_one, temporary_data_dir
from libs.common.db.silence import SILENT_SECONDS
from libs.common.settings import REPOSITORY
from libs.common.testing.kafka_server import JvmKafka, kafka_jars
from tests.e2e.cables import BROKER, DATABASE, Cables, forwarded
from tests.e2e.distributed import Distributed
from tests.e2e.test_season import verify
from tests.longer import LONGER

pytestmark = [pytest.mark.kafka, pytest.mark.network, pytest.mark.timeout(900)]

#: Enough that the season goes on while four cables are cut.
PEOPLE = 40 * LONGER
#: After a cable is whole again all works within what docs/operations.md says: connections to PostgreSQL
#: notice, a group that heard nothing joins anew (60 seconds), and a slow machine needs some of its own.
MENDED_SECONDS = SILENT_SECONDS + 60 + 30


@pytest.fixture(scope="module")
def directory() -> Iterator[Path]:
    with temporary_data_dir() as path:
        path.chmod(0o711)
        yield path


@pytest.fixture
def broker(cables: Cables) -> Iterator[JvmKafka]:
    directory = Path(tempfile.mkdtemp(prefix="canbao-kafka-"))
    server = JvmKafka(directory, kafka_jars(), cables.address(BROKER))
    try:
        server.format()
        server.restart()
        yield server
    finally:
        server.stop()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def cables() -> Iterator[Cables]:
    with Cables(list(SEASON)) as made:
        yield made


class Cabled(Distributed):
    """Services that reach database and broker through cables of their own."""

    def __init__(self, directory: Path, kafka: JvmKafka, cables: Cables) -> None:
        super().__init__(directory, kafka)
        self._cables = cables
        self._forwarding = contextlib.AsyncExitStack()
        self.hosts = {name: cables.of(name) for name in SEASON}
        self.addresses = {name: [f"http://{self.hosts[name]}:{self._ports[name, 0]}"] for name in SEASON}

    async def connect(self) -> None:
        """Open the way from the bridge to the database."""
        host = self._cables.address(DATABASE)
        port = await self._forwarding.enter_async_context(forwarded(host, self._server.port))
        self.database = f"{host}:{port}"

    async def __aexit__(self, *error: object) -> None:
        await super().__aexit__(*error)
        await self._forwarding.aclose()

    def environment_of(self, name: str) -> dict[str, str]:
        """The same settings, with the database where the cable leads."""
        local = f"127.0.0.1:{self._server.port}"
        return {key: value.replace(local, self.database) for key, value in self._environment.items()}

    def command(self, name: str, port: int) -> list[str]:
        """The service in its namespace, listening to others."""
        return [*self._cables.inside(name), *super().command(name, port), "--host", self.hosts[name]]


async def trouble(cables: Cables, system: Cabled, choose: random.Random, stop: asyncio.Event) -> list[str]:
    """Cut cables one after the other until `stop`; after each everything works again in time."""
    done: list[str] = []
    kinds: list[tuple[str, Callable[[str], Awaitable[None]]]] = [
        ("cut", lambda name: _held(lambda: cables.cut(name), choose.uniform(2, 6))),
        ("database unheard", lambda name: _held(lambda: cables.lose(name, DATABASE), choose.uniform(2, 6))),
        ("broker unheard", lambda name: _held(lambda: cables.lose(name, BROKER), choose.uniform(2, 6))),
        ("answers lost", lambda name: _held(lambda: cables.lose_answers(name), choose.uniform(2, 6))),
        ("lossy", lambda name: _lossy(cables, name, choose)),
    ]
    if LONGER > 1:
        kinds.append(("cut for long", lambda name: _held(lambda: cables.cut(name), SILENT_SECONDS + 5)))
    for kind, harm in kinds:
        name = choose.choice(list(SEASON))
        await harm(name)
        cables.heal(name)
        healed = time.monotonic()
        await system.ready(MENDED_SECONDS)
        done.append(f"{kind} {name}, well after {time.monotonic() - healed:.1f} s")
        if stop.is_set():
            break
    return done


async def _held(harm: Callable[[], None], seconds: float) -> None:
    harm()
    await asyncio.sleep(seconds)


async def _lossy(cables: Cables, name: str, choose: random.Random) -> None:
    """Lose a third of what goes over a cable, in pieces of tenths of seconds."""
    until = time.monotonic() + 8
    while time.monotonic() < until:
        cables.cut(name)
        await asyncio.sleep(choose.uniform(0.02, 0.15))
        cables.heal(name)
        await asyncio.sleep(choose.uniform(0.05, 0.3))


async def test_cables_that_are_cut_slow_or_deaf_one_way_change_no_total(
    directory: Path, cables: Cables, broker: JvmKafka
) -> None:
    scenario, state, where = directory / "season.jsonl", directory / "embedded", directory / "cabled"
    where.mkdir()
    write_scenario(scenario, PEOPLE, 7, REPOSITORY / "policies")
    with all_in_one(state, take(), directory / "up.log") as url:
        driver = Driver(addresses_below(url), state)
        expected = (await play_file(driver, scenario, show_progress=False)).totals

    async with Cabled(where, broker, cables) as system:
        stop = asyncio.Event()
        troubled = asyncio.create_task(trouble(cables, system, random.Random(20191231), stop))
        driver = Driver(system.addresses, system.data_dir, deliveries=2)
        result = await play_file(driver, scenario, show_progress=False)
        stop.set()
        done = await troubled
        checked = await asyncio.to_thread(verify, system.environment())

    print("\n".join(done))
    assert result.played.surprises == []
    assert result.totals == expected
    assert len(done) >= 4, "the season was over before cables could be cut"
    assert checked.returncode == 0, checked.stdout + checked.stderr
