"""When a report or bulletin is due, by the cadence of its notice."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from libs.common.dates import day_of, first_second, instant_of
from libs.common.policy.engine.notice import Notice
from libs.common.policy.format.work_rules import Report

_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)
_SUNDAY, _DECEMBER = 7, 12
#: Days of a month on which a period ends, besides its last.
_WITHIN_A_MONTH = {"ten_days": (10, 20), "half_month": (15,), "month": ()}


def season_of(notice: Notice) -> tuple[date, date]:
    """The first and the last day on which everybody may pay; late windows and those of an event set apart."""
    open_to_all = [window for window in notice.document.windows if window.event is None]
    usual = [window for window in open_to_all if window.kind in ("main", "makeup")] or open_to_all
    return day_of(min(one.from_ for one in usual)), day_of(max(one.to for one in usual) - 1)


def periods_of(report: Report, notice: Notice) -> Iterator[date]:
    """The last day of each period that a report is about, in order; the season's last day ends the last one.

    What is due continuously, or regularly without saying how often, has no periods.
    """
    first, last = season_of(notice)
    if report.cadence in ("continuous", "regular"):
        return
    if report.cadence == "year_end":
        yield date(last.year, _DECEMBER, 31)
        return
    day = first
    while day < last:
        if _ends_on(report, day):
            yield day
        day += _DAY
    yield last


def _ends_on(report: Report, day: date) -> bool:
    if report.cadence == "weekly":
        return day.isoweekday() == _SUNDAY
    return day.day in (*_WITHIN_A_MONTH[report.cadence], monthrange(day.year, day.month)[1])


def end_of(day: date) -> datetime:
    """The last second of a day: what is known then is what a report about it says."""
    return instant_of(first_second(day + _DAY)) - _SECOND
