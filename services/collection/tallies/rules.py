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


class Tallies:
    """Counts what is not kept yet: a notification costs no more for it."""

    def __init__(self) -> None:
        self._counted: dict[tuple[str, str, date], Tally] = {}

    def count(self, channel: str, outcome: str, at: datetime) -> None:
        """Count a notification."""
        self._add(Tally(channel, outcome, business_date(at), 1, at))

    def take(self) -> list[Tally]:
        """What was counted since the last time, in one order whoever keeps it."""
        taken, self._counted = self._counted, {}
        return [taken[key] for key in sorted(taken)]

    def give_back(self, counted: Iterable[Tally]) -> None:
        """Count again what could not be kept."""
        for one in counted:
            self._add(one)

    def _add(self, one: Tally) -> None:
        key = (one.channel, one.outcome, one.counted_on)
        if (before := self._counted.get(key)) is None:
            self._counted[key] = one
            return
        count, last = before.count + one.count, max(before.last_at, one.last_at)
        self._counted[key] = Tally(*key, count, last)
