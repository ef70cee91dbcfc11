"""Reads `workdays-<year>.yaml` beside the notices: the days off of a year, once the State Council says them.

A file goes before the package chinesecalendar, so that a year that it does not know needs no release of ours.
"""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import cast

import yaml

from libs.common.policy.format.errors import Flaw, NoticeInvalid
from libs.common.policy.format.reader import Source, reader
from libs.common.workdays import WorkdaysOfYear, learn

_NAME = re.compile(r"workdays-(\d{4})\.yaml")
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class WorkdayFile:
    """What the file says: its source, days off on weekdays, and weekends on which offices work."""

    source: str
    holidays: tuple[date, ...]
    workdays: tuple[date, ...]


def workday_files(directory: Path) -> list[Path]:
    """Every `workdays-<year>.yaml` of a directory."""
    return sorted(path for path in directory.glob("workdays-*.yaml") if _NAME.fullmatch(path.name))


def learn_workdays(directory: Path) -> list[Flaw]:
    """Know what the files of a directory say from now on; give the flaws of those that cannot be read."""
    years: list[WorkdaysOfYear] = []
    flaws: list[Flaw] = []
    faulty: list[int] = []
    for path in workday_files(directory):
        try:
            years.append(load_workdays(path))
        except NoticeInvalid as error:
            flaws += error.flaws
            faulty.append(_year_of(path))
    learn(years, faulty)
    return flaws


def load_workdays(path: Path) -> WorkdaysOfYear:
    """Read the days of one year. Raises NoticeInvalid with every flaw found."""
    year, src = _year_of(path), Source(path.name)
    try:
        node = yaml.compose(path.read_bytes(), Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise NoticeInvalid([Flaw(path.name, 1, f"not YAML: {error}", "check indentation")]) from None
    if node is None:
        raise NoticeInvalid([Flaw(path.name, 1, "the file is empty", "begin with `source:`")])
    said = cast("WorkdayFile | None", reader(WorkdayFile)(src, node))
    if said is not None and not src.flaws:
        _check(src, said, year)
    if said is None or src.flaws:
        raise NoticeInvalid(src.flaws)
    return WorkdaysOfYear(year, frozenset(said.holidays), frozenset(said.workdays))


def _year_of(path: Path) -> int:
    return int(path.stem.removeprefix("workdays-"))


def _check(src: Source, said: WorkdayFile, year: int) -> None:
    """A day of another year, or one that says what every week says, is a day that was typed wrongly."""
    for day in (*said.holidays, *said.workdays):
        if day.year != year:
            src.flaw(1, f"{day} lies in another year", f"put it into workdays-{day.year}.yaml")
    for day in said.workdays:
        if day.weekday() < _SATURDAY:
            src.flaw(1, f"{day} is no weekend", "list under workdays only weekends on which offices work")
    for day in said.holidays:
        if day.weekday() >= _SATURDAY:
            src.flaw(1, f"{day} is a weekend anyhow", "list under holidays only Mondays to Fridays")
