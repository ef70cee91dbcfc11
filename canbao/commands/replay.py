"""`canbao replay`: play a scenario file against the real services."""

import contextlib
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import click
import uvloop

from canbao.definitions import SEASON
from canbao.embedded_state import SIGNING_KEY
from canbao.process import take
from canbao.replay.play import Driver, play_file
from canbao.replay.run import NotReady, addresses_below, all_in_one, temporary_data_dir
from canbao.replay.scenario import ScenarioInvalid
from canbao.replay.services import Refused
from libs.common.settings import SettingInvalid


def _named(option: str, given: Sequence[str]) -> dict[str, list[str]]:
    """Read `NAME=URL[,URL]`, as often as it is given."""
    addresses = dict[str, list[str]]()
    for item in given:
        name, _, urls = item.partition("=")
        if name not in SEASON or not urls:
            raise click.UsageError(
                f"{option} {item}: write NAME=URL[,URL], NAME is one of {', '.join(SEASON)}"
            )
        addresses[name] = urls.split(",")
    return addresses


def _addresses(url: str | None, service: Sequence[str]) -> dict[str, list[str]]:
    """Read `--url` and `--service NAME=URL[,URL]`."""
    addresses = (addresses_below(url) if url else {}) | _named("--service", service)
    missing = [name for name in SEASON if name not in addresses]
    if missing:
        raise click.UsageError(f"no address for {', '.join(missing)}: give --url, or --service for each")
    return addresses


def _inside(inside: Sequence[str]) -> dict[str, list[str]] | None:
    """Read `--inside NAME=URL[,URL]`; None where it is not given."""
    addresses = _named("--inside", inside)
    missing = [name for name in SEASON if name not in addresses]
    if addresses and missing:
        raise click.UsageError(f"no address for {', '.join(missing)}: give --inside for each")
    return addresses or None


@contextlib.contextmanager
def _driver(url: str | None, service: Sequence[str], data_dir: Path | None) -> Iterator[Driver]:
    """A driver for running services, or for an all-in-one of our own when no address is given."""
    with contextlib.ExitStack() as stack:
        if not url and not service:
            data_dir = data_dir or stack.enter_context(temporary_data_dir())
            url = stack.enter_context(_own(data_dir))
        elif data_dir is None:
            raise click.UsageError("--data-dir says where the signing key and channel secrets are")
        elif not (data_dir / SIGNING_KEY).exists():
            raise click.UsageError(
                f"{data_dir} holds no signing key: --data-dir is that of the services which run there"
            )
        yield Driver(_addresses(url, service), data_dir)


@contextlib.contextmanager
def _own(data_dir: Path) -> Iterator[str]:
    """An all-in-one of our own; why it did not come up is the last line of its log."""
    log = data_dir / "up.log"
    with contextlib.ExitStack() as stack:
        try:
            url = stack.enter_context(all_in_one(data_dir, take(), log))
        except NotReady as error:
            said = log.read_text(errors="replace").strip().splitlines() or [""]
            raise click.ClickException(f"{error}: {said[-1]}") from None
        yield url


@click.command("replay")
@click.argument("scenario", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--url", help="A running all-in-one or reverse proxy; without any address one is started.")
@click.option(
    "--service", multiple=True, metavar="NAME=URL[,URL]", help="Where the instances of one service are."
)
@click.option(
    "--inside",
    multiple=True,
    metavar="NAME=URL[,URL]",
    help="Where they are behind a proxy, to ask whether they have work left; of every service.",
)
@click.option(
    "--ca",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="PEM file of the proxy's authority.",
)
@click.option("--data-dir", type=click.Path(path_type=Path), help="Signing key and channel secrets.")
@click.option(
    "--deliver", default=1, show_default=True, help="Send every channel notification so many times."
)
@click.option("--totals", is_flag=True, help="Print the totals as JSON on standard output.")
@click.option("--quiet", is_flag=True, help="No progress bar.")
def command(
    scenario: Path,
    url: str | None,
    service: tuple[str, ...],
    inside: tuple[str, ...],
    ca: Path | None,
    data_dir: Path | None,
    deliver: int,
    totals: bool,
    quiet: bool,
) -> None:
    """Play a scenario file (docs/replay.md) against the real services."""
    try:
        with _driver(url, service, data_dir) as driver:
            driver = replace(driver, deliveries=deliver, inside=_inside(inside), authority=ca)
            result = uvloop.run(play_file(driver, scenario, show_progress=not quiet))
    except ScenarioInvalid as error:
        raise click.ClickException(f"{scenario}: {error}") from None
    except (Refused, SettingInvalid) as error:
        raise click.ClickException(str(error)) from None
    for surprise in result.played.surprises:
        click.echo(f"{scenario}: {surprise}", err=True)
    if totals:
        click.echo(json.dumps(result.totals, ensure_ascii=False, indent=2, sort_keys=True))
    sys.exit(1 if result.played.surprises else 0)
