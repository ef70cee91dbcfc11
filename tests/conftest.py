"""What every test may use: a real PostgreSQL, migrated databases, service contexts and authorized clients.

async def test_something(service_context, client):
    context = await service_context("registration")
    http = await client(context, scopes=["registration:read"])
"""

import asyncio
import gc
import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import settings

from canbao.garbage import calm_garbage_collector, collect_seldom
from libs.common.db.cluster import SUPERUSER
from libs.common.observability.logs import keep_tracebacks_plain
from libs.common.testing.contents import Content
from libs.common.testing.fixtures_kafka import kafka  # noqa: F401 (a fixture)
from libs.common.testing.kept_connections import KeptConnections
from libs.common.testing.late_bus import LateBus
from tests.e2e.cables import can_make_namespaces
from tests.longer import LONGER

# How long an example takes says how busy the machine is, and nothing about what it tests.
settings.register_profile("canbao", deadline=None, max_examples=100 * LONGER)
settings.load_profile("canbao")

collect_seldom()  # while tests are collected, too

Database = Callable[[str], Awaitable[str]]

#: Enough to spread keys, few enough to be quick.
BUS_PARTITIONS = 4

EVERY_SCOPE = [
    *(
        "registration:read",
        "registration:write",
        "registration:decide",
        "payers:vouch",
        "channels:write",
        "notices:write",
        "survey:read",
        "progress:read",
        "progress:write",
        "progress:sign",
        "scores:write",
        "survey:write",
        "assess",
        "pii:read",
    ),
    *("collection:read", "collection:write", "orders:write", "cash:write", "cash:review"),
    *("subsidy:read", "subsidy:write", "subsidy:approve", "cards:write", "refunds:write"),
    *("ledger:read", "ledger:write", "ledger:close"),
    *("audit:read", "ops:read", "ops:write", "webhooks:read", "webhooks:write"),
]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what was not asked for or cannot be here.

    Those are benchmarks, what longer runs have, vectors of others that are not on this machine, and networks
    where none can be made.
    """
    unwanted = set()
    if "bench" not in (config.option.markexpr or ""):
        unwanted.add("bench")
    if LONGER == 1:
        unwanted.add("long")
    if not os.environ.get("CANBAO_EXTRA_VECTORS"):
        unwanted.add("extra")
    if any("network" in item.keywords for item in items) and not can_make_namespaces():
        unwanted.add("network")
    left_out = [item for item in items if unwanted & set(item.keywords)]
    if left_out:
        items[:] = [item for item in items if not unwanted & set(item.keywords)]
        config.hook.pytest_deselected(items=left_out)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Have the collector of garbage pass over all that was imported, as every program of ours does.

    It looked through what eleven thousand tests are again and again, for a fifth of the time of Python.
    """
    calm_garbage_collector()


#: How long each kind of test took, setting up included.
_SECONDS: dict[str, float] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up the seconds of unit, contract, integration and e2e tests."""
    kind = report.nodeid.removeprefix("tests/").partition("/")[0]
    _SECONDS[kind] = _SECONDS.get(kind, 0) + report.duration


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how long each kind of test took; unit tests are to stay under 40 seconds."""
    told = ", ".join(f"{kind} {seconds:.0f} s" for kind, seconds in sorted(_SECONDS.items()))
    terminalreporter.write_line(f"seconds in tests: {told}")


def _nothing_is_skipped() -> bool:
    return os.environ.get("CI", "").lower() == "true"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """With CI=true a skipped test is a failed one."""
    report = yield
    if report.skipped and _nothing_is_skipped():
        report.outcome = "failed"
        report.longrepr = f"skipped, and with CI=true nothing may be: {call.excinfo and call.excinfo.value}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Any:
    """With CI=true a skipped module is a failed one."""
    report = yield
    if report.skipped and _nothing_is_skipped():
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} skipped, and with CI=true nothing may be: {report.longrepr}"
    return report


@pytest.fixture(scope="session", autouse=True)
def _loggers_keep_no_settings() -> Iterator[None]:
    """Have no logger keep the settings that it is first used with, whoever makes them.

    Commands make them within tests and within fixtures of many tests. They lead into a stream that is closed
    since, and past whoever captures logs.
    """
    configure = structlog.configure

    def configure_for_a_while(**options: Any) -> None:
        configure(**{**options, "cache_logger_on_first_use": False})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(structlog, "configure", configure_for_a_while)
        # As every program does. With all that a test has in its variables one traceback takes half a minute.
        keep_tracebacks_plain()
        yield


@pytest.fixture(autouse=True)
def _logging_is_left_as_it_was() -> Iterator[None]:
    """Keep what a command that ran within a test makes of logging from the tests after it."""
    before = structlog.get_config()
    yield
    if structlog.get_config() != before:
        structlog.configure(**before)


def _memory() -> str | None:
    """Where files are in memory, if there is enough of it: databases are hundreds of files each."""
    place = Path("/dev/shm")
    return str(place) if place.is_dir() and shutil.disk_usage(place).free > 4 << 30 else None


@pytest.fixture(scope="session")
async def embedded_server() -> AsyncIterator[Any]:
    """One PostgreSQL for the whole session. Not durable: it need not outlive the machine."""
    from libs.common.db.embedded import EmbeddedServer

    # Not pytest's own directory: that is closed to the unprivileged user who runs the server for root.
    directory = Path(tempfile.mkdtemp(prefix="canbao-test-", dir=_memory()))
    try:
        async with EmbeddedServer(directory, durable=False) as server:
            yield server
    finally:
        shutil.rmtree(directory, ignore_errors=True)


class _Databases:
    """Makes databases from templates that were migrated once, and uses those that tests gave back again.

    Emptying tables takes milliseconds, copying the files of a template a hundred times as long. Whoever
    empties them stays connected: to learn a hundred tables anew takes as long as many a test.
    """

    def __init__(self, server: Any, admin: Any, verifier: str) -> None:
        self._server = server
        self._admin = admin
        self._verifier = verifier
        self._numbers = count(1)
        self._templates: dict[str, Content] = {}
        self._free: dict[str, list[str]] = {}
        self._users: dict[str, str] = {}
        self._emptying: dict[str, Any] = {}
        self.kept = KeptConnections()

    async def make(self, name: str) -> tuple[str, str]:
        """Give name and URL of a new database with the tables of `name`; of `empty`, one without tables."""
        if free := self._free.get(name):
            database = free.pop()
        else:
            number = next(self._numbers)
            database, user = f"test_{name}_{number}", f"user_{number}"
            template = "template0" if name == "empty" else f"template_{name}"
            if name != "empty":
                await self._migrated(name, template)
            await self._admin.execute(
                f'CREATE DATABASE "{database}" TEMPLATE "{template}" STRATEGY FILE_COPY'
            )
            await self._admin.execute(f"CREATE ROLE {user} SUPERUSER LOGIN PASSWORD '{self._verifier}'")
            self._users[database] = user
        url = self._server.url(database)
        return database, url.replace(f"//{SUPERUSER}:", f"//{self._users[database]}:")

    async def take_back(self, database: str) -> None:
        """Make it as new, whoever is still connected to it; drop it if a test changed its tables."""
        # Another name for its user: whoever still has the old one in hand reaches nobody.
        user = f"user_{next(self._numbers)}"
        await self._admin.execute(f"ALTER ROLE {self._users[database]} RENAME TO {user}")
        self._users[database] = user
        name = database.removeprefix("test_").rpartition("_")[0]
        template = self._templates.get(f"template_{name}")
        if template is None or not await self._restored(database, template):
            self.kept.forget(database)
            if (emptying := self._emptying.pop(database, None)) is not None:
                emptying.terminate()
            await self._admin.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
            return
        self._free.setdefault(name, []).append(database)

    async def _restored(self, database: str, template: Content) -> bool:
        import asyncpg

        connection = self._emptying.get(database)
        ours = [*self.kept.pids(database), connection.get_server_pid() if connection else 0]
        async with asyncio.timeout(5):
            # To have the server wait until they are gone takes a tenth of a second.
            while await self._admin.fetchval(  # noqa: ASYNC110 (nobody tells us)
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = $1 AND pid <> ALL ($2::integer[])",
                database,
                ours,
            ):
                await asyncio.sleep(0.002)
        try:
            if connection is not None:
                return await template.restore(connection)
        except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.AdminShutdownError):
            connection.terminate()  # a test broke off all connections of its database, this one too
        try:
            connection = self._emptying[database] = await asyncpg.connect(self._server.url(database))
        except asyncpg.InvalidCatalogNameError:
            return False
        return await template.restore(connection)

    async def close(self) -> None:
        """Let go of all databases."""
        for connection in (*self._emptying.values(), self._admin):
            connection.terminate()

    async def _migrated(self, name: str, template: str) -> None:
        import asyncpg

        if template in self._templates:
            return
        await self._server.ensure_databases([template])
        url = self._server.url(template)
        if name == "bus":
            await _with_topics(url)
        else:
            from canbao.migrate import migrate_database

            await migrate_database(name, url)
        connection = await asyncpg.connect(url)
        self._templates[template] = await Content.of(connection)
        await connection.close()


async def _with_topics(url: str) -> None:
    """Make the log of the embedded bus and every topic."""
    from libs.common.bus.postgres.bus import PostgresBus
    from libs.common.events import TOPICS

    bus = PostgresBus(url)
    await bus.start()
    await bus.create_topics(TOPICS, BUS_PARTITIONS)
    await bus.stop()


@pytest.fixture(scope="session")
async def databases(embedded_server: Any) -> AsyncIterator[_Databases]:
    """The maker of databases; tests use `database`."""
    import asyncpg

    admin = await asyncpg.connect(embedded_server.url("postgres"))
    verifier = await admin.fetchval("SELECT rolpassword FROM pg_authid WHERE rolname = $1", SUPERUSER)
    databases = _Databases(embedded_server, admin, verifier)
    with databases.kept.of_engines("test_"):
        yield databases
    await databases.close()


@pytest.fixture
async def database(databases: _Databases) -> AsyncIterator[Database]:
    """Make a fresh migrated database: `url = await database("ledger")`, or "empty"."""
    made: list[str] = []

    async def make(name: str) -> str:
        database, url = await databases.make(name)
        made.append(database)
        return url

    yield make
    for database in made:
        await databases.take_back(database)


@pytest.fixture(scope="module")
async def module_database(databases: _Databases) -> AsyncIterator[Database]:
    """Like `database`, for a module whose tests share one database and say so."""
    made: list[str] = []

    async def make(name: str) -> str:
        database, url = await databases.make(name)
        made.append(database)
        return url

    yield make
    for database in made:
        await databases.take_back(database)


@pytest.fixture(scope="session")
def signing_key() -> Any:
    """The key whose tokens the contexts of this session believe."""
    from libs.common.security.keys import SigningKey

    return SigningKey.generate()


@pytest.fixture(scope="session")
def notices() -> Any:
    """The notices under policies/, loaded once."""
    from canbao.context import load_all_notices
    from libs.common.settings import CommonSettings

    loaded = load_all_notices(CommonSettings())
    gc.freeze()  # they stay
    return loaded


@pytest.fixture(scope="session")
def bus_settings() -> Any:
    """The settings of the embedded bus, read once."""
    from libs.common.settings import CommonSettings

    return CommonSettings(bus="embedded", bus_partitions=BUS_PARTITIONS)


@pytest.fixture
async def bus(database: Database, bus_settings: Any) -> AsyncIterator[Any]:
    """The embedded bus on a database of its own, shared by the contexts of a test; first use starts it."""
    from canbao.context import make_bus

    async def make() -> Any:
        made = make_bus(bus_settings, await database("bus"))
        await made.start()
        return made

    bus = LateBus(make)
    yield bus
    await bus.stop()


#: Settings that were read already, by service, arguments and environment.
_READ: dict[Any, Any] = {}


def _settings_of(service: Any, url: str, settings: dict[str, Any]) -> Any:
    """Read the settings of a service, the same ones only once: reading takes as long as starting to test."""
    from libs.common.service import service_settings

    def read() -> Any:
        return service_settings(
            service, database_url=url, clock="movable", bus_partitions=BUS_PARTITIONS, **settings
        )

    environment = tuple(sorted((k, v) for k, v in os.environ.items() if k.startswith("CANBAO_")))
    key = (service.name, environment, tuple(sorted(settings.items())))
    try:
        known = _READ.get(key)
    except TypeError:  # an argument that can change
        return read()
    if known is None:
        known = _READ[key] = read()
    return known.model_copy(update={"database_url": url})


@pytest.fixture
async def service_context(
    database: Database, bus: Any, notices: Any, signing_key: Any
) -> AsyncIterator[Callable[..., Awaitable[Any]]]:
    """Make the context of a service on a fresh database: `await service_context("ledger", clock=...)`.

    The clock is movable unless one is given. Other arguments override the settings of the service.
    """
    from canbao.context import make_context
    from canbao.definitions import definition
    from libs.common.clock import MovableClock
    from libs.common.security.digests import Digests
    from libs.common.security.tokens import Authenticator
    from libs.common.security.wrapping import InstallationKeys

    async with AsyncExitStack() as stack:

        async def make(name: str, *, clock: Any = None, url: str | None = None, **settings: Any) -> Any:
            service = definition(name)
            context = make_context(
                service,
                _settings_of(service, url or await database(name), settings),
                bus=bus,
                clock=clock or MovableClock(),
                notices=notices,
                authenticator=Authenticator(signing_key.jwks()),
                digests=Digests(b"\x07" * 32),
                wrapper=InstallationKeys([b"\x08" * 32]),
            )
            stack.push_async_callback(context.engine.dispose)
            return context

        yield make


async def _with_key(request: Any) -> None:
    """Have a POST take effect once, as every caller has to say."""
    if request.method == "POST":
        request.headers.setdefault("idempotency-key", f'"{uuid.uuid4()}"')


@pytest.fixture
async def client(signing_key: Any) -> AsyncIterator[Callable[..., Awaitable[Any]]]:
    """Make an HTTP client of a service: `await client(context, scopes=[...], division="350426")`.

    Without `scopes` the token carries every scope; `token=None` sends no token. A POST that names no
    Idempotency-Key gets a fresh one, unless `keys` is false.
    """
    import httpx

    from canbao.definitions import definition

    async with AsyncExitStack() as stack:

        async def make(
            context: Any,
            *,
            scopes: Any = None,
            division: str = "*",
            app: Any = None,
            token: str | None = "",
            keys: bool = True,
            subject: str = "test",
        ) -> httpx.AsyncClient:
            if token == "":
                token = signing_key.issue(subject, EVERY_SCOPE if scopes is None else scopes, division)
            transport = httpx.ASGITransport(app or definition(context.name).create_app(context))
            headers = {"authorization": f"Bearer {token}"} if token else {}
            made = httpx.AsyncClient(
                transport=transport,
                base_url="http://canbao.test",
                headers=headers,
                event_hooks={"request": [_with_key] if keys else []},
            )
            return await stack.enter_async_context(made)

        yield make


@pytest.fixture
async def running() -> AsyncIterator[Callable[..., Awaitable[None]]]:
    """Run the workers of contexts until the test ends: `await running(context, ...)`."""
    from canbao.definitions import definition
    from canbao.workers import running_workers

    async with AsyncExitStack() as stack:

        async def run(*contexts: Any) -> None:
            for context in contexts:
                workers = definition(context.name).workers(context)
                await stack.enter_async_context(running_workers((context, workers)))

        yield run
