"""The embedded PostgreSQL: private, durable, and back after whatever happened to its parent."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from structlog.testing import capture_logs

from canbao.process_metrics import measure_process
from libs.common.db import keeping_up
from libs.common.db.account import server_account
from libs.common.db.binaries import INSTALL, NEEDED, _packages_dir, programs
from libs.common.db.cluster import running_postmaster
from libs.common.db.embedded import DataDirectoryInUse, EmbeddedServer, EmbeddedServerFailed
from libs.common.db.keeping_up import RESTARTS, keep_up

#: A parent that starts a server, commits a row, says so, and waits for its death.
PARENT = """
import asyncio, asyncpg, sys, threading
from pathlib import Path
from libs.common.db.embedded import EmbeddedServer

async def main():
    async with EmbeddedServer(Path(sys.argv[1])) as server:
        connection = await asyncpg.connect(server.url("postgres"))
        await connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        print("committed", flush=True)
        await asyncio.sleep(3600)

if sys.argv[2] == "thread":
    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    thread.join()
else:
    asyncio.run(main())
"""


@pytest.fixture
def data_dir() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="canbao-embedded-"))
    yield directory
    shutil.rmtree(directory)


@pytest.fixture(scope="module")
async def durable():
    """A server as users get it; the one of the session skips fsync."""
    directory = Path(tempfile.mkdtemp(prefix="canbao-embedded-"))
    async with EmbeddedServer(directory) as server:
        yield server
    shutil.rmtree(directory)


@asynccontextmanager
async def connected(server: EmbeddedServer, database: str = "postgres"):
    connection = await asyncpg.connect(server.url(database))
    try:
        yield connection
    finally:
        await connection.close()


async def answer_kept(server: EmbeddedServer) -> int:
    async with connected(server) as connection:
        return await connection.fetchval("SELECT answer FROM kept")


def postmaster_of(data_dir: Path) -> int:
    found = running_postmaster((data_dir / "postgres").resolve())
    assert found is not None
    return found.pid


def is_alive(pid: int, patience_seconds: float = 0) -> bool:
    deadline = time.monotonic() + patience_seconds
    while (alive := Path(f"/proc/{pid}").exists()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return alive


def user_of(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


def sleeper(cluster: Path) -> subprocess.Popen[bytes]:
    """A process of the server's user that has nothing to do with the server."""
    return subprocess.Popen(["sleep", "60"], **server_account(cluster).popen_options)


class TestRestart:
    async def test_keeps_data_password_and_port(self, data_dir):
        async with EmbeddedServer(data_dir) as first:
            await first.ensure_databases(["canbao_ledger"])
            async with connected(first, "canbao_ledger") as connection:
                await connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        async with EmbeddedServer(data_dir) as second:
            assert second.url("canbao_ledger") == first.url("canbao_ledger")
            async with connected(second, "canbao_ledger") as connection:
                assert await connection.fetchval("SELECT answer FROM kept") == 42

    async def test_takes_another_port_when_the_old_one_is_taken(self, data_dir):
        async with EmbeddedServer(data_dir) as first:
            pass
        squatter = await asyncio.start_server(lambda *_: None, "127.0.0.1", first.port)
        async with squatter, EmbeddedServer(data_dir) as second:
            assert second.port != first.port
            async with connected(second) as connection:
                assert await connection.fetchval("SELECT 1") == 1

    async def test_leaves_no_process_behind(self, data_dir):
        async with EmbeddedServer(data_dir):
            pid = postmaster_of(data_dir)
        assert not is_alive(pid)

    async def test_creates_only_databases_that_are_missing(self, data_dir):
        async with EmbeddedServer(data_dir) as server:
            await server.ensure_databases(["canbao_ledger"])
            await server.ensure_databases(["canbao_ledger", "canbao_subsidy"])
            async with connected(server, "canbao_subsidy") as connection:
                assert await connection.fetchval("SELECT current_database()") == "canbao_subsidy"


class TestKilledParent:
    """`main`: the kernel tells the server that its parent died. `thread`: nobody does, it is orphaned."""

    @pytest.mark.parametrize("started_in", ["main", "thread"])
    async def test_does_not_prevent_the_next_start(self, data_dir, started_in):
        orphan = self.orphan(data_dir, started_in)
        async with EmbeddedServer(data_dir) as server:
            assert await answer_kept(server) == 42
            assert postmaster_of(data_dir) != orphan

    def test_takes_the_server_with_it(self, data_dir):
        orphan = self.orphan(data_dir, "main")
        assert not is_alive(orphan, patience_seconds=10)

    async def test_may_take_the_postmaster_down_as_hard(self, data_dir):
        orphan = self.orphan(data_dir, "thread")
        os.kill(orphan, signal.SIGKILL)
        async with EmbeddedServer(data_dir) as server:
            assert await answer_kept(server) == 42

    async def test_may_leave_the_number_of_a_process_that_is_someone_else_now(self, data_dir):
        async with EmbeddedServer(data_dir):
            pass
        cluster = (data_dir / "postgres").resolve()
        other = sleeper(cluster)
        try:
            (cluster / "postmaster.pid").write_text(f"{other.pid}\n{cluster}\n0\n1\n\n\n1 99999999\nready\n")
            async with EmbeddedServer(data_dir) as server, connected(server) as connection:
                assert await connection.fetchval("SELECT 1") == 1
            assert other.poll() is None
        finally:
            other.kill()
            other.wait()

    def orphan(self, data_dir: Path, started_in: str) -> int:
        """Kill a parent whose server has committed; give the number of the postmaster."""
        arguments = [sys.executable, "-c", PARENT, str(data_dir), started_in]
        with subprocess.Popen(arguments, stdout=subprocess.PIPE) as parent:
            assert parent.stdout is not None
            assert parent.stdout.readline() == b"committed\n"
            pid = postmaster_of(data_dir)
            parent.kill()
        return pid


class TestAccess:
    async def test_asks_for_the_password(self, embedded_server):
        url = embedded_server.url("postgres")
        secret = url.split(":")[2].split("@")[0]
        for wrong in (url.replace(secret, "guess"), url.replace(f":{secret}", "")):
            with pytest.raises(asyncpg.InvalidPasswordError):
                await asyncpg.connect(wrong)

    async def test_keeps_the_password_as_scram(self, embedded_server):
        async with connected(embedded_server) as connection:
            stored = await connection.fetchval("SELECT rolpassword FROM pg_authid WHERE rolname = 'canbao'")
            rules = await connection.fetch("SELECT type, address, auth_method FROM pg_hba_file_rules")
        assert stored.startswith("SCRAM-SHA-256$")
        assert [tuple(rule) for rule in rules] == [("host", "127.0.0.1", "scram-sha-256")] * 2

    async def test_listens_on_the_loopback_only(self, embedded_server):
        async with connected(embedded_server) as connection:
            assert await connection.fetchval("SHOW listen_addresses") == "127.0.0.1"
            assert await connection.fetchval("SHOW unix_socket_directories") == ""

    async def test_shows_its_files_to_nobody_else(self, data_dir):
        async with EmbeddedServer(data_dir):
            assert (data_dir / "postgres").resolve().stat().st_mode & 0o777 == 0o700
            assert (data_dir / "postgres.password").stat().st_mode & 0o777 == 0o600
            assert data_dir.stat().st_mode & 0o066 == 0


class TestSettings:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("fsync", "on"),
            ("synchronous_commit", "on"),
            ("full_page_writes", "on"),
            ("server_encoding", "UTF8"),
            ("lc_messages", "C"),
            ("TimeZone", "UTC"),
            ("data_checksums", "on"),
            ("wal_level", "replica"),  # so that it can be backed up while it runs
            ("archive_mode", "off"),
        ],
    )
    async def test_are_those_of_a_durable_server(self, durable, name, value):
        async with connected(durable) as connection:
            assert await connection.fetchval(f"SHOW {name}") == value


class TestSecondProcess:
    async def test_is_told_who_uses_the_directory(self, data_dir):
        async with EmbeddedServer(data_dir):
            with pytest.raises(DataDirectoryInUse, match=f"process {os.getpid()} already runs"):
                await EmbeddedServer(data_dir).start()

    async def test_may_join_and_leaves_the_server_running(self, data_dir):
        async with EmbeddedServer(data_dir) as owner:
            async with EmbeddedServer(data_dir, join=True) as guest:
                assert guest.joined
                assert guest.url("postgres") == owner.url("postgres")
            async with connected(owner) as connection:
                assert await connection.fetchval("SELECT 1") == 1

    async def test_becomes_the_owner_when_it_is_the_first(self, data_dir):
        async with EmbeddedServer(data_dir, join=True) as first:
            assert not first.joined


class TestUnprivileged:
    async def test_server_never_runs_as_root(self, data_dir):
        async with EmbeddedServer(data_dir):
            owner = user_of(postmaster_of(data_dir))
        assert owner != 0
        assert os.geteuid() in (0, owner)

    async def test_data_directory_may_lie_under_a_closed_home(self, data_dir):
        home = data_dir / "home"
        home.mkdir(mode=0o700)
        async with EmbeddedServer(home / "data") as server, connected(server) as connection:
            await connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        async with EmbeddedServer(home / "data") as server:
            assert await answer_kept(server) == 42
        assert home.stat().st_mode & 0o777 == 0o700
        shutil.rmtree((home / "data" / "postgres").resolve())

    def test_programs_are_reached_when_the_wheel_lies_under_a_closed_home(self, data_dir, monkeypatch):
        data_dir.chmod(0o711)
        packages = data_dir / "home" / "packages"
        for part in NEEDED:
            shutil.copytree(_packages_dir() / part, packages / part, symlinks=True)
        packages.parent.chmod(0o700)
        monkeypatch.setattr("libs.common.db.binaries._packages_dir", lambda: packages)
        account = server_account(data_dir / "new")

        found = programs(account, data_dir / "system")

        said = subprocess.run(
            [found / "postgres", "--version"],
            capture_output=True,
            cwd="/",
            check=True,
            **account.popen_options,
        )
        assert said.stdout.startswith(b"postgres (PostgreSQL) ")
        assert (found == packages / INSTALL / "bin") == (os.geteuid() != 0)
        assert programs(account, data_dir / "system") == found


class TestKeepingUp:
    async def test_gives_up_on_a_server_that_ends_again_and_again(self, data_dir):
        async with EmbeddedServer(data_dir, durable=False) as server:
            port, ended = server.port, []
            keeping = asyncio.create_task(keep_up(server))
            while not keeping.done():
                found = running_postmaster((data_dir / "postgres").resolve())
                if found is not None and found.ready and found.pid not in ended:
                    pid = found.pid
                    assert await answers(server)
                    ended.append(pid)
                    os.kill(pid, signal.SIGKILL)
                await asyncio.sleep(0.05)
            with pytest.raises(EmbeddedServerFailed, match="ended 6 times within 10 minutes"):
                await keeping
            assert (len(ended), server.port) == (RESTARTS + 1, port)

    async def test_says_once_that_the_disk_fills_up_and_shows_its_room(
        self, data_dir, service_context, monkeypatch
    ):
        monkeypatch.setattr(keeping_up, "_LOOK_SECONDS", 0.01)
        monkeypatch.setattr(keeping_up, "_ROOM_LOOK_SECONDS", 0.0)
        context = await service_context("ledger")
        async with EmbeddedServer(data_dir, durable=False) as server:
            measure_process(context, server)
            with capture_logs() as said:
                keeping = asyncio.create_task(keep_up(server))
                for least, told in ((0, 0), (2**60, 1), (0, 1), (2**60, 2)):
                    monkeypatch.setattr(keeping_up, "LEAST_FREE_BYTES", least)
                    await asyncio.sleep(0.3)
                    assert [one["event"] for one in said] == ["disk_nearly_full"] * told
                keeping.cancel()
            assert said[0]["directory"] == str(data_dir)
            text = (await context.metrics.exposition()).decode()
            (shown,) = re.findall(r'canbao_disk_free_bytes{of="database"} (\S+)', text)
            assert 0 < float(shown) <= shutil.disk_usage(data_dir).total


async def answers(server: EmbeddedServer) -> bool:
    async with connected(server) as connection:
        return bool(await connection.fetchval("SELECT true"))
