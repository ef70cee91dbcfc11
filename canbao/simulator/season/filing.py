"""How files of days are sent: the morning after, late, twice, cut off, or wrong and then corrected."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from random import Random

from canbao.simulator.channels import Channel
from canbao.simulator.files.books import Moved
from canbao.simulator.season.town import Broken, Happened, Sent, Town, deck

FATES = ("file_plain", "file_late", "file_twice", "file_cut_off", "row_wrong", "row_missing", "row_twice")
#: By so much a wrong row is wrong.
_WRONG_FEN = 100


@dataclass
class Filing:
    """Sends the files of channels. `right`: channels and days of which the right file was taken."""

    chance: Random
    town: Town
    happened: Happened
    right: set[tuple[str, date]] = field(default_factory=set)
    _later: list[tuple[datetime, Channel, date]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._fate = deck(self.chance, FATES)

    async def morning(self, channels: Sequence[Channel], day: date, at: datetime) -> None:
        """Send the files of a day, and what is due from before; of a day without rows there is none."""
        now = [one for one in self._later if one[0] <= at]
        self._later = [one for one in self._later if one[0] > at]
        for _, channel, late in now:
            await self._right(channel, late, at)
        for channel in channels:
            if channel.book.of(day):
                await self._file(channel, day, at)

    async def answer(self, at: datetime) -> None:
        """Send everything that is missing, now that somebody asked."""
        for _, channel, day in self._later:
            await self._right(channel, day, at)
        self._later = []

    async def _file(self, channel: Channel, day: date, at: datetime) -> None:
        fate, rows = self._fate(), channel.book.of(day)
        if fate == "row_missing" and len(rows) == 1:
            fate = "row_wrong"  # of no rows there would be no file
        self.happened[fate] += 1
        if fate == "file_late":
            self._later.append((at + timedelta(days=self.chance.randrange(2, 5)), channel, day))
            return
        if fate == "file_cut_off":
            whole = _sent(channel, day, rows)
            cut = replace(whole, content=self._cut(whole), whole=False)
            if await self.town.send(cut, at):
                raise Broken(f"a file of {channel.slug} that was cut off was taken")
        elif fate.startswith("row_"):
            await self._send(_sent(channel, day, self._wrong(rows, fate)), at)
            self._later.append((at + timedelta(days=1), channel, day))
            return
        await self._right(channel, day, at)
        if fate == "file_twice":
            await self._right(channel, day, at)

    def _wrong(self, rows: Sequence[Moved], fate: str) -> list[Moved]:
        """The rows of a day with one that is not as the book has it; what they add up to is right."""
        place = self.chance.randrange(len(rows))
        wrong = {
            "row_wrong": [replace(rows[place], fen=rows[place].fen + _WRONG_FEN)],
            "row_missing": [],
            "row_twice": [rows[place], rows[place]],
        }[fate]
        return [*rows[:place], *wrong, *rows[place + 1 :]]

    def _cut(self, whole: Sent) -> bytes:
        """The beginning of a file, up to somewhere in a row: at its end a cut does not always show."""
        content = whole.content
        at = self.chance.randrange(len(content) // 10, len(content) * 17 // 20)
        if whole.kind == "unionpay_zm":
            width = content.index(b"\n") + 1
            at = at // width * width + self.chance.randrange(20, 400)
        return content[:at]

    async def _right(self, channel: Channel, day: date, at: datetime) -> None:
        await self._send(_sent(channel, day, channel.book.of(day)), at)
        self.right.add((channel.slug, day))

    async def _send(self, file: Sent, at: datetime) -> None:
        if not await self.town.send(file, at):
            raise Broken(f"the file of {file.slug} of {file.day} was refused")


def _sent(channel: Channel, day: date, rows: Sequence[Moved]) -> Sent:
    return Sent(channel.slug, channel.kind, day, channel.write(rows, day), channel.profile)
