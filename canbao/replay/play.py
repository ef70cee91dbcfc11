"""Answers "how is a whole file played?": checks it, plays it with progress, and asks for the totals."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from canbao.replay.channels import Channels
from canbao.replay.credentials import tokens
from canbao.replay.player import Played, Player
from canbao.replay.scenario import Step, read_steps
from canbao.replay.services import Services
from canbao.replay.steps import Desk
from canbao.replay.totals import season_totals


@dataclass(frozen=True)
class Driver:
    """Where the services are, and the data directory with the keys and secrets of a replay."""

    addresses: Mapping[str, Sequence[str]]
    data_dir: Path
    deliveries: int = 1


@dataclass(frozen=True)
class Result:
    """What was played, and the totals of every season the scenario touched."""

    played: Played
    totals: dict[str, Any]


async def play_file(
    driver: Driver, scenario: Path, *, show_progress: bool = True, label: str = "season"
) -> Result:
    """Check every line first, then play; raise ScenarioInvalid before anything is sent."""
    count, seasons = _survey(scenario)
    async with Services(driver.addresses, tokens(driver.data_dir)) as services:
        desk = Desk(services, Channels(driver.data_dir), driver.deliveries)
        with _progress(label, count, show_progress) as (on_step, on_pending):
            player = Player(services, desk, on_step=on_step, on_pending=on_pending)
            with scenario.open(encoding="utf-8") as lines:
                played = await player.play(read_steps(lines))
        return Result(played, await season_totals(services, sorted(seasons)))


def _survey(scenario: Path) -> tuple[int, set[tuple[str, int]]]:
    """Count the steps and find the (county, year) they touch."""
    count, seasons = 0, set()
    with scenario.open(encoding="utf-8") as lines:
        for step in read_steps(lines):
            count += 1
            if "county" in step.body:
                seasons.add((step.body["county"], step.body["year"]))
            for household in step.body.get("households", ()) if step.do == "register" else ():
                enroll = household.get("enroll")
                if enroll:
                    seasons.add((enroll["county"], enroll["year"]))
    return count, seasons


@contextlib.contextmanager
def _progress(label: str, count: int, shown: bool) -> Iterator[tuple[Any, Any]]:
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
