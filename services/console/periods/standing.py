"""What can be done about an accounting month as it stands among the others, and what comes first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.console.lists.schemas import Approval
from services.console.periods.schemas import Flaw, Period


@dataclass(frozen=True, slots=True)
class Whole:
    """A month with the others of its county, what waits for a second person, and what is wrong in it."""

    county: str
    period: Period
    others: Sequence[Period]
    waiting: Sequence[Approval]
    flaws: Sequence[Flaw]
    today: date

    @property
    def first(self) -> str:
        """The month that is locked or closed before this one; empty: it has its turn."""
        behind = {"open": ("open",), "locked": ("open", "locked")}.get(self.period.state, ())
        earlier = (one for one in self.others if one.month < self.period.month)
        return next((one.month for one in earlier if one.state in behind), "")

    @property
    def is_over(self) -> bool:
        """Whether the month has ended."""
        return f"{self.today:%Y-%m}" > self.period.month

    @property
    def may_be_locked(self) -> bool:
        """Whether it is over, open, and none before it is."""
        return self.period.state == "open" and self.is_over and not self.first

    @property
    def may_be_closed(self) -> bool:
        """Whether it is locked, all before it are closed, and nothing is wrong in it."""
        return self.period.state == "locked" and not (self.first or self.flaws or self.waiting)

    @property
    def may_be_reopened(self) -> bool:
        """Whether it is the last that is locked."""
        later = (one for one in self.others if one.month > self.period.month)
        is_last = all(one.state == "open" for one in later)
        return self.period.state == "locked" and is_last and not self.waiting
