"""Days of a county's channels: what is told, filed and paid on goes wrong, and is mended when asked about.

The same seed plays the same days. What really happened stands in the books of the channels alone.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import count
from random import Random

from canbao.simulator.channels import CHINA, Channel
from canbao.simulator.season.filing import Filing
from canbao.simulator.season.paying_on import PayingOn, Terms
from canbao.simulator.season.telling import Telling
from canbao.simulator.season.town import Happened, Town

#: Numbers of transactions of different seeds are different.
_NUMBERS = 1_000_000
_DAY = timedelta(days=1)


class Season:
    """Plays some days against a town. `people` pay one after the other."""

    def __init__(
        self,
        seed: int,
        town: Town,
        channels: Sequence[Channel],
        account: str,
        terms: Mapping[str, Terms],
        people: Iterable[int],
    ) -> None:
        self.channels, self.happened, self._town = channels, Happened(), town
        self._chance = Random(seed)  # nosec B311
        people, numbers = iter(people), count(seed * _NUMBERS)
        self._telling = [Telling(self._chance, town, one, people, numbers, self.happened) for one in channels]
        self.filing = Filing(self._chance, town, self.happened)
        self.paying_on = PayingOn(self._chance, town, account, terms, self.happened)

    async def play(self, first: date, days: int, payments: int) -> AsyncIterator[datetime]:
        """Play days on which so many people pay at each channel; give the noon after each of them."""
        for no in range(days):
            day = first + no * _DAY
            for one in self._telling:
                await one.day(day, payments)
            yield await self._morning_after(day)

    async def wait(self, first: date, days: int) -> AsyncIterator[datetime]:
        """Let days go by on which nobody pays."""
        for no in range(days):
            day = first + no * _DAY
            for one in self._telling:
                await one.day(day, 0)
            yield await self._morning_after(day)

    async def mend(self, day: date) -> datetime:
        """Have everything that is missing come on a day; give the noon after it."""
        at = datetime.combine(day, time(9), CHINA)
        await self.filing.answer(at)
        for one in self._telling:
            await one.answer(at)
        self.paying_on.answer(day)
        return await self._morning_after(day)

    async def _morning_after(self, day: date) -> datetime:
        """The files of the day and the statement of the account come; everything is compared."""
        at = datetime.combine(day + _DAY, time(9, 30), CHINA)
        await self._town.look(datetime.combine(day, time(22), CHINA))
        self.paying_on.close(self.channels, day)
        await self.filing.morning(self.channels, day, at)
        await self.paying_on.statement(day, at)
        noon = datetime.combine(day + _DAY, time(12), CHINA)
        await self._town.look(noon)
        return noon
