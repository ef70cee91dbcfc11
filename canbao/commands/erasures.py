"""`canbao erasures`: who may be erased and why others stay, who was, and again after an older backup."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

import click
from pydantic import TypeAdapter, ValidationError

from canbao.commands.options import data_dir_option, settings_with

if TYPE_CHECKING:
    from services.registration.settings import RegistrationContext

Result = TypeVar("Result")

_AT_ONCE = 1_000
_LIST = TypeAdapter(list[int])


@click.group(name="erasures", help="Who may be erased by the terms of docs/retention.md, and who was.")
def command() -> None:
    """Works on the database of registration, whether its service runs or not."""


@command.command(help="Print the ids of people whose time of keeping is over, and why others stay.")
@click.option("--county", help="Of this county alone.")
@data_dir_option
def due(county: str | None, data_dir: Path | None) -> None:
    """Nothing is changed: each is erased by an operation that two persons agree to."""
    _run(data_dir, lambda context: _due(context, county))


@command.command(name="list", help="Write the ids of everybody who was erased into the new file TO.")
@click.argument("to", type=click.Path(dir_okay=False, path_type=Path))
@data_dir_option
def list_(to: Path, data_dir: Path | None) -> None:
    """To be kept apart from the backups: `canbao erasures again` needs it after a restore."""
    if to.exists():
        raise click.ClickException(f"{to} exists: choose a new file")
    found = _run(data_dir, _erased)
    try:
        to.write_text(json.dumps(found) + "\n")
    except OSError as error:
        raise click.ClickException(f"{to} cannot be written: {error.strerror}; choose another file") from None
    click.echo(f"{len(found)} people were erased; keep {to} apart from the backups", err=True)


@command.command(help="Erase again who is in the file LISTED, after a backup of before was restored.")
@click.argument("listed", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--by", required=True, help="Who does it; stays on record.")
@click.option("--why", required=True, help="After which restore; stays on record.")
@data_dir_option
def again(listed: Path, by: str, why: str, data_dir: Path | None) -> None:
    """Two persons agreed to each already. Whose time is not over by what is on record now stays."""
    if not by.strip() or not why.strip():
        raise click.UsageError("say who does it and why: --by NAME --why TEXT; both stay on record")
    try:
        people = _LIST.validate_json(listed.read_bytes())
    except ValidationError:
        raise click.ClickException(f"{listed} holds no list as `canbao erasures list` writes it") from None
    _run(data_dir, lambda context: _again(context, people, by, why))


def _run(data_dir: Path | None, work: "Callable[[RegistrationContext], Awaitable[Result]]") -> Result:
    from canbao.commands.starting import starting

    async def on_platform() -> Result:
        async with _registration(data_dir) as context:
            return await work(context)

    with starting():
        return asyncio.run(on_platform())


@asynccontextmanager
async def _registration(data_dir: Path | None) -> "AsyncIterator[RegistrationContext]":
    from canbao.context import Platform

    async with Platform(settings_with(data_dir), join=True, make=False) as platform:
        await platform.hold_to_keys()
        yield cast("RegistrationContext", platform.context("registration"))


async def _due(context: "RegistrationContext", county: str | None) -> None:
    from libs.common.clock import business_date
    from services.registration.erasures import store

    today = business_date(datetime.now(UTC))
    wanted = store.Wanted(county, "0" * 12, "9" * 12, False)
    kept, after = Counter[tuple[date, str]](), 0
    async with context.engine.connect() as conn:
        while rows := await store.page(conn, wanted, today, after, _AT_ONCE):
            for one in rows:
                if one.until <= today:
                    click.echo(f"person {one.person_id} of {one.county}: since {one.until.isoformat()}")
                else:
                    kept[one.until, one.because] += 1
            after = rows[-1].person_id
    for (until, because), number in sorted(kept.items()):
        click.echo(f"{number} people stay until {until.isoformat()}. {because}", err=True)


async def _erased(context: "RegistrationContext") -> list[int]:
    from services.registration.erasures import store

    async with context.engine.connect() as conn:
        return await store.erased(conn)


async def _again(context: "RegistrationContext", people: list[int], by: str, why: str) -> None:
    from services.registration.erasures.erasing import erase_again

    told: Counter[str] = Counter()
    for person_id in people:
        async with context.engine.begin() as conn:
            became = await erase_again(conn, person_id, by, why, datetime.now(UTC))
        told[became] += 1
        if became == "kept":
            click.echo(
                f"person {person_id} is kept by law: somebody else has the id now, or data came", err=True
            )
    click.echo(
        f"{told['erased']} people were erased again, {told['unknown']} are erased or not on record, "
        f"{told['kept']} are kept by law"
    )
