"""Takes a backup: of the embedded server as a whole, or of the services' databases at one instant."""

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from canbao.backup.cut import consistent_cut
from canbao.backup.keys_file import write_keys
from canbao.backup.manifest import BackupRefused, Manifest, files_of, running_version, write
from canbao.backup.programs import run_program
from canbao.context import Platform
from canbao.definitions import SERVICES
from libs.common.db.engine import create_engine, plain_url
from libs.common.db.known_keys import known_keys, remembers_keys
from libs.common.db.sealing import stored_keys


async def take_backup(platform: Platform, to: Path, keys_to: Path | None = None) -> Manifest:
    """Write a backup of everything into the new directory `to`. Raises BackupRefused.

    The embedded server, whether or not `canbao up` runs on it, is copied by pg_basebackup; databases that
    are configured by URL are dumped by pg_dump.
    """
    embedded = _is_embedded(platform)
    if keys_to is not None and not embedded:
        raise BackupRefused("--keys-to is for the embedded server; your keys are in your own settings")
    _make_new(to, platform.settings.state_dir)
    try:
        if keys_to is not None:
            write_keys(platform.state, keys_to, to)
        begun_at = datetime.now(UTC)
        if embedded:
            await _copy_cluster(platform, to)
        else:
            await _dump_databases(platform.urls, to, platform.settings.pg_programs)
        manifest = Manifest(
            kind="cluster" if embedded else "databases",
            canbao=running_version(),
            postgresql=await _postgresql(platform.urls["ledger"]),
            begun_at=begun_at,
            ended_at=datetime.now(UTC),
            keys={name: await _fingerprints(platform.urls[name]) for name in SERVICES},
            files=files_of(to),
        )
        write(to, manifest)
    except BaseException:
        shutil.rmtree(to, ignore_errors=True)
        raise
    return manifest


def _is_embedded(platform: Platform) -> bool:
    """Whether all databases are of the embedded server; some here and some there have no common instant."""
    by_url = [settings.database_url is not None for settings in platform.service_settings.values()]
    if all(by_url):
        return False
    if any(by_url):
        raise BackupRefused(
            "some databases are configured by URL and others not: back up with CANBAO_<SERVICE>_DATABASE_URL "
            "set for all services, or for none"
        )
    return True


def _make_new(to: Path, data_dir: Path) -> None:
    if to.resolve().is_relative_to(data_dir.resolve()):
        raise BackupRefused(
            f"{to} lies in the data directory and would be lost with it: choose another place"
        )
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise BackupRefused(f"{to} is not empty: a backup goes into a new directory")
    try:
        to.mkdir(mode=0o700, parents=True, exist_ok=True)
        to.chmod(0o700)
    except OSError as error:
        raise BackupRefused(f"{to} cannot be made ({error.strerror}): choose another place") from None


async def _copy_cluster(platform: Platform, to: Path) -> None:
    assert platform.server is not None, "only an embedded server is copied"
    how = ["--format=tar", "--compress=gzip:1", "--wal-method=stream", "--checkpoint=fast"]
    await run_program("pg_basebackup", platform.server.url("postgres"), [f"--pgdata={to}", *how])


async def _dump_databases(urls: Mapping[str, str], to: Path, programs: Path | None) -> None:
    async with consistent_cut({name: urls[name] for name in SERVICES}) as snapshots:
        for name, snapshot in snapshots.items():
            how = ["--format=custom", "--compress=gzip:1", "--no-owner", "--no-privileges"]
            how += [f"--snapshot={snapshot}", f"--file={to / name}.dump"]
            await run_program("pg_dump", urls[name], how, programs)


async def _postgresql(url: str) -> int:
    connection = await asyncpg.connect(plain_url(url))
    try:
        return connection.get_server_version().major
    finally:
        await connection.close()


async def _fingerprints(url: str) -> Mapping[str, str]:
    engine = create_engine(url, name="canbao-backup", pool_size=1)
    try:
        async with engine.connect() as conn:
            known = await known_keys(conn) if await remembers_keys(conn) else {}
            wrappers = {key.wrapped.wrapper for key in await stored_keys(conn)}
            return {**known, **{f"sealing key {wrapper}": wrapper for wrapper in wrappers}}
    finally:
        await engine.dispose()
