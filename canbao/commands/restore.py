"""`canbao restore`: a backup into what is empty, as it was or as of an instant, and verified."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from canbao.commands.options import Instant, settings_with

if TYPE_CHECKING:
    from canbao.verify.report import Report
    from libs.common.db.recovery import Goal
    from libs.common.settings import CommonSettings


@click.command(name="restore", help="Restore a backup into what is empty, and verify it.")
@click.argument("source", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="The new data directory [default: $CANBAO_DATA_DIR, else one per user].",
)
@click.option(
    "--keys", type=click.Path(dir_okay=False, path_type=Path), help="What `canbao backup --keys-to` wrote."
)
@click.option(
    "--archive",
    type=click.Path(file_okay=False, path_type=Path),
    help="The archive of `canbao up --archive`: go on from the backup to its end, or to --until.",
)
@click.option("--until", type=Instant(), help="RFC 3339 on the wall clock, e.g. 2026-11-20T08:00:00+08:00.")
def command(
    source: Path, data_dir: Path | None, keys: Path | None, archive: Path | None, until: datetime | None
) -> None:
    """Exit 1 when anything differs afterwards, as `canbao verify` tells it."""
    from rich.console import Console

    from canbao.commands.starting import starting
    from libs.common.db.recovery import Goal

    goal = Goal(archive.absolute() if archive else None, until)
    with starting():
        report = asyncio.run(_restore(settings_with(data_dir), source, goal, keys))
    report.show(Console())
    click.echo(
        "Whoever was erased since the backup is back: run `canbao erasures again LIST --by NAME --why TEXT` "
        "with the newest list of `canbao erasures list`, and `canbao erase` by the terms.",
        err=True,
    )
    if not report.clean:
        click.echo(
            "What was under way between the services at that instant differs until they run: start them, and "
            "run `canbao verify` again when all is quiet.",
            err=True,
        )
        raise SystemExit(1)


async def _restore(settings: "CommonSettings", source: Path, goal: "Goal", keys: Path | None) -> "Report":
    from canbao.backup.restoring import restore_cluster, restore_databases
    from canbao.context import Platform
    from canbao.definitions import SERVICES, definition
    from canbao.migrate import migrate_all
    from canbao.verify.run import verify
    from libs.common.service import service_settings

    given = {name: service_settings(definition(name)).database_url for name in SERVICES}
    urls = {name: url for name, url in given.items() if url is not None}
    if len(urls) == len(SERVICES):
        if keys is not None or goal.archive is not None or goal.until is not None:
            raise click.UsageError("--keys, --archive and --until are for the embedded server")
        await restore_databases(source, urls, settings.pg_programs)
    elif urls:
        raise click.UsageError("set CANBAO_<SERVICE>_DATABASE_URL for every service, or for none")
    else:
        await restore_cluster(source, settings.state_dir, goal, keys)
    async with Platform(settings) as platform:
        services = {name: platform.urls[name] for name in SERVICES}
        await migrate_all(services)
        return await verify(services, platform.notices)
