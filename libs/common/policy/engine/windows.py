"""Which window a payment falls into: fixed windows, closed days, and windows that run from an event."""

from collections.abc import Mapping
from datetime import date, timedelta

from libs.common.dates import add_months, first_second
from libs.common.policy.engine.conditions import Conditions, Test
from libs.common.policy.engine.facts import Facts
from libs.common.policy.format.rules import EventRule, Window

_ONE_DAY = timedelta(days=1)


class WindowRules:
    """The windows of one notice in the order in which they are tried."""

    def __init__(self, windows: tuple[Window, ...], conditions: Conditions) -> None:
        self._rows: list[tuple[int, int, Window, Test | None]] = [
            (w.from_, w.to, w, conditions.compile(w.when)) for w in windows
        ]
        self.event_kinds = tuple(sorted({w.event.kind for w in windows if w.event}))
        self.windows = windows
        enrolling = {w.event.kind for w in windows if w.event and w.event.complete == "enrollment"}
        self.completing_kinds = tuple(sorted(enrolling - {"birth"}))
        self.registration_cutoffs = tuple(w.registration_to for w in windows if w.registration_to is not None)

    def choose(self, f: Facts) -> Window | str:
        """Return the first window open to this person at this instant, or the reason why none is.

        Who registered too late for one window may still find another; when none does, that window is
        returned and `registered_late` says what is wrong with it.
        """
        at, earliest, too_late = f.at, None, None
        for opens, closes, window, test in self._rows:
            if test is not None and not test(f):
                continue
            if opens <= at < closes and self._takes(window, f):
                if not registered_late(window, f):
                    return window
                too_late = too_late or window
            if window.event is None and (earliest is None or opens < earliest):
                earliest = opens
        if too_late is not None:
            return too_late
        return "window_not_open" if earliest is not None and at < earliest else "window_closed"

    def _takes(self, window: Window, f: Facts) -> bool:
        if window.closed_days_of_month and f.on.day in window.closed_days_of_month:
            return False
        if window.closed_days and f.on in window.closed_days:
            return False
        event = window.event
        if event is None:
            return True
        day = f.event_days.get(event.kind)
        if day is None or day > f.on or not event_counts(event, day):
            return False
        last = last_day(event, day)
        return last is None or (f.enrolled_on if event.complete == "enrollment" else f.on) <= last

    def borders(self) -> set[int]:
        """Return every second at which a window opens, closes or pauses, whoever asks."""
        seconds: set[int] = set()
        for opens, closes, window, _ in self._rows:
            seconds |= {opens, closes}
            closed = _closed_days(window)
            pauses = {day for day in closed if day - _ONE_DAY not in closed}
            resumes = {day + _ONE_DAY for day in closed} - closed
            seconds |= {first_second(day) for day in pauses | resumes}
        return seconds

    def person_borders(self, event_days: Mapping[str, date]) -> set[int]:
        """Return every second at which an event-relative window opens or closes for one person."""
        seconds: set[int] = set()
        for window in self.windows:
            event = window.event
            day = event_days.get(event.kind) if event else None
            if event is not None and day is not None:
                seconds.add(first_second(day))
                last = last_day(event, day)
                if last is not None:
                    seconds.add(first_second(last + _ONE_DAY))
        return seconds


def registered_late(window: Window, f: Facts) -> bool:
    """Say whether registration for this window had closed before this person registered."""
    closes, registered = window.registration_to, f.person.registered_at
    return closes is not None and registered is not None and registered >= closes


def event_counts(event: EventRule, day: date) -> bool:
    """Say whether an event on this day is one the window is meant for."""
    return (event.on_from is None or day >= event.on_from) and (event.on_to is None or day <= event.on_to)


def last_day(event: EventRule, day: date) -> date | None:
    """Return the last day of a window that runs from an event, or None when it has no length."""
    if event.within is None:
        return None
    end = add_months(day, event.within) if event.unit == "months" else day + timedelta(days=event.within)
    return end - _ONE_DAY if event.count == "start_day_included" else end


def _closed_days(window: Window) -> set[date]:
    days = set(window.closed_days)
    if window.closed_days_of_month:
        day = date.fromordinal((window.from_ + 8 * 3600) // 86_400 + 719_163)
        while first_second(day) < window.to:
            if day.day in window.closed_days_of_month:
                days.add(day)
            day += _ONE_DAY
    return days
