"""Chooses instants for a life: anywhere in the season, often where the notice draws a line."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from canbao.simulate.terms import SHANGHAI, Terms, day_of

_MORNING = time(8)
_WORKING_SECONDS = 43_000


@dataclass
class Moments:
    """Gives each instant once, so that the order of a life is plain."""

    terms: Terms
    chance: Random
    given: set[datetime] = field(default_factory=set)

    def early(self) -> datetime:
        """Before or soon after the season begins; sometimes later."""
        if self.chance.randrange(3) == 0:
            return self.any()
        return self._at(self.terms.first + timedelta(days=self.chance.randrange(45)))

    def any(self) -> datetime:
        """Anywhere in the season."""
        return self._at(self._day(self.terms.first))

    def after(self, instant: datetime) -> datetime:
        """Later than something: minutes, days, or any time."""
        low = day_of(instant)
        if self.chance.randrange(2) == 0:
            low += timedelta(days=self.chance.randrange(12))
            at = self._at(low)
        else:
            at = self._at(self._day(low))
        return at if at > instant else self._free(instant + timedelta(minutes=self.chance.randint(1, 50)))

    def on(self, day: date) -> datetime:
        """Some time of a day."""
        return self._at(day)

    def before(self, instant: datetime) -> date:
        """A day up to some weeks before."""
        return day_of(instant) - timedelta(days=self.chance.choice((0, 1, 2, 7, 30)))

    def _day(self, low: date) -> date:
        terms, way = self.terms, self.chance.randrange(10)
        near = [day for day in terms.borders if low <= day <= terms.last]
        if near and way < 3:
            return self.chance.choice(near) + timedelta(days=self.chance.randint(-2, 2))
        high = terms.main[1] if way < 7 and terms.main[1] > low else terms.last
        return low + timedelta(days=self.chance.randrange(max((high - low).days, 1)))

    def _at(self, day: date) -> datetime:
        seconds = timedelta(seconds=self.chance.randrange(_WORKING_SECONDS))
        return self._free(datetime.combine(day, _MORNING, SHANGHAI) + seconds)

    def _free(self, at: datetime) -> datetime:
        while at in self.given:
            at += timedelta(seconds=1)
        self.given.add(at)
        return at
