"""Plays a whole file: checks it, plays it with progress, and asks for the totals."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from canbao.replay.channels import Books, Channels
from canbao.replay.credentials import tokens
from canbao.replay.player import Played, Player
from canbao.replay.scenario import Season, Step, read_steps, seasons_of
from canbao.replay.services import Services
from canbao.replay.steps import Desk
from canbao.replay.totals import SeasonTotals, season_totals

_OnStep = Callable[[Step], None]
_OnPending = Callable[[int], None]


@dataclass(frozen=True)
class Driver:
    """Where the services are, and the data directory with the keys and secrets of a replay.

    `inside` and `authority` are for services behind a proxy: see Services.
    """

    addresses: Mapping[str, Sequence[str]]
    data_dir: Path
    deliveries: int = 1
    inside: Mapping[str, Sequence[str]] | None = None
    authority: Path | None = None


@dataclass(frozen=True)
class Result:
    """What was played, and the totals of every season the scenario touched."""

    played: Played
    totals: dict[str, SeasonTotals]


async def play_file(
    driver: Driver,
    scenario: Path,
    *,
    show_progress: bool = True,
    label: str = "season",
    books: Books | None = None,
) -> Result:
    """Check every line first, then play; raise ScenarioInvalid before anything is sent.

    What channels took is entered in `books`.
    """
    count, seasons = _survey(scenario)
    async with Services(
        driver.addresses, tokens(driver.data_dir), inside=driver.inside, authority=driver.authority
    ) as services:
        desk = Desk(services, Channels(driver.data_dir, books), driver.deliveries)
        with _progress(label, count, show_progress) as (on_step, on_pending):
            player = Player(services, desk, on_step=on_step, on_pending=on_pending)
            with scenario.open(encoding="utf-8") as lines:
                played = await player.play(read_steps(lines))
        return Result(played, await season_totals(services, sorted(seasons)))


def _survey(scenario: Path) -> tuple[int, set[Season]]:
    """Count the steps and find the seasons they touch."""
    count, seasons = 0, set[Season]()
    with scenario.open(encoding="utf-8") as lines:
        for step in read_steps(lines):
            count += 1
            seasons |= seasons_of(step)
    return count, seasons


@contextlib.contextmanager
def _progress(label: str, count: int, shown: bool) -> Iterator[tuple[_OnStep, _OnPending]]:
    """A bar over the steps that also shows the business day and what the services still have to do."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[day]}  in flight {task.fields[pending]}"),
    )
    with Progress(*columns, console=Console(stderr=True), disable=not shown) as progress:
        task = progress.add_task(label, total=count, day="", pending=0)

        def on_step(step: Step) -> None:
            progress.update(task, advance=1, day=f"{step.at:%Y-%m-%d}")

        def on_pending(pending: int) -> None:
            progress.update(task, pending=pending)

        yield on_step, on_pending
