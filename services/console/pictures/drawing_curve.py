"""The curve of a season: where its lines lie. What they show stands beside them as numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from libs.common.clock import business_date
from services.console.pictures.schemas import Days

WIDTH, HEIGHT = 960, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 20, 20, 30
_STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Mark:
    """A line of the grid, and what stands at it."""

    at: float
    says: str


@dataclass(frozen=True, slots=True)
class Week:
    """What the curve has at the end of a day: how many are complete, were the year before, and should be."""

    on: date
    complete: int | None
    before: int | None
    straight: int | None


@dataclass(frozen=True, slots=True)
class Curve:
    """The curve of a season beside that of the year before and the straight line; points as SVG has them."""

    now: str
    before: str
    straight: str
    rows: Sequence[Mark]
    columns: Sequence[Mark]
    weeks: Sequence[Week]


def curve_of(now: Days, before: Days | None) -> Curve:
    """Draw the curve. The year before lies so that both seasons begin at the same place."""
    season = (now.to_on - now.from_on).days + 1
    today = (business_date(now.as_of) - now.from_on).days + 1
    shown = _steps(now, min(max(today, 0), season + _late(now)))
    earlier = _steps(before, season) if before else []
    most = max([1, now.target or 0, *(count for _, count in (*shown, *earlier))])
    wide = max([season, *(day for day, _ in shown)])

    def x(day: float) -> float:
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * day / wide

    def y(count: float) -> float:
        return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * count / most

    def points(steps: Iterable[tuple[int, int]]) -> str:
        return " ".join(f"{x(day):.1f},{y(count):.1f}" for day, count in steps)

    return Curve(
        now=points(shown),
        before=points(earlier),
        straight=points([(0, 0), (season, now.target)]) if now.target else "",
        rows=[Mark(y(count), f"{count:,}") for count in _grid(most)],
        columns=[Mark(x((on - now.from_on).days), f"{on:%m-%d}") for on in _mondays(now, wide)],
        weeks=_weeks(now, before, season, today, wide),
    )


def _late(now: Days) -> int:
    """For how many days after the season somebody became complete; a quarter of it is shown at most."""
    most = (now.to_on - now.from_on).days // 4
    return min(max([0, *((one.on - now.to_on).days for one in now.items[-1:])]), most)


def _steps(days: Days, until: int) -> list[tuple[int, int]]:
    """Days since the season began, and how many were complete at their end, from its first day on."""
    said = [((one.on - days.from_on).days + 1, one.complete) for one in days.items]
    early = max([0, *(count for day, count in said if day <= 0)])
    steps = [(0, early), *((day, count) for day, count in said if 0 < day <= until)]
    last_day, last = steps[-1]
    return [*steps, (until, last)] if until > last_day else steps


def _grid(most: int) -> list[int]:
    """Four to nine round numbers up to the highest."""
    size = 10 ** max(len(str(most)) - 2, 0)
    step = next(one * size for one in (*_STEPS, 10, 20, 50) if one * size * 9 >= most)
    return list(range(0, most + 1, step))


def _mondays(now: Days, wide: int) -> list[date]:
    """So many days, evenly, that their names do not touch."""
    step = max(wide // 10, 1)
    return [now.from_on + timedelta(days=day) for day in range(0, wide, step)]


def _weeks(now: Days, before: Days | None, season: int, today: int, wide: int) -> list[Week]:
    """The numbers, week by week, and of the last day."""
    ends = sorted({*range(7, wide, 7), season, *([today] if 0 < today <= wide else [])})

    def by(days: Days, day: int) -> int:
        on = days.from_on + timedelta(days=day - 1)
        return max([0, *(one.complete for one in days.items if one.on <= on)])

    return [
        Week(
            on=now.from_on + timedelta(days=day - 1),
            complete=by(now, day) if day <= today else None,
            before=by(before, day) if before else None,
            straight=min(now.target * day // season, now.target) if now.target else None,
        )
        for day in ends
    ]
