"""`canbao migrate`: databases and topics."""

import asyncio

import click

from canbao.definitions import NAMES


@click.command(
    name="migrate", help="Create or upgrade the databases and topics of all or the named services."
)
@click.argument("services", nargs=-1, type=click.Choice(NAMES))
@click.option(
    "--write-revision", metavar="MESSAGE", help="For developers: write the next revision file instead."
)
def command(services: tuple[str, ...], write_revision: str | None) -> None:
    """Running it again changes nothing; two at once take turns."""
    from canbao import migrate
    from canbao.commands.starting import starting
    from libs.common.settings import CommonSettings

    names = services or NAMES
    settings = CommonSettings()
    with starting(settings):
        if write_revision:
            for name in names:
                migrate.write_revision(name, write_revision)
            return
        asyncio.run(_migrate(settings, names))


async def _migrate(settings, names) -> None:
    from canbao import migrate
    from canbao.context import Platform

    async with Platform(settings, names=names, join=True) as platform:
        for name in names:
            await migrate.migrate_database(name, platform.urls[name])
            click.echo(f"database of {name}: at its newest revision")
        await platform.start_bus()
        for topic in await migrate.create_topics(platform.bus, settings, names):
            click.echo(f"topic {topic}: there")
