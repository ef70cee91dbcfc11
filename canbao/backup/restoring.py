"""Restores a backup, only into what is empty, and leaves nothing half restored."""

import os
import secrets
import shutil
import tarfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from canbao.backup.keys_file import put_keys, read_keys
from canbao.backup.manifest import BackupRefused, Manifest, proven
from canbao.backup.programs import run_program
from canbao.definitions import SERVICES
from canbao.embedded_state import EmbeddedState
from libs.common.db.account import Account, make_private, server_account
from libs.common.db.binaries import programs as programs_of
from libs.common.db.cluster import cluster_path
from libs.common.db.embedded import write_private
from libs.common.db.engine import plain_url
from libs.common.db.recovery import Goal, RecoveryFailed, recover

#: A long archive takes its time; who waits longer than this has a broken one.
RECOVERY_SECONDS = 6 * 3600.0
#: Ids that the lost future may have given out: what consumers remember of them must not meet new events.
IDS_LEFT_OUT = 1_000_000_000

_TABLES = """
    SELECT count(*) FROM pg_class
    WHERE relkind IN ('r', 'p') AND relnamespace NOT IN (
        SELECT oid FROM pg_namespace WHERE nspname LIKE 'pg\\_%' OR nspname = 'information_schema')
"""
_GO_ON = """
    DO $$ BEGIN
        EXECUTE format('ALTER TABLE outbox ALTER id RESTART WITH %s',
                       (SELECT coalesce(max(id), 0) FROM outbox) + {});
        UPDATE outbox SET transaction_id = pg_current_xact_id()::text::bigint;
        UPDATE outbox_cursor SET seen = NULL, target = NULL, last_id = 0, owner = NULL;
    END $$
"""


async def restore_cluster(source: Path, data_dir: Path, goal: Goal, keys: Path | None = None) -> Manifest:
    """Restore an embedded server into the empty `data_dir`, as it was at the backup or at the goal's instant.

    Raises BackupRefused.
    """
    manifest = proven(source)
    if manifest.kind != "cluster":
        raise BackupRefused(
            f"{source} holds dumps of databases: set CANBAO_<SERVICE>_DATABASE_URL of every service to an "
            "empty database"
        )
    _check_goal(goal, manifest)
    texts = read_keys(keys, manifest) if keys is not None else {}
    _make_new(data_dir)
    try:
        await _restore_into(source, data_dir / "postgresql", goal, manifest)
        put_keys(EmbeddedState(data_dir), texts)
    except BaseException:
        _clear(data_dir)
        raise
    return manifest


def _make_new(data_dir: Path) -> None:
    if data_dir.exists() and (not data_dir.is_dir() or any(data_dir.iterdir())):
        raise BackupRefused(f"{data_dir} is not empty: restore into a new directory, with --data-dir")
    make_private(data_dir)


def _check_goal(goal: Goal, manifest: Manifest) -> None:
    if goal.archive is not None and not goal.archive.is_dir():
        raise BackupRefused(f"the archive {goal.archive} is no directory: give the one that `canbao up` had")
    if goal.until is None:
        return
    if goal.archive is None:
        raise BackupRefused("--until needs the archive of the log: give its directory with --archive")
    if goal.until < manifest.ended_at:
        raise BackupRefused(
            f"the backup ended at {manifest.ended_at.isoformat()}, after --until: take an earlier backup"
        )
    if goal.until > datetime.now(UTC):
        raise BackupRefused("--until lies in the future: leave it out to recover to the end of the archive")


async def _restore_into(source: Path, server_dir: Path, goal: Goal, manifest: Manifest) -> None:
    make_private(server_dir)
    account = server_account(server_dir / "postgres")
    bin_dir = programs_of(account)
    cluster = cluster_path(server_dir, account)
    cluster.mkdir(mode=0o700)
    _extract(source / "base.tar.gz", cluster)
    (cluster / "pg_wal").mkdir(exist_ok=True)
    _extract(source / "pg_wal.tar.gz", cluster / "pg_wal")
    found = (cluster / "PG_VERSION").read_text().strip()
    if found != str(manifest.postgresql):
        raise BackupRefused(f"the backup is of PostgreSQL {found}: restore it with the Canbao that took it")
    _give(cluster, account)
    password = secrets.token_urlsafe(32)
    try:
        await recover(cluster, bin_dir, account, goal, password, RECOVERY_SECONDS)
    except RecoveryFailed as error:
        raise BackupRefused(_advice(goal, str(error))) from None
    write_private(server_dir / "postgres.password", password)


def _advice(goal: Goal, said: str) -> str:
    if "before configured recovery target" in said:
        return (
            "the archive ends before --until: choose an earlier instant, or leave --until out to recover to "
            "its end"
        )
    hint = ": is the archive whole, and can the server's user read it?" if goal.archive else ""
    return f"PostgreSQL could not recover the backup ({said}){hint}"


def _extract(archive: Path, into: Path) -> None:
    with tarfile.open(archive) as tar:
        tar.extractall(into, filter="data")


def _give(cluster: Path, account: Account) -> None:
    """Give the cluster to the user who runs its server, and close it to all others."""
    for directory, _, files in os.walk(cluster):
        for path in (Path(directory), *(Path(directory) / name for name in files)):
            path.chmod(0o700 if path.is_dir() else 0o600)
            if os.geteuid() == 0:
                os.chown(path, account.uid, account.gid)


def _clear(data_dir: Path) -> None:
    """Take away what a failed restore left; the directory was empty before."""
    linked = data_dir / "postgresql" / "postgres"
    if linked.is_symlink():
        shutil.rmtree(linked.resolve(), ignore_errors=True)
    for path in data_dir.iterdir():
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


async def restore_databases(source: Path, urls: Mapping[str, str], programs: Path | None = None) -> Manifest:
    """Restore the dumps of the services into their empty databases. Raises BackupRefused.

    Events are published once more when the services run; those who had handled them drop them.
    """
    manifest = proven(source)
    if manifest.kind != "databases":
        raise BackupRefused(
            f"{source} is a backup of an embedded server: restore it without CANBAO_<SERVICE>_DATABASE_URL, "
            "into a new --data-dir"
        )
    for name in SERVICES:
        if await _has_tables(urls[name]):
            raise BackupRefused(f"the database of {name} is not empty: restore into new databases")
    # A service that came after the backup was taken begins with an empty database.
    for name in (name for name in SERVICES if (source / f"{name}.dump").exists()):
        how = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
        await run_program("pg_restore", urls[name], [*how, str(source / f"{name}.dump")], programs)
        await _go_on(urls[name])
    return manifest


async def _has_tables(url: str) -> bool:
    connection = await asyncpg.connect(plain_url(url))
    try:
        return bool(await connection.fetchval(_TABLES))
    finally:
        await connection.close()


async def _go_on(url: str) -> None:
    """Have new events begin far above all that the lost future gave out, and old ones be published again.

    The transactions that wrote them are numbers of another server: they count as of this one.
    """
    connection = await asyncpg.connect(plain_url(url))
    try:
        await connection.execute(_GO_ON.format(IDS_LEFT_OUT))
    finally:
        await connection.close()
