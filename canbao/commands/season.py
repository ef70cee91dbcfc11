"""`canbao season`: opens the next season with everybody who was insured the year before."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from canbao.commands.options import data_dir_option, settings_with

if TYPE_CHECKING:
    from services.registration.seasons.store import Opening
    from services.registration.settings import RegistrationContext

_PAUSE_SECONDS = 1.0


@click.group(name="season", help="Open the next season.")
def command() -> None:
    """Works on the database of registration, whether its service runs or not."""


@command.command(
    name="open",
    short_help="Enroll everybody who was insured the year before.",
    help="Enroll for coverage YEAR everybody of COUNTY who was insured the year before and is in the scope "
    "of its notice. Again it takes in who was insured since, and nobody twice.",
)
@click.argument("county")
@click.argument("year", type=click.IntRange(2000, 2100))
@click.option("--by", default="canbao season open", help="Who opens it; stays on record.")
@data_dir_option
def open_(county: str, year: int, by: str, data_dir: Path | None) -> None:
    """Show how far it is; a running service helps, and goes on with what is left when this is stopped."""
    from canbao.commands.starting import starting

    with starting():
        done = asyncio.run(_open(county, year, by, data_dir))
    click.echo(
        f"{county}/{year}: {done.enrolled} enrolled, {done.enrolled_before} were already, "
        f"{done.left_out} left out (GET /v1/season-openings/{county}/{year}/left-out says why)"
    )


async def _open(county: str, year: int, by: str, data_dir: Path | None) -> "Opening":
    from canbao.context import Platform
    from services.registration.seasons import store
    from services.registration.seasons.opening import open_step

    async with Platform(settings_with(data_dir), join=True, make=False) as platform:
        await platform.hold_to_keys()
        context = cast("RegistrationContext", platform.context("registration"))
        if (flaw := context.notices.fault_of(county, year)) is not None:
            raise click.ClickException(f"the notice {county}/{year} is not in force: {flaw}")
        if (county, year) not in context.notices:
            raise click.ClickException(
                f"there is no notice {county}/{year}: draft it with `canbao policy new {county} {year} "
                f"--from {year - 1}`"
            )
        async with context.engine.begin() as conn:
            opening = await store.start(conn, county, year, by, context.clock.now())
        while opening.state == "running":
            if await open_step(context) is None:
                await asyncio.sleep(_PAUSE_SECONDS)  # a service is at work on it
            async with context.engine.connect() as conn:
                opening = await store.one(conn, county, year) or opening
            click.echo(f"{opening.people_done} of {opening.people_total}", err=True)
        return opening
