"""How a channel tells of money: at once, twice, late, in another order, wrongly, or not at all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from random import Random

from canbao.simulator.channels import CHINA, Channel, TaxChannel
from canbao.simulator.files.books import Moved
from canbao.simulator.season.town import Broken, Happened, Town, deck
from canbao.simulator.standard_webhook import SignedRequest

#: What becomes of the notifications of a payment; `back_...` are of one of which a part goes back.
FATES = (
    *("lost", "doubled", "late", "forged", "back_told", "back_before_payment", "back_untold"),
    *("plain", "plain"),
)
#: A channel that says itself whom people paid for may say a wrong amount, too.
FATES_WITHOUT_ORDERS = (*FATES, "wrong_amount")
#: By so much a wrong amount is wrong.
_WRONG_FEN = 2_000
_MINUTE = timedelta(minutes=1)


@dataclass
class Telling:
    """One channel's payments and what it tells of them. `number` counts transactions of all channels."""

    chance: Random
    town: Town
    channel: Channel
    people: Iterator[int]
    numbers: Iterator[int]
    happened: Happened
    #: What is told on a later day, and what only if somebody asks.
    _later: list[tuple[datetime, SignedRequest]] = field(default_factory=list)
    _untold: list[SignedRequest] = field(default_factory=list)
    _wrong: list[tuple[Moved, dict[str, object]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        fates = FATES if self.channel.of_orders else FATES_WITHOUT_ORDERS
        self._fate = deck(self.chance, fates)

    async def day(self, day: date, payments: int) -> None:
        """Have so many people pay on a day, and tell of it and of what is due from before."""
        evening = datetime.combine(day, time(20), CHINA)
        now = [one for one in self._later if one[0] <= evening]
        self._later = [one for one in self._later if one[0] > evening]
        for at in sorted(self._instant(day) for _ in range(payments)):
            now += await self._payment(at)
        for at, request in sorted(now, key=lambda one: one[0]):
            await self._tell(request, at)

    async def answer(self, at: datetime) -> None:
        """Tell of everything that was not told, now that somebody asked; take back what was told wrongly."""
        for request in [*(one for _, one in self._later), *self._untold]:
            await self._tell(request, at)
        self._later, self._untold = [], []
        for told, person in self._wrong:
            await self._take_back(told, person, at)
        self._wrong = []

    def _instant(self, day: date) -> datetime:
        """Some time of the day; where that ends in the evening, sometimes behind its end."""
        begin, late = datetime.combine(day, time(8), CHINA), self.channel.book.ends_at is not None
        if late and self.chance.randrange(4) == 0:
            return begin.replace(hour=23) + timedelta(seconds=self.chance.randrange(1_800))
        return begin + timedelta(seconds=self.chance.randrange(12 * 3_600))

    async def _payment(self, at: datetime) -> list[tuple[datetime, SignedRequest]]:
        """Have somebody pay; what the channel tells of it today."""
        number, person = self.channel.number(next(self.numbers)), next(self.people)
        if self.channel.of_orders:
            order, fen = await self.town.order(self.channel.slug, person, at - _MINUTE)
            named: list[dict[str, object]] = []
        else:
            named = [await self.town.named(person, at)]
            order, fen = "", int(str(named[0]["amount_fen"]))
        paid, fate = self.channel.book.take(number, fen, at, order), self._fate()
        self.town.paid(self.channel, paid)
        self.happened[fate] += 1
        return await self._told(paid, named, fate)

    async def _told(
        self, paid: Moved, named: Sequence[dict[str, object]], fate: str
    ) -> list[tuple[datetime, SignedRequest]]:
        told, soon = (
            self.channel.paid(paid, named),
            paid.at + timedelta(seconds=self.chance.randrange(1, 600)),
        )
        if fate == "lost":
            self._untold.append(told)
            return []
        if fate == "late":
            self._later.append((soon + timedelta(days=self.chance.randrange(1, 3)), told))
            return []
        if fate == "doubled":
            self._later.append((soon + timedelta(days=1), self.channel.paid(paid, named)))
            return [(soon, told), (soon, told)]
        if fate == "forged":
            await self._forge(told, soon)
        if fate == "wrong_amount":
            return [(soon, self._wrongly(paid, named[0]))]
        if fate.startswith("back_"):
            return self._back(paid, (soon, told), fate)
        return [(soon, told)]

    def _back(
        self, paid: Moved, told: tuple[datetime, SignedRequest], fate: str
    ) -> list[tuple[datetime, SignedRequest]]:
        """Give a part of a payment back, an hour later."""
        number, fen = f"R{paid.no[-12:]}", self.chance.randrange(100, paid.fen)
        back = self.channel.book.give_back(paid, number, fen, paid.at + timedelta(hours=1))
        request = self.channel.given_back(paid, back, fen)
        if fate == "back_untold":
            self._untold.append(request)
            return [told]
        if fate == "back_before_payment":
            return [(back.at, request), (back.at + _MINUTE, told[1])]
        return [told, (back.at, request)]

    def _wrongly(self, paid: Moved, person: dict[str, object]) -> SignedRequest:
        wrong_fen = paid.fen + _WRONG_FEN
        self._wrong.append((paid, person))
        return self.channel.paid(replace(paid, fen=wrong_fen), [person | {"amount_fen": wrong_fen}])

    async def _take_back(self, told: Moved, person: dict[str, object], at: datetime) -> None:
        """What was told wrongly is taken back whole, and booked and told anew under another number."""
        assert isinstance(self.channel, TaxChannel)
        back = self.channel.book.give_back(told, f"V{told.no[-12:]}", told.fen, at)
        anew = self.channel.book.take(self.channel.number(next(self.numbers)), told.fen, at, "")
        await self._tell(self.channel.reversed(told, back), at)
        await self._tell(self.channel.paid(anew, [person]), at + _MINUTE)

    async def _forge(self, told: SignedRequest, at: datetime) -> None:
        """Somebody else changes a byte of it first."""
        middle = len(told.body) // 2
        changed = bytes([told.body[middle] ^ 1])
        forged = replace(told, body=told.body[:middle] + changed + told.body[middle + 1 :])
        if await self.town.notify(forged, at):
            raise Broken(f"a changed notification of {self.channel.slug} was taken")

    async def _tell(self, request: SignedRequest, at: datetime) -> None:
        if not await self.town.notify(request, at):
            raise Broken(f"a notification of {self.channel.slug} was refused: {request.body!r}")
