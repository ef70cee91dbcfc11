"""`canbao bus`: what an operator sees of events, and does about those that could not be handled."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from canbao.commands.options import Instant, data_dir_option, settings_with
from canbao.definitions import SERVICES

if TYPE_CHECKING:
    from canbao.context import Platform
    from libs.common.bus.operations import Letter

Found = TypeVar("Found")

_names = click.Choice(list(SERVICES))
_service = click.option("--service", type=_names, help="Only this service (default: all).")
_one_service = click.option("--service", type=_names, required=True, help="The service that parked it.")


@click.group(name="bus", help="Look at dead letters and lag, and publish events again.")
def command() -> None:
    """Works on the same databases and bus as the services, whether they run or not."""


@command.command(help="Events not published, not handled, and parked, by service.")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
@data_dir_option
def status(data_dir: Path | None, as_json: bool) -> None:
    """Exit 1 when a message is parked, so that monitoring may call it."""
    found = _run(_status, data_dir)
    if as_json:
        click.echo(json.dumps(found))
    else:
        for name, numbers in found.items():
            click.echo(f"{name}: " + ", ".join(f"{label} {number}" for label, number in numbers.items()))
    if any(numbers["parked"] for numbers in found.values()):
        raise SystemExit(1)


async def _status(platform: "Platform") -> dict[str, dict[str, int]]:
    from canbao.definitions import definition
    from libs.common.bus.dead_letters import count_open

    await platform.start_bus()
    found = {}
    for name in SERVICES:
        context = platform.context(name)
        definition(name).workers(context)  # not run: they register what they have pending
        pending = (await context.backlog.snapshot())["pending"]
        async with context.engine.connect() as conn:
            parked = {state: int(number) for state, number in (await count_open(conn)).items()}
        found[name] = {"outbox": pending.get("outbox", 0), "lag": pending.get("lag", 0), **parked}
    return found


@command.command(name="dead-letters", help="Messages that could not be handled, with the reason.")
@_service
@click.option("--all", "every", is_flag=True, help="Also those that were handled or discarded since.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, with the place in the code.")
@data_dir_option
def dead_letters(data_dir: Path | None, service: str | None, every: bool, as_json: bool) -> None:
    """List them oldest first; payloads stay in the database."""
    states = ("parked", "retrying", "handled", "discarded") if every else ("parked", "retrying")

    async def listing(platform: "Platform") -> None:
        from libs.common.bus.operations import letters

        for name in _named(service):
            after = 0
            async with platform.context(name).engine.connect() as conn:
                while page := await letters(conn, states, after):
                    for letter in page:
                        click.echo(_line(name, letter, as_json))
                    after = page[-1].id

    _run(listing, data_dir)


def _line(service: str, letter: "Letter", as_json: bool) -> str:
    if as_json:
        return json.dumps({"service": service, **asdict(letter), "parked_at": letter.parked_at.isoformat()})
    return (
        f"{service} {letter.id} {letter.state} since {letter.parked_at:%Y-%m-%d %H:%M}: {letter.type} "
        f"{letter.source}#{letter.event_id} key {letter.key}, {letter.attempts} attempts. {letter.reason}"
    )


@command.command(help="Have the running service try parked messages again: all, or those with the given ids.")
@_service
@click.option("--wait", "seconds", default=30, show_default=True, help="Seconds to wait for the outcome.")
@click.argument("ids", nargs=-1, type=int)
@data_dir_option
def retry(data_dir: Path | None, service: str | None, ids: tuple[int, ...], seconds: int) -> None:
    """Exit 1 when one failed again or nobody has tried it yet."""
    if ids and service is None:
        raise click.UsageError("ids are counted per service: name it with --service")
    outcomes = _run(lambda platform: _retry(platform, _named(service), ids or None, seconds), data_dir)
    for name, states in outcomes.items():
        click.echo(f"{name}: " + (", ".join(f"{n} {s}" for s, n in states.items()) or "nothing was parked"))
    if any(states.get("parked") or states.get("retrying") for states in outcomes.values()):
        raise SystemExit(1)


async def _retry(
    platform: "Platform", names: Sequence[str], ids: Sequence[int] | None, seconds: float
) -> dict[str, dict[str, int]]:
    from libs.common.bus import operations

    asked, engines = {}, {name: platform.context(name).engine for name in names}
    for name, engine in engines.items():
        async with engine.begin() as conn:
            asked[name] = await operations.ask_retry(conn, ids)
    deadline = time.monotonic() + seconds
    while True:
        outcomes = {}
        for name, engine in engines.items():
            async with engine.connect() as conn:
                outcomes[name] = await operations.outcome(conn, asked[name])
        waiting = any(states.get("retrying") for states in outcomes.values())
        if not waiting or time.monotonic() > deadline:
            return outcomes
        await asyncio.sleep(0.2)


@command.command(help="Give up on one parked message for good; those behind it are tried.")
@_one_service
@click.option("--why", required=True, help="Kept with the message.")
@click.argument("letter_id", metavar="ID", type=int)
@data_dir_option
def discard(data_dir: Path | None, service: str, why: str, letter_id: int) -> None:
    """Exit 1 when no such message is parked."""

    async def discarding(platform: "Platform") -> bool:
        from libs.common.bus import operations

        async with platform.context(service).engine.begin() as conn:
            return await operations.discard(conn, letter_id, why)

    if not _run(discarding, data_dir):
        raise click.ClickException(f"{service} has no parked message {letter_id}")
    click.echo(f"{service}: message {letter_id} is discarded")


@command.command(help="Publish again what was published since an instant; nothing takes effect twice.")
@_service
@click.option(
    "--since", required=True, type=Instant(), help="RFC 3339, for example 2026-11-20T08:00:00+08:00."
)
@data_dir_option
def replay(data_dir: Path | None, service: str | None, since: datetime) -> None:
    """For a bus that has lost messages it had acknowledged."""

    async def replaying(platform: "Platform") -> None:
        from libs.common.bus.operations import republish

        await platform.start_bus()
        for name in _named(service):
            number = await republish(platform.context(name).engine, platform.bus, name, since)
            click.echo(f"{name}: {number} events published again")

    _run(replaying, data_dir)


def _named(service: str | None) -> Sequence[str]:
    return list(SERVICES) if service is None else (service,)


def _run(work: "Callable[[Platform], Awaitable[Found]]", data_dir: Path | None) -> Found:
    """Do `work` with the platform's databases; the embedded server is joined if it runs."""
    from canbao.commands.starting import starting

    async def working() -> Found:
        async with _platform(data_dir) as platform:
            return await work(platform)

    with starting():
        return asyncio.run(working())


@asynccontextmanager
async def _platform(data_dir: Path | None) -> "AsyncIterator[Platform]":
    from canbao.context import Platform

    async with Platform(settings_with(data_dir), join=True, make=False) as platform:
        yield platform
