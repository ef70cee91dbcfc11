"""Sums of a day of a channel, and when they say something new."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A day that was compared, when that was, and what was told of it last; null: nothing."""

    county: str
    channel: str
    business_on: date
    compared_at: datetime
    revision: int | None
    taken_fen: int | None
    payments: int | None
    returned_fen: int | None
    returns: int | None

    @property
    def key(self) -> str:
        """What keeps words about days of a channel in their order."""
        return f"channel-{self.county}-{self.channel}"


@dataclass(frozen=True, slots=True)
class Sums:
    """What a channel took on a day, and gave back; null where a return belongs to several counties."""

    county: str
    channel: str
    business_on: date
    taken_fen: int
    payments: int
    returned_fen: int | None
    returns: int


def is_news(day: LookedAt, sums: Sums) -> bool:
    """Whether sums differ from what was told last."""
    told = (day.taken_fen, day.payments, day.returned_fen, day.returns)
    return day.revision is None or told != (sums.taken_fen, sums.payments, sums.returned_fen, sums.returns)
