"""Workdays in China: holidays, and the weekends that make up for them, as the State Council says each year.

The data comes with the package chinesecalendar, some weeks before a year begins; until then a year has none.
"""

from collections.abc import Callable
from datetime import date, timedelta

_DAY = timedelta(days=1)


class YearUnknown(LookupError):
    """Which days of a year are workdays is not known yet."""

    def __init__(self, year: int) -> None:
        super().__init__(f"the workdays of {year} are not known yet")
        self.year = year


def is_workday(day: date) -> bool:
    """Whether offices work on a day. Raises YearUnknown."""
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
