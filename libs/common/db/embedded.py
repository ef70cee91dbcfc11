"""A PostgreSQL server of our own, from a wheel, where nobody configured a database.

    async with EmbeddedServer(data_dir) as server:
        await server.ensure_databases(["canbao_ledger"])
        engine = create_engine(server.url("canbao_ledger"))

It listens on 127.0.0.1 only, asks for a password (scram-sha-256), keeps its data in a private directory,
commits durably, and stops with the process that started it. docs/adr/0001-embedded-postgresql.md says why.
"""

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Self

import asyncpg

from libs.common.db.account import make_private, server_account
from libs.common.db.archive import make_archive
from libs.common.db.binaries import programs
from libs.common.db.cluster import (
    HBA,
    SUPERUSER,
    cluster_path,
    make_cluster,
    running_postmaster,
    server_environment,
    server_options,
    stop_orphan,
)
from libs.common.db.owner import own, owner_of

LAUNCH = Path(__file__).with_name("launch.py")
LOG_LIMIT_BYTES = 10 * 1024 * 1024


class DataDirectoryInUse(Exception):
    """Another process runs a server on this data directory."""


class NoData(Exception):
    """There is no server's data where some was expected."""


class EmbeddedServerFailed(Exception):
    """PostgreSQL did not start, or not in time; carries the end of its log."""


class EmbeddedServer:
    """A PostgreSQL server that lives as long as this object is entered.

    One process at a time owns the server of a data directory. Another one gets DataDirectoryInUse, or with
    `join` uses the running server for as long as that runs. `durable=False` is for tests only: their data
    need not survive a crash of the machine. `archive` is where the log is copied to. With `make` False a
    directory without data is refused with NoData.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        join: bool = False,
        durable: bool = True,
        archive: Path | None = None,
        make: bool = True,
        timeout_seconds: float = 60,
    ) -> None:
        self.data_dir = data_dir.absolute()
        self.port = 0
        self.joined = False
        self._join = join
        self._durable = durable
        self._archive = archive.absolute() if archive else None
        self._make = make
        self._timeout_seconds = timeout_seconds
        self._password = ""  # nosec B105
        self._lock: IO[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def url(self, database: str) -> str:
        """Give the URL of `database`, password included: never log it."""
        return f"postgresql://{SUPERUSER}:{self._password}@127.0.0.1:{self.port}/{database}"

    async def start(self) -> None:
        """Start or join the server. Raises DataDirectoryInUse, EmbeddedServerFailed, NoData."""
        if not self._make and not (self.data_dir / "postgres").exists():
            raise NoData(
                f"there is no data in {self.data_dir.parent}: is --data-dir or CANBAO_DATA_DIR right?"
            )
        make_private(self.data_dir)
        deadline = time.monotonic() + self._timeout_seconds
        while (lock := own(self.data_dir)) is None:
            if not self._join:
                raise DataDirectoryInUse(
                    f"process {owner_of(self.data_dir)} already runs on the data directory {self.data_dir}; "
                    "stop it first, or choose another directory with --data-dir or CANBAO_DATA_DIR"
                )
            if await self._joins():
                return
            if time.monotonic() > deadline:
                raise EmbeddedServerFailed(f"the server of process {owner_of(self.data_dir)} does not answer")
            await asyncio.sleep(0.1)
        self._lock = lock
        try:
            await self._start_own()
        except BaseException:
            await self.stop()
            raise

    async def stop(self, timeout_seconds: float = 30) -> None:
        """Stop the server if it is ours: a fast shutdown, by force after `timeout_seconds`."""
        if self._process is not None:
            (self.data_dir / "port").unlink(missing_ok=True)
            await self._end_process(timeout_seconds)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    @property
    def exit_code(self) -> int | None:
        """With what the server ended by itself; None while it runs, and of the server of another process."""
        return self._process.poll() if self._process is not None else None

    async def restart(self) -> None:
        """Start the server that ended again, on its port. Raises EmbeddedServerFailed."""
        port = self.port
        await self._start_own()
        if self.port != port:
            raise EmbeddedServerFailed(f"the port {port} of PostgreSQL was taken while it was down")

    def kill(self) -> None:
        """End the server without warning; `stop` and `start` then recover, on the same port if it is free."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    async def databases(self) -> set[str]:
        """Give the names of the databases that are there."""
        connection = await asyncpg.connect(self.url("postgres"))
        try:
            return {row["datname"] for row in await connection.fetch("SELECT datname FROM pg_database")}
        finally:
            await connection.close()

    async def ensure_databases(self, names: Sequence[str]) -> None:
        """Create what is missing of the databases `names`."""
        there = await self.databases()
        connection = await asyncpg.connect(self.url("postgres"))
        try:
            for name in names:
                if name not in there:
                    with contextlib.suppress(asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
                        await connection.execute(f'CREATE DATABASE "{name}"')
        finally:
            await connection.close()

    async def _joins(self) -> bool:
        """Try the server of the owning process."""
        try:
            self.port = int((self.data_dir / "port").read_text())
            self._password = (self.data_dir / "postgres.password").read_text()
            connection = await asyncpg.connect(self.url("postgres"), timeout=5)
        except (OSError, ValueError, TimeoutError, asyncpg.PostgresError):
            return False
        await connection.close()
        self.joined = True
        return True

    async def _start_own(self) -> None:
        account = server_account(self.data_dir / "postgres")
        bin_dir = await asyncio.to_thread(programs, account)
        cluster = cluster_path(self.data_dir, account)
        if (cluster / "PG_VERSION").exists():
            self._password = (self.data_dir / "postgres.password").read_text()
            await asyncio.to_thread(stop_orphan, cluster)
        else:
            self._password = self._new_password()
            await asyncio.to_thread(
                make_cluster, cluster, bin_dir, account, self._password, durable=self._durable
            )
        (cluster / "pg_hba.conf").write_text(HBA)
        if self._archive is not None:
            make_archive(self._archive, account)
        for attempt in range(3):
            self.port = _free_port(self._last_port() if attempt == 0 else 0)
            self._launch(cluster, bin_dir, account.uid, account.gid)
            if await self._becomes_ready(cluster):
                break
        else:
            raise EmbeddedServerFailed(f"PostgreSQL did not start; its log ends with:\n{self.log_tail()}")
        write_private(self.data_dir / "last-port", str(self.port))
        write_private(self.data_dir / "port", str(self.port))

    def _new_password(self) -> str:
        password = secrets.token_urlsafe(32)
        write_private(self.data_dir / "postgres.password", password)
        return password

    def _last_port(self) -> int:
        """The port of the last run, so that a client configured for it keeps working; 0 on the first run."""
        try:
            return int((self.data_dir / "last-port").read_text())
        except (OSError, ValueError):
            return 0

    def _launch(self, cluster: Path, bin_dir: Path, uid: int, gid: int) -> None:
        log = self.data_dir / "postgres.log"
        if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
            log.replace(log.with_suffix(".log.1"))
        # The kernel's signal at the parent's death is sent when the starting *thread* ends.
        parent = os.getpid() if threading.current_thread() is threading.main_thread() else 0
        arguments = [sys.executable, "-I", "-S", str(LAUNCH), str(parent), str(uid), str(gid)]
        arguments += [str(bin_dir / "postgres"), "-D", str(cluster)]
        with open(log, "ab", opener=_private) as output:
            self._process = subprocess.Popen(
                [*arguments, *server_options(self.port, durable=self._durable, archive=self._archive)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                env=server_environment(),
                start_new_session=True,  # Ctrl-C is for us: the server stops after the services
            )

    async def _becomes_ready(self, cluster: Path) -> bool:
        """Wait until the server accepts connections; False when it ended instead (its port was taken)."""
        deadline = time.monotonic() + self._timeout_seconds
        while self._process is not None and self._process.poll() is None:
            found = running_postmaster(cluster)
            if found and found.ready and found.pid == self._process.pid:
                return True
            if time.monotonic() > deadline:
                raise EmbeddedServerFailed(f"PostgreSQL is not ready in time:\n{self.log_tail()}")
            await asyncio.sleep(0.01)
        return False

    async def _end_process(self, timeout_seconds: float) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for end, patience in (
            (signal.SIGINT, timeout_seconds),  # fast shutdown
            (signal.SIGQUIT, 5),  # immediate: the next start recovers from the log
            (signal.SIGKILL, 5),
        ):
            process.send_signal(end)
            with contextlib.suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(process.wait, patience)
                return

    def log_tail(self) -> str:
        """The end of what the server wrote last."""
        log = self.data_dir / "postgres.log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-12:]) if log.exists() else ""


def _free_port(wanted: int) -> int:
    """Give `wanted` if it is free on the loopback, else a free port of the system's choice."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def write_private(path: Path, text: str) -> None:
    """Write a file that only we can read, and that is never seen half written."""
    scratch = path.with_name(f".{path.name}.new")
    with open(scratch, "w", opener=_private) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)
