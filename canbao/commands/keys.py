"""`canbao keys`: the keys with which personal data is sealed."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from canbao.commands.options import data_dir_option, settings_with
from canbao.definitions import SERVICES

if TYPE_CHECKING:
    from canbao.context import Platform


@click.group(name="keys", help="List and rotate the keys with which personal data is sealed.")
def command() -> None:
    """Of the databases that are configured, or of the embedded server, which may be running."""


@command.command(name="list", help="The data keys of every database, by their fingerprints.")
@data_dir_option
def list_(data_dir: Path | None) -> None:
    """Which key seals, which ones only open, and what wraps them."""
    _run(data_dir, "list")


@command.command(help="Seal what an earlier release left clear; `canbao migrate` and `canbao up` do so, too.")
@data_dir_option
def seal(data_dir: Path | None) -> None:
    """It may be stopped: it goes on with what is left."""
    _run(data_dir, "seal")


@command.command(help="Give every database a new data key and seal everything with it, while all runs.")
@data_dir_option
@click.option(
    "--sealing-key",
    is_flag=True,
    help="Of the embedded default: also make a new sealing key, which wraps the data keys.",
)
def rotate(data_dir: Path | None, sealing_key: bool) -> None:
    """It may be stopped: called again, it goes on with what is left.

    The key before still opens what it sealed; older ones are dropped.
    """
    _run(data_dir, "rotate", sealing_key)


def _run(data_dir: Path | None, what: str, sealing_key: bool = False) -> None:
    from canbao.commands.starting import starting

    with starting():
        asyncio.run(_on_platform(data_dir, what, sealing_key))


async def _on_platform(data_dir: Path | None, what: str, sealing_key: bool) -> None:
    from canbao.context import Platform

    async with Platform(settings_with(data_dir), join=True, make=False) as platform:
        if what == "list":
            await _list(platform)
            return
        await platform.hold_to_keys()
        await (_rotate(platform, sealing_key) if what == "rotate" else _seal(platform))


async def _list(platform: "Platform") -> None:
    from datetime import UTC, datetime

    from canbao.sealing import keys_of

    for name in SERVICES:
        found = await keys_of(platform, name)
        if not found.keys:
            click.echo(f"{name}: nothing was sealed yet")
        sealing = [key for key in found.keys if key.purpose == "sealing"]
        active = [key for key in sealing if key.active_from <= datetime.now(UTC)]
        for key in found.keys:
            seals = "seals" if key in active[-1:] else "seals soon" if key not in active else "opens"
            does = "makes digests" if key.purpose == "searching" else seals
            since = key.active_from.astimezone().isoformat(timespec="seconds")
            click.echo(f"{name}: {key.key_id} {does}, since {since}, wrapped by {key.wrapped.wrapper}")
        if found.waiting:
            click.echo(f"{name}: a rotation is under way, still to come: {', '.join(found.waiting)}")


async def _seal(platform: "Platform") -> None:
    from canbao.sealing import seal

    await seal(platform, SERVICES, _tell)
    click.echo("everything is sealed")


async def _rotate(platform: "Platform", sealing_key: bool) -> None:
    from canbao.sealing import rotate

    if sealing_key:
        platform.change_sealing_key(keep=1)
    click.echo("in half a minute every process knows the new keys; then all is sealed with them")
    begun = await rotate(platform, SERVICES, _tell)
    if sealing_key:
        platform.change_sealing_key(keep=0)
    for name, new in begun.items():
        click.echo(f"{name}: {'everything is sealed with a new key' if new else 'the rotation is finished'}")


def _tell(service: str, table: str, done: int) -> None:
    click.echo(f"{service}: {done} rows of {table}", err=True)
