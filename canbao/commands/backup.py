"""`canbao backup`: everything at one instant, into a new directory."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from canbao.commands.options import data_dir_option, settings_with

if TYPE_CHECKING:
    from canbao.backup.manifest import Manifest


@click.command(name="backup", help="Back up all databases at one instant, while everything runs.")
@click.argument("to", type=click.Path(file_okay=False, path_type=Path))
@data_dir_option
@click.option(
    "--keys-to",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the keys of the embedded default into this new file. Keep it apart from the backup.",
)
def command(to: Path, data_dir: Path | None, keys_to: Path | None) -> None:
    """The embedded server is copied as a whole; databases that are configured by URL are dumped."""
    from canbao.commands.starting import starting

    with starting():
        manifest = asyncio.run(_backup(to, data_dir, keys_to))
    size = sum(file.bytes for file in manifest.files.values())
    click.echo(f"backup of {manifest.ended_at:%Y-%m-%d %H:%M:%S%z} in {to}: {size:,} bytes")
    if keys_to is None:
        click.echo("The keys are not in it: keep them apart (--keys-to, or your own settings).", err=True)


async def _backup(to: Path, data_dir: Path | None, keys_to: Path | None) -> "Manifest":
    from canbao.backup.taking import take_backup
    from canbao.context import Platform

    async with Platform(settings_with(data_dir), join=True, make=False) as platform:
        return await take_backup(platform, to, keys_to)
