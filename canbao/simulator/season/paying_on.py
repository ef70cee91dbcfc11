"""How channels pay on what they took: the next day, late, with the fee wrong, or only when asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count
from random import Random

from canbao.simulator.channels import CHINA, Channel
from canbao.simulator.files import statements, tables
from canbao.simulator.files.books import Moved
from canbao.simulator.season.town import Broken, Happened, Sent, Town, deck

FATES_WITHOUT_FEE = ("paid_late", "paid_never", "paid", "paid")
FATES = (*FATES_WITHOUT_FEE, "fee_wrong")
#: The account's bank gives its statement in one of these forms.
FORMS = ("bank_table", "bank_mt940", "bank_camt053")
_LATE_DAYS = 5


@dataclass(frozen=True)
class Terms:
    """Whether a channel keeps its fee when it pays on."""

    keeps_fee: bool = True


@dataclass
class PayingOn:
    """What comes to the account of the channels, day by day, and its statements."""

    chance: Random
    town: Town
    account: str
    terms: Mapping[str, Terms]
    happened: Happened
    #: Lines of the account by day, and what only comes if somebody asks.
    lines: dict[date, list[Moved]] = field(default_factory=dict)
    _held: list[Moved] = field(default_factory=list)
    _balance_fen: int = 1_000_000

    def __post_init__(self) -> None:
        self._fate, self._form = deck(self.chance, FATES), deck(self.chance, FORMS)
        self._fate_without_fee = deck(self.chance, FATES_WITHOUT_FEE)
        self._numbers = count(1)

    def close(self, channels: Sequence[Channel], day: date) -> None:
        """Decide when, and how, each channel pays on what it took on a day."""
        for channel in channels:
            keeps_fee = self.terms[channel.slug].keeps_fee
            owed_fen = channel.book.owed_fen(day, keeps_fee=keeps_fee)
            other_fen = channel.book.owed_fen(day, keeps_fee=not keeps_fee)
            if owed_fen <= 0:
                continue
            fate = self._fate_without_fee() if owed_fen == other_fen else self._fate()
            self.happened[fate] += 1
            fen = other_fen if fate == "fee_wrong" else owed_fen
            on = day + timedelta(days=_LATE_DAYS if fate == "paid_late" else 1)
            line = Moved(f"B{next(self._numbers):08d}", fen, _ten(on), f"{day:%m%d}")
            if fate == "paid_never":
                self._held.append(line)
            else:
                self.lines.setdefault(on, []).append(line)

    def answer(self, on: date) -> None:
        """Let come what was never paid, now that somebody asked."""
        late = [Moved(one.no, one.fen, _ten(on), one.order) for one in self._held]
        self.lines.setdefault(on, []).extend(late)
        self._held = []

    async def statement(self, day: date, at: datetime) -> None:
        """Send the statement of a day, also of one on which nothing came."""
        lines, form, begin = self.lines.get(day, []), self._form(), datetime.combine(day, time(), CHINA)
        written = {
            "bank_table": lambda: tables.as_csv(tables.bank(lines, begin, self._balance_fen), "gb18030"),
            "bank_mt940": lambda: statements.mt940(lines, begin, self._balance_fen),
            "bank_camt053": lambda: statements.camt053(lines, begin, self._balance_fen),
        }[form]()
        self.happened[form] += 1
        self._balance_fen += sum(one.fen for one in lines)
        profile = "bank-debit-credit" if form == "bank_table" else ""
        if not await self.town.send(Sent(self.account, form, day, written, profile), at):
            raise Broken(f"the statement of {day} was refused")


def _ten(day: date) -> datetime:
    return datetime.combine(day, time(10), CHINA)
