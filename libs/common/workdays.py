"""Workdays in China: holidays, and the weekends that make up for them, as the State Council says each year.

The data comes with the package chinesecalendar, some weeks before a year begins, or from a file
of the operator (libs/common/policy/workday_files.py), which goes first. Until then nothing is guessed.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

_DAY = timedelta(days=1)
_SATURDAY = 5


class YearUnknown(LookupError):
    """Which days of a year are workdays is not known yet."""

    def __init__(self, year: int) -> None:
        super().__init__(f"the workdays of {year} are not known yet")
        self.year = year


@dataclass(frozen=True, slots=True)
class WorkdaysOfYear:
    """What one year has beside its ordinary weeks: days off, and weekends on which offices work."""

    year: int
    holidays: frozenset[date]
    workdays: frozenset[date]

    def is_workday(self, day: date) -> bool:
        """Whether offices work on a day of this year."""
        return day in self.workdays or (day.weekday() < _SATURDAY and day not in self.holidays)


_of_files: dict[int, WorkdaysOfYear] = {}


def learn(years: Iterable[WorkdaysOfYear], faulty: Collection[int] = ()) -> None:
    """Take over what files say of years, in place of what they said before.

    Of years whose file cannot be read any more, the last that it said goes on.
    """
    global _of_files
    kept = {year: days for year, days in _of_files.items() if year in faulty}
    _of_files = kept | {one.year: one for one in years}


def is_workday(day: date) -> bool:
    """Whether offices work on a day. Raises YearUnknown."""
    if (year := _of_files.get(day.year)) is not None:
        return year.is_workday(day)
    try:
        return bool(_calendar()(day))
    except NotImplementedError:
        raise YearUnknown(day.year) from None


def next_workday(day: date) -> date:
    """The day itself if it is a workday, else the first one after it. Raises YearUnknown."""
    while not is_workday(day):
        day += _DAY
    return day


def add_workdays(day: date, number: int) -> date:
    """The last of `number` workdays that follow a day. Raises YearUnknown."""
    for _ in range(number):
        day = next_workday(day + _DAY)
    return day


def _calendar() -> Callable[[date], bool]:
    """The package, loaded when somebody asks: most commands never do."""
    import chinese_calendar

    found: Callable[[date], bool] = chinese_calendar.is_workday
    return found
