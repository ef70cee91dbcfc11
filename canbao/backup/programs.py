"""Runs the programs of PostgreSQL that read and write backups: pg_basebackup, pg_dump, pg_restore."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import URL, make_url

from canbao.backup.manifest import BackupRefused
from libs.common.db.account import account_of
from libs.common.db.binaries import programs
from libs.common.db.cluster import server_environment
from libs.common.db.engine import plain_url

#: What a line of their complaint may take.
_LONGEST = 500


async def run_program(name: str, url: str, arguments: Sequence[str], directory: Path | None = None) -> None:
    """Run a program against the database at `url`, whose password no list of processes shows.

    It is the wheel's, unless `directory` says where others are. Raises BackupRefused with what it said.
    """
    target = make_url(plain_url(url))
    environment = server_environment() | ({"PGPASSWORD": str(target.password)} if target.password else {})
    place = directory
    if place is None:
        place = await asyncio.to_thread(programs, account_of(os.geteuid()))
    try:
        process = await asyncio.create_subprocess_exec(
            str(place / name),
            f"--dbname={_without_password(target)}",
            "--no-password",
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
        )
    except OSError as error:
        raise BackupRefused(f"{place / name} cannot be run ({error.strerror})") from None
    _, said = await process.communicate()
    if process.returncode:
        reason = " ".join(said.decode(errors="replace").split())[-_LONGEST:]
        raise BackupRefused(f"{name} of {target.host}/{target.database} failed: {reason}")


def _without_password(target: URL) -> str:
    """As libpq reads it: what asyncpg calls `ssl` is `sslmode` there."""
    query = {"sslmode" if name == "ssl" else name: value for name, value in target.query.items()}
    plain = URL.create(
        "postgresql", target.username, None, target.host, target.port, target.database, query=query
    )
    return plain.render_as_string(hide_password=False)
