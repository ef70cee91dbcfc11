"""How many notifications of a channel were taken or refused on a day, counted until they are kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from libs.common.clock import business_date

#: Outcomes of what was taken; every other one says why it was refused, as problems are called.
TAKEN = ("stored", "repeated")
#: So many days are told of.
DAYS = 7


@dataclass(frozen=True, slots=True)
class Tally:
    """How many notifications of a channel came to the same on a day, and when the last one did."""

    channel: str
    outcome: str
    counted_on: date
    count: int
    last_at: datetime


@dataclass(slots=True)
class _Count:
    """What a tally grows from."""

    count: int
    last_at: datetime


class Tallies:
    """Counts what is not kept yet: a notification costs no more for it."""

    def __init__(self) -> None:
        self._counted: dict[tuple[str, str, date], _Count] = {}

    def count(self, channel: str, outcome: str, at: datetime) -> None:
        """Count a notification."""
        self._add((channel, outcome, business_date(at)), 1, at)

    def take(self) -> list[Tally]:
        """What was counted since the last time, in one order whoever keeps it."""
        taken, self._counted = self._counted, {}
        return [Tally(*key, taken[key].count, taken[key].last_at) for key in sorted(taken)]

    def give_back(self, counted: Iterable[Tally]) -> None:
        """Count again what could not be kept."""
        for one in counted:
            self._add((one.channel, one.outcome, one.counted_on), one.count, one.last_at)

    def _add(self, key: tuple[str, str, date], count: int, at: datetime) -> None:
        if (counted := self._counted.get(key)) is None:
            self._counted[key] = _Count(count, at)
            return
        counted.count += count
        if at > counted.last_at:
            counted.last_at = at
