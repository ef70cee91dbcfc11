"""The model's own view of statuses: days are painted by what rosters said, and read off again.

It imports nothing of the services and their libraries, on purpose: it is to err differently.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from canbao.simulate.life import Delisted, Listed
from canbao.simulate.terms import Terms

#: After the last day of every season.
_FOR_EVER = date(2030, 1, 1)
_DAY = timedelta(days=1)

#: A status as the contract asks about it.
Asked = dict[str, object]


@dataclass(frozen=True)
class Arrival:
    """On which day a class and grade reached the bureau."""

    listed_on: date
    said: tuple[str | None, int | None]


@dataclass(frozen=True)
class Paint:
    """What one roster painted: since when, and what had arrived of the same run until then."""

    since: date
    said: tuple[str | None, int | None]
    arrivals: tuple[Arrival, ...]


def statuses_of(terms: Terms, said: Sequence[Listed | Delisted]) -> list[Asked]:
    """All statuses of one person as the contract asks about them, from what rosters said in any order."""
    found: list[Asked] = []
    for status in sorted({one.status for one in said}):
        of_it = [one for one in said if one.status == status]
        found += _stretches(terms, status, paint(of_it))
    return found


def paint(said: Sequence[Listed | Delisted]) -> dict[date, Paint]:
    """Which paint each day has: rosters paint in the order in which they reached the bureau.

    A whole list that has a person by one of two numbers, and not by the other one, has the person.
    """
    days: dict[date, Paint] = {}
    struck: list[Paint] = []
    for one in sorted(said, key=lambda one: (one.listed_on, one.at, isinstance(one, Listed))):
        if isinstance(one, Delisted):
            gone = {day: days.pop(day) for day in sorted(days) if day >= one.ended_on}
            struck += [colour for day, colour in gone.items() if day == colour.since]
        else:
            _add(one, days, struck)
    return days


def _add(one: Listed, days: dict[date, Paint], struck: Sequence[Paint]) -> None:
    start, end = one.effective_on, one.ended_on or _FOR_EVER
    # What begins only after its last day stays.
    over = [day for day in sorted(days) if day >= start and days[day].since < end]
    replaced = [days[day] for day in over]
    # A day without the status does not break a run.
    before = next((days[day] for day in (start - _DAY, start - 2 * _DAY) if day in days), None)
    run = [*([before] if before else []), *replaced]
    said = (one.status_class, one.grade)
    if not run:
        # What was struck out by mistake and is said again was never gone.
        run = [colour for colour in struck if start <= colour.since][:1]
    elif _whole(days, start, end) and end not in over and {colour.said for colour in run} == {said}:
        return
    earlier = {arrival: None for colour in run for arrival in colour.arrivals}
    arrivals = (*sorted(earlier, key=lambda arrival: arrival.listed_on), Arrival(one.listed_on, said))
    colour = Paint(start, said, arrivals)
    for day in over:
        del days[day]
    day = start
    while day < end:
        days[day] = colour
        day += _DAY


def _whole(days: Mapping[date, Paint], start: date, end: date) -> bool:
    """Whether every day has the status already."""
    return sum(start <= day < end for day in days) == (end - start).days


def _versions(days: Mapping[date, Paint]) -> Iterator[tuple[Paint, date, date, date]]:
    """Each version with its first day, the first day without it, and the first day of its run."""
    last: tuple[Paint, date, date, date] | None = None
    for day in sorted(days):
        colour = days[day]
        if last is not None and colour is last[0] and day == last[2]:
            last = (colour, last[1], day + _DAY, last[3])
            continue
        run = day if last is None or day > last[2] + _DAY else last[3]
        if last is not None:
            yield last
        last = (colour, day, day + _DAY, run)
    if last is not None:
        yield last


def _stretches(terms: Terms, status: str, days: Mapping[date, Paint]) -> list[Asked]:
    """Neighbours within a run that bring the same help are one; each counts from its help's arrival."""
    found: list[Asked] = []
    previous: tuple[Paint, date] | None = None
    for colour, first, end, run in _versions(days):
        joined = previous is not None and previous[1] == run
        ended = {} if end >= _FOR_EVER else {"ended_on": end.isoformat()}
        if joined and previous is not None and terms.alike(status, previous[0].said, colour.said):
            found[-1].pop("ended_on", None)
            found[-1].update(ended | _said(colour))
        else:
            listed_on = _arrived(terms, status, colour)
            if joined and "ended_on" in found[-1]:
                # Until the new help arrived the old one went on.
                until = max(str(found[-1]["ended_on"]), first.isoformat(), listed_on.isoformat())
                found[-1]["ended_on"] = until
            found.append(
                {"code": status, "effective_on": first.isoformat(), "listed_on": listed_on.isoformat()}
                | ({"identified_on": run.isoformat()} if run < first else {})
                | ended
                | _said(colour)
            )
        previous = (colour, run)
    return found


def _said(colour: Paint) -> Asked:
    named = {"class": colour.said[0], "grade": colour.said[1]}
    return {name: value for name, value in named.items() if value is not None}


def _arrived(terms: Terms, status: str, colour: Paint) -> date:
    """The day on which the help of a version arrived, since which it did not change."""
    first = colour.arrivals[-1].listed_on
    for arrival in reversed(colour.arrivals):
        if not terms.alike(status, arrival.said, colour.said):
            break
        first = min(first, arrival.listed_on)
    return first
