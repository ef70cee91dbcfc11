"""A PostgreSQL data directory: makes one, and says who is running on it."""

import contextlib
import os
import secrets
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from libs.common.db.account import Account, may_pass
from libs.common.db.binaries import SYSTEM_DIR

SUPERUSER = "canbao"

#: The log of so many seconds may be missing in the archive when the machine is lost.
ARCHIVE_SECONDS = 60

#: Only TCP on the loopback, only with a password. There is no Unix socket (see `server_options`). The second
#: line is for pg_basebackup.
HBA = "host all all 127.0.0.1/32 scram-sha-256\nhost replication all 127.0.0.1/32 scram-sha-256\n"

TUNING = {
    "shared_buffers": "256MB",
    "effective_cache_size": "2GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_connections": "200",
    "max_wal_size": "4GB",
    "min_wal_size": "256MB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "io_method": "sync",
    # Parallel workers need /dev/shm, which containers keep small, and win nothing on two cores.
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
    "autovacuum_naptime": "15s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %d ",
}


#: How passwords are kept.
_SCRAM = "scram-sha-256"


class ClusterCannotBeMade(Exception):
    """initdb failed; carries what it said."""


def server_options(port: int, *, durable: bool, archive: Path | None = None) -> list[str]:
    """Give the arguments of `postgres`; with `durable` a commit is on the disk before it is answered.

    Without it a commit is with the operating system before it is answered: the server may be killed at any
    moment and loses nothing, but the machine may not crash. A durable server can be backed up while it runs,
    and with `archive` it copies its log into that directory, at the latest after a minute.
    """
    answer = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "password_encryption": _SCRAM,
        "fsync": "on" if durable else "off",
        "synchronous_commit": "on",
        "full_page_writes": "on" if durable else "off",
        "wal_level": "replica" if durable else "minimal",
        "max_wal_senders": "4" if durable else "0",
        **TUNING,
    }
    if archive is not None:
        answer |= {
            "archive_mode": "on",
            "archive_command": _archive_command(archive),
            "archive_timeout": str(ARCHIVE_SECONDS),
        }
    return as_arguments(answer)


def as_arguments(settings: Mapping[str, str]) -> list[str]:
    """Give settings as arguments of `postgres`; of two with one name the later one counts."""
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def _archive_command(archive: Path) -> str:
    """Copy one file of the log beside its goal, have it on the disk, then rename.

    A file that is there already is right only with the same bytes: another cluster's would be a spoiled
    archive, and PostgreSQL then tries again and says so in its log.
    """
    goal = shlex.quote(str(archive)).replace("%", "%%") + "/%f"
    copy = f"cp %p {goal}.part && sync {goal}.part && mv {goal}.part {goal}"
    return f"if test -e {goal}; then cmp -s %p {goal}; else {copy}; fi"


def cluster_path(data_dir: Path, account: Account, system_dir: Path = SYSTEM_DIR) -> Path:
    """Give the place of the cluster of `data_dir`: `data_dir/postgres`.

    Where the server's user cannot reach `data_dir` (root's closed home), `data_dir/postgres` is a link to a
    directory of its own below `system_dir`.
    """
    place = data_dir / "postgres"
    if place.is_symlink() or place.is_dir() or may_pass(data_dir, account):
        return place.resolve()
    clusters = system_dir / "clusters"
    clusters.mkdir(mode=0o711, parents=True, exist_ok=True)
    elsewhere = clusters / secrets.token_hex(8)
    place.symlink_to(elsewhere)
    return elsewhere


def make_cluster(cluster: Path, programs: Path, account: Account, password: str, *, durable: bool) -> None:
    """Run initdb beside `cluster` and rename, so that an interrupted initdb never looks like a cluster.

    Raises ClusterCannotBeMade.
    """
    scratch = Path(tempfile.mkdtemp(prefix=".initdb-", dir=cluster.parent))
    try:
        secret = scratch / "password"
        secret.touch(mode=0o600)
        secret.write_text(password + "\n")
        new = scratch / "cluster"
        for path in (scratch, secret):
            if os.geteuid() == 0:
                os.chown(path, account.uid, account.gid)
        arguments = [str(programs / "initdb"), "-D", str(new), "-U", SUPERUSER, f"--pwfile={secret}"]
        arguments += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-instructions"]
        arguments += [] if durable else ["--no-sync"]
        result = subprocess.run(
            arguments,
            capture_output=True,
            text=True,
            cwd="/",
            env=server_environment(),
            **account.popen_options,
        )
        if result.returncode:
            raise ClusterCannotBeMade(f"initdb as {account.name} failed: {result.stderr.strip()}")
        new.rename(cluster)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def server_environment() -> dict[str, str]:
    """The environment of the server's programs: none of the caller's PG* variables or locale."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True)
class Postmaster:
    """Who runs on a cluster, as its postmaster.pid says."""

    pid: int
    ready: bool


def running_postmaster(cluster: Path) -> Postmaster | None:
    """Read postmaster.pid and check that this process lives and serves `cluster`; None when it is stale."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
        pid = int(lines[0])
    except (OSError, ValueError, IndexError):
        return None
    if not _serves(pid, cluster):
        return None
    return Postmaster(pid, ready=len(lines) > 7 and lines[7].strip() == "ready")


def _serves(pid: int, cluster: Path) -> bool:
    """After a restart of the machine the number in a stale file may belong to anyone: its arguments tell.

    (Not its working directory: in a container root may not read that of another user's process.)
    """
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return str(cluster).encode() in arguments


def stop_orphan(cluster: Path, timeout_seconds: float = 30) -> None:
    """Stop the server that a killed parent left on `cluster`: fast, then at once; drop a stale pid file.

    Call only while holding the lock of the data directory: then nobody else can be starting a server on it.
    """
    for kind, patience in ((signal.SIGINT, timeout_seconds), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
        postmaster = running_postmaster(cluster)
        if postmaster is None:
            break
        with contextlib.suppress(ProcessLookupError):
            os.kill(postmaster.pid, kind)
        _wait_while(lambda: running_postmaster(cluster) is not None, patience)
    # Children of a postmaster that was killed end by themselves, but may still be writing.
    _wait_while(lambda: _memory_attached(cluster), timeout_seconds)
    if running_postmaster(cluster) is None and not _memory_attached(cluster):
        # The server refuses to start when the number in the file is that of any living process of its user.
        (cluster / "postmaster.pid").unlink(missing_ok=True)


def _memory_attached(cluster: Path) -> bool:
    """Whether processes still share the memory segment that postmaster.pid names (key and id, line 7)."""
    try:
        segment = (cluster / "postmaster.pid").read_text().splitlines()[6].split()[1]
        rows = Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
    except (OSError, IndexError):
        return False
    return any(row.split()[1] == segment and int(row.split()[6]) > 0 for row in rows)


def _wait_while(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and condition():
        time.sleep(0.02)
