"""`canbao backup`: everything at one instant, into a new directory."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from canbao.backup.manifest import Manifest


@click.command(name="backup", help="Back up all databases at one instant, while everything runs.")
@click.argument("to", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="The data directory of the embedded default [default: $CANBAO_DATA_DIR, else one per user].",
)
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
    from libs.common.observability.logs import configure_logging
    from libs.common.settings import CommonSettings

    settings = CommonSettings()
    if data_dir is not None:
        settings.data_dir = data_dir
    configure_logging(settings.log_level)
    async with Platform(settings, join=True) as platform:
        return await take_backup(platform, to, keys_to)
