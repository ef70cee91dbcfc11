"""`canbao erase`: say which personal data may go by the terms of the law, and take it away."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from canbao.commands.options import data_dir_option, settings_with
from canbao.definitions import SERVICES

if TYPE_CHECKING:
    from canbao.context import Platform
    from canbao.retention.terms import Term


@click.command(help="Say which personal data may go by the terms of docs/retention.md; with --yes it goes.")
@data_dir_option
@click.option("--yes", "really", is_flag=True, help="Erase it; without this nothing is changed.")
@click.option("--by", help="Who decided it; stays on record.")
@click.option("--why", help="By which decision; stays on record.")
def command(data_dir: Path | None, really: bool, by: str | None, why: str | None) -> None:
    """While everything runs. What went stands in the audit of each service, under the operation `erase`."""
    from canbao.commands.starting import starting

    if really and not (by and by.strip() and why and why.strip()):
        raise click.UsageError("say who decided it and why: --by NAME --why TEXT; both stay on record")
    with starting():
        asyncio.run(_on_platform(data_dir, (by or "", why or "") if really else None))


async def _on_platform(data_dir: Path | None, decided: tuple[str, str] | None) -> None:
    from canbao.context import Platform

    async with Platform(settings_with(data_dir), join=True, make=False) as platform:
        await platform.hold_to_keys()
        for name in SERVICES:
            await _of_service(platform, name, decided)
    if decided is None:
        click.echo("nothing was changed: with --yes, --by and --why it goes")


async def _of_service(platform: "Platform", name: str, decided: tuple[str, str] | None) -> None:
    from datetime import UTC, datetime

    from canbao.retention.erasing import By, erase, look
    from canbao.sealing import sealing_engine
    from libs.common.clock import business_date

    def tell(term: "Term", rows: int) -> None:
        click.echo(f"{term.name}: {rows} rows", err=True)

    now = datetime.now(UTC)
    async with sealing_engine(platform, name) as engine:
        if decided is not None:
            gone = await erase(engine, name, business_date(now), By(*decided, now), tell)
            click.echo(f"{name}: {gone} rows were erased")
            return
        for found in await look(engine, name, business_date(now)):
            click.echo(f"{found.term.name}: {found.rows} rows of years before {found.first_kept}")
