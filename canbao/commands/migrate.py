"""`canbao migrate`: databases and topics."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from canbao.definitions import SERVICES

if TYPE_CHECKING:
    from libs.common.settings import CommonSettings


@click.command(
    name="migrate", help="Create or upgrade the databases and topics of all or the named services."
)
@click.argument("services", nargs=-1, type=click.Choice(list(SERVICES)))
@click.option(
    "--write-revision", metavar="MESSAGE", help="For developers: write the next revision file instead."
)
def command(services: tuple[str, ...], write_revision: str | None) -> None:
    """Running it again changes nothing; two at once take turns."""
    from canbao.commands.starting import starting

    with starting():
        _run(services or list(SERVICES), write_revision)


def _run(names: Sequence[str], message: str | None) -> None:
    from canbao.migrate import write_revision
    from libs.common.observability.logs import configure_logging
    from libs.common.settings import CommonSettings

    settings = CommonSettings()
    configure_logging(settings.log_level)
    if message is None:
        asyncio.run(_migrate(settings, names))
        return
    for name in names:
        write_revision(name, message)


def _tell(service: str, table: str, done: int) -> None:
    click.echo(f"{service}: sealed {done} rows of {table}")


async def _migrate(settings: "CommonSettings", names: Sequence[str]) -> None:
    from canbao import migrate
    from canbao.context import Platform
    from canbao.sealing import seal

    async with Platform(settings, names=names, join=True) as platform:
        for name in names:
            await migrate.migrate_database(name, platform.urls[name])
            click.echo(f"database of {name} is at its newest revision")
        await seal(platform, names, _tell)
        await platform.start_bus()
        for topic in await migrate.create_topics(platform.bus, settings):
            click.echo(f"topic {topic} exists")
