"""`canbao reconcile`: have services agree again, and tell what only a person can mend."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from canbao.commands.options import data_dir_option, settings_with

if TYPE_CHECKING:
    from canbao.reconcile.mending import Reconciled

_TOLD = 50


@click.command(name="reconcile", help="Have running services agree about events and people.")
@data_dir_option
@click.option(
    "--wait", "seconds", default=60, show_default=True, help="Seconds to wait for services to rest."
)
def command(data_dir: Path | None, seconds: int) -> None:
    """Works while all services run; exit 1 when something is left that only a person can mend."""
    from canbao.commands.starting import starting
    from canbao.reconcile.mending import StillUnderWay
    from canbao.verify.states import name_of

    with starting():
        try:
            done = asyncio.run(_reconcile(data_dir, seconds))
        except StillUnderWay as error:
            raise click.ClickException(str(error)) from None
    for publisher, ids in done.left.unheard.items():
        click.echo(f"{len(ids)} events of {publisher} are still not handled by all: see `canbao bus status`")
    for year in done.left.years[:_TOLD]:
        click.echo(f"{name_of(year.key)} {'; '.join(year.wrong)}")
    if len(done.left.years) > _TOLD:
        click.echo(f"and {len(done.left.years) - _TOLD} more")
    if done.left:
        click.echo("What is left only a person can mend: `canbao verify` tells all of it.", err=True)
        raise SystemExit(1)
    click.echo("all services agree")


async def _reconcile(data_dir: Path | None, seconds: int) -> "Reconciled":
    from canbao.context import Platform
    from canbao.reconcile.mending import reconcile

    def tell(sentence: str) -> None:
        click.echo(sentence, err=True)

    async with Platform(settings_with(data_dir), join=True, make=False) as platform:
        await platform.start_bus()
        return await reconcile(platform, seconds, tell)
