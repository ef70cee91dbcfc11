"""`canbao verify`: recompute everything from the stored events, compare, and list what differs."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from canbao.commands.options import data_dir_option, settings_with

if TYPE_CHECKING:
    from canbao.verify.report import Report


@click.command(help="Recompute everything from the stored events and compare; exit 1 when anything differs.")
@data_dir_option
@click.option("--json", "as_json", is_flag=True, help="The findings as one JSON object.")
def command(data_dir: Path | None, as_json: bool) -> None:
    """Reads the databases of all services (of the running embedded server, or by their URLs); writes nothing.

    Run it when no events are under way: what one service has told and another not yet heard differs.
    """
    from canbao.commands.starting import starting
    from canbao.verify.sources import NotMigrated

    with starting():
        try:
            report = asyncio.run(_verify(data_dir, quiet=as_json))
        except NotMigrated as error:
            raise click.ClickException(f"{error}; run `canbao migrate` first") from None
    if as_json:
        click.echo(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        from rich.console import Console

        report.show(Console())
    if not report.clean:
        raise SystemExit(1)


async def _verify(data_dir: Path | None, *, quiet: bool) -> "Report":
    from canbao.context import Platform
    from canbao.verify.run import verify

    def progress(name: str) -> None:
        if not quiet:
            click.echo(f"checking {name} ...", err=True)

    async with Platform(settings_with(data_dir), join=True, make=False) as platform:
        return await verify(platform.urls, platform.notices, progress)
