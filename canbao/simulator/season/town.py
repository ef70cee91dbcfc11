"""The installation as the outside meets it, and what chance makes of what is sent to it."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from random import Random
from typing import Protocol

from canbao.simulator.channels import Channel
from canbao.simulator.files.books import Moved
from canbao.simulator.standard_webhook import SignedRequest

#: Counts what happened: a season in which something never does shows nothing of it.
Happened = Counter[str]


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as it is sent; one that is not `whole` was cut off on its way."""

    slug: str
    kind: str
    day: date
    content: bytes
    profile: str = ""
    whole: bool = True


class Town(Protocol):
    """What a season needs of an installation. Instants are those of the season."""

    async def order(self, slug: str, person: int, at: datetime) -> tuple[str, int]:
        """Order for a person at a channel: the number of the order, and what it costs in fen."""

    async def named(self, person: int, at: datetime) -> dict[str, object]:
        """How a channel names a person: county, coverage_year, id_number, name, amount_fen that is owed."""

    async def notify(self, request: SignedRequest, at: datetime) -> bool:
        """Notify; whether it was taken."""

    async def send(self, file: Sent, at: datetime) -> bool:
        """Send a file and have it read; whether it was taken."""

    def paid(self, channel: Channel, one: Moved) -> None:
        """Have the channel's gateway, where there is one, know of a payment."""

    async def look(self, at: datetime) -> None:
        """Let everything be matched, asked and compared."""


class Broken(Exception):
    """The installation took what it has to refuse, or refused what it has to take."""


def deck(chance: Random, cards: Sequence[str]) -> Callable[[], str]:
    """Draw all cards in an order that chance makes, then all again: none is missing for long."""
    left: list[str] = []

    def draw() -> str:
        if not left:
            left.extend(cards)
            chance.shuffle(left)
        return left.pop()

    return draw
