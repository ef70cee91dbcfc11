"""Brings a copied cluster to a consistent state, or to an instant of its archive, and gives it a password.

It runs alone: no TCP, a Unix socket in a closed directory, so that nobody else can reach it meanwhile.
"""

import asyncio
import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import asyncpg

from libs.common.db.account import Account
from libs.common.db.cluster import (
    SUPERUSER,
    as_arguments,
    running_postmaster,
    server_environment,
    server_options,
)

_PORT = 5432  # of the socket's name alone
_LOG = "postgres.log"


class RecoveryFailed(Exception):
    """The cluster did not come to a consistent state; carries what PostgreSQL said."""


@dataclass(frozen=True)
class Goal:
    """Where to recover to: `archive` is a copied log, `until` an instant of it (its end, when None)."""

    archive: Path | None = None
    until: datetime | None = None


async def recover(
    cluster: Path, programs: Path, account: Account, goal: Goal, password: str, patience_seconds: float
) -> None:
    """Recover `cluster`, set the password of its superuser, and leave it stopped. Raises RecoveryFailed."""
    room = Path(tempfile.mkdtemp(prefix="canbao-recovery-"))
    try:
        process = _launch(cluster, programs, account, goal, room)
        try:
            await _ready(process, cluster, room / _LOG, patience_seconds)
            await _set_password(room, password)
        finally:
            await _end(process)
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _launch(
    cluster: Path, programs: Path, account: Account, goal: Goal, room: Path
) -> "subprocess.Popen[bytes]":
    (room / "pg_hba.conf").write_text("local all all trust\n")
    (room / _LOG).touch()
    theirs = [room, room / "pg_hba.conf"]
    if goal.archive is not None:
        (cluster / "recovery.signal").touch()
        theirs.append(cluster / "recovery.signal")
    if os.geteuid() == 0:
        for path in theirs:
            os.chown(path, account.uid, account.gid)
    with (room / _LOG).open("ab") as output:
        return subprocess.Popen(
            [str(programs / "postgres"), "-D", str(cluster), *_options(room, goal)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env=server_environment(),
            start_new_session=True,
            **account.popen_options,
        )


def _options(room: Path, goal: Goal) -> list[str]:
    alone = {
        "listen_addresses": "",
        "unix_socket_directories": str(room),
        "hba_file": str(room / "pg_hba.conf"),
        "hot_standby": "off",  # nobody is let in before the goal is reached
    }
    if goal.archive is not None:
        where = shlex.quote(str(goal.archive)).replace("%", "%%")
        alone |= {"restore_command": f"cp {where}/%f %p", "recovery_target_action": "promote"}
    if goal.until is not None:
        alone["recovery_target_time"] = goal.until.isoformat()
    return [*server_options(_PORT, durable=True), *as_arguments(alone)]


async def _ready(
    process: "subprocess.Popen[bytes]", cluster: Path, log: Path, patience_seconds: float
) -> None:
    deadline = time.monotonic() + patience_seconds
    while True:
        if process.poll() is not None:
            raise RecoveryFailed(_said(log))
        found = running_postmaster(cluster)
        if found and found.ready and found.pid == process.pid:
            return
        if time.monotonic() > deadline:
            raise RecoveryFailed("it took too long")
        await asyncio.sleep(0.05)


def _said(log: Path) -> str:
    """The complaints of PostgreSQL, without its times and numbers."""
    lines = log.read_text(errors="replace").splitlines()
    told = [line.partition("FATAL:")[2].strip() for line in lines if "FATAL:" in line]
    return "; ".join(dict.fromkeys(told)) or " ".join(lines[-3:])


async def _set_password(room: Path, password: str) -> None:
    connection = await asyncpg.connect(host=str(room), port=_PORT, user=SUPERUSER, database="postgres")
    try:
        literal = await connection.fetchval("SELECT quote_literal($1::text)", password)
        await connection.execute(f"ALTER ROLE {SUPERUSER} PASSWORD {literal}")
    finally:
        await connection.close()


async def _end(process: "subprocess.Popen[bytes]") -> None:
    for end in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if process.poll() is None:
            process.send_signal(end)
            with contextlib.suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(process.wait, 60)
