"""What the demo plays: the seasons of two counties, merged by instant into one file."""

import heapq
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import orjson

from canbao.demo.profiles import HUINING_2021, YOUXI_2020, at
from canbao.demo.season import Season, scaled_targets
from canbao.demo.steps import Step
from libs.common.policy import load_all

#: The full task of the first county; the second county's notice has no task table.
FULL = 388_800
_SECOND_SHARE, _SECOND_MOST = 5, 4_000
_SECOND_TOWNSHIPS = ("620422100000", "620422101000", "620422200000")


def write_scenario(path: Path, people: int, seed: int, policies_dir: Path) -> int:
    """Write the scenario of a demo with about `people` people in the first county; return how many in all."""
    notices = load_all(policies_dir)
    first = notices[(YOUXI_2020.county, YOUXI_2020.coverage_year)]
    second = notices[(HUINING_2021.county, HUINING_2021.coverage_year)]
    small = max(60, min(people // _SECOND_SHARE, _SECOND_MOST)) // len(_SECOND_TOWNSHIPS)
    seasons = (
        Season(first, YOUXI_2020, scaled_targets(first, people), seed),
        Season(second, HUINING_2021, [(code, small) for code in _SECOND_TOWNSHIPS], seed),
    )
    # Nothing happens after the last deadline that anybody waits for.
    end = at(2021, 5, 31)
    with path.open("wb") as file:
        for step in heapq.merge(*(_until(season.steps(), end) for season in seasons), key=_instant):
            file.write(orjson.dumps(step) + b"\n")
    return sum(season.people for season in seasons)


def _instant(step: Step) -> datetime:
    return datetime.fromisoformat(str(step["at"]))


def _until(steps: Iterator[Step], end: datetime) -> Iterator[Step]:
    return (step for step in steps if _instant(step) <= end)
