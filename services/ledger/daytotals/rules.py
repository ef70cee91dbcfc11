"""A day of a channel as collection tells it, beside what is posted of it here."""

from dataclasses import dataclass
from datetime import date, datetime

#: A difference that so many looks find is none that a message on its way explains.
LOOKS = 3


@dataclass(frozen=True, slots=True)
class NewTotal:
    """What collection has of its own of a day, as it tells."""

    county: str
    channel: str
    business_on: date
    revision: int
    taken_fen: int
    payments: int
    returned_fen: int | None
    returns: int
    totalled_at: datetime


@dataclass(frozen=True, slots=True)
class Told(NewTotal):
    """The same as it is kept; `looks`: how often it was not what is posted, since told."""

    looks: int
    equal: bool


@dataclass(frozen=True, slots=True)
class Posted:
    """What is posted of a day of a channel, in all coverage years of a county together."""

    county: str
    channel: str
    business_on: date
    taken_fen: int
    returned_fen: int


@dataclass(frozen=True, slots=True)
class Beside:
    """Both sides of a day."""

    told: Told
    posted: Posted

    @property
    def agrees(self) -> bool:
        """Whether both say the same, as far as collection can tell."""
        back_fen = self.told.returned_fen
        return self.told.taken_fen == self.posted.taken_fen and back_fen in (None, self.posted.returned_fen)

    @property
    def differs_fen(self) -> int:
        """By how much: of what was taken, else of what went back."""
        return self.told.taken_fen - self.posted.taken_fen or (
            (self.told.returned_fen or 0) - self.posted.returned_fen
        )

    @property
    def looks(self) -> int:
        """How often it was found to differ, this look included."""
        return 0 if self.agrees else min(self.told.looks + 1, LOOKS)
