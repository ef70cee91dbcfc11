"""`canbao lookups`: print who looked whom up, with what they wrote about it."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from canbao.commands.options import Instant, data_dir_option, settings_with
from canbao.definitions import SERVICES

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine


@click.command(help="Print the audit of one service as lines of JSON, with the notes that lie sealed.")
@data_dir_option
@click.option("--service", type=click.Choice(list(SERVICES)), required=True, help="Whose audit.")
@click.option("--person", type=int, help="Only who looked at this person, by id.")
@click.option("--since", type=Instant(), help="Only from this instant on.")
@click.option("--by", required=True, help="Who reads it; stays on record.")
def command(data_dir: Path | None, service: str, person: int | None, since: datetime | None, by: str) -> None:
    """While everything runs. Reading the audit stands in it, too, as the operation `lookups`."""
    from canbao.commands.starting import starting

    if not by.strip():
        raise click.UsageError("say who reads it: --by NAME; it stays on record")
    with starting():
        asyncio.run(_print(data_dir, service, person, since, by))


async def _print(
    data_dir: Path | None, service: str, person: int | None, since: datetime | None, by: str
) -> None:
    from canbao.context import Platform
    from canbao.sealing import sealing_engine

    async with Platform(settings_with(data_dir), join=True, make=False) as platform:
        await platform.hold_to_keys()
        async with sealing_engine(platform, service) as engine:
            await print_lookups(engine, person, since, by)


async def print_lookups(engine: "AsyncEngine", person: int | None, since: datetime | None, by: str) -> None:
    """Print what is on record; whoever stops it after a line has read, too, and stands there already."""
    from libs.common.security.audit import read_lookups, record_lookup
    from libs.common.security.caller import Caller

    people = [] if person is None else [person]
    reader = Caller(by, frozenset(), "", "operator")
    async with engine.begin() as conn:
        await record_lookup(conn, reader, operation="lookups", at=datetime.now(UTC), person_ids=people)
    async with engine.connect() as conn:
        async for row in read_lookups(conn, person, since):
            click.echo(json.dumps(row, ensure_ascii=False, default=str))
