"""A bank that debits accounts: it reads the file that it is given, by its own eyes, and answers with one.

Of some accounts the balance is too low, some are closed, and of some the money goes back days later. It never
debits the same line twice, whatever it is given.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random


class FileRefused(Exception):
    """The bank cannot use a file; the message says why."""


@dataclass(frozen=True, slots=True)
class Order:
    """One line that the bank was given."""

    number: str
    account: str
    holder: str
    fen: int


@dataclass
class DebitingBank:
    """A bank with accounts; what each holds follows from `chance`, and stays; `empty` ones hold nothing."""

    chance: Random
    poor: float = 0.1
    closed: float = 0.05
    gives_back: float = 0.02
    empty: Collection[str] = ()
    debited: dict[str, Order] = field(default_factory=dict)
    _words: dict[str, str] = field(default_factory=dict)

    def debit(self, file: bytes, at: datetime) -> bytes:
        """Debit what a file asks for, and answer line by line. Raises FileRefused."""
        orders = read(file)
        return answer([(one, *self._debit(one)) for one in orders], at)

    def returns(self, at: datetime) -> bytes:
        """The list of what goes back of everything that was debited so far; empty bytes for nothing."""
        back = [one for one in self.debited.values() if self.chance.random() < self.gives_back]
        for one in back:
            del self.debited[one.number]
        return answer([(one, "returned", "account frozen") for one in back], at) if back else b""

    def _debit(self, one: Order) -> tuple[str, str]:
        word = self._words.setdefault(one.account, self._state(one.account))
        if word == "rich":
            self.debited.setdefault(one.number, one)
            return "paid", ""
        return "failed", "account_closed" if word == "closed" else "balance too low"

    def _state(self, account: str) -> str:
        if account in self.empty:
            return "poor"
        drawn = self.chance.random()
        return "closed" if drawn < self.closed else "poor" if drawn < self.closed + self.poor else "rich"


def read(file: bytes) -> list[Order]:
    """Read the lines of a file; its count and total have to be theirs, and each number stands once."""
    text = file.decode("utf-8")
    head = next((one for one in text.split("\r\n") if one.startswith("# count=")), None)
    if head is None:
        raise FileRefused("no count")
    count, _, total = head.removeprefix("# count=").partition(" total_fen=")
    rows = [one.split(",") for one in text.split("\r\n") if one and not one.startswith("#")]
    titles = {title: place for place, title in enumerate(rows[0])}
    orders = [
        Order(
            row[titles["debit_no"]],
            row[titles["account_no"]],
            row[titles["holder"]],
            int(row[titles["amount_fen"]]),
        )
        for row in rows[1:]
    ]
    if (len(orders), sum(one.fen for one in orders)) != (int(count), int(total)):
        raise FileRefused("count or total is not that of the lines")
    if len({one.number for one in orders}) != len(orders):
        raise FileRefused("a number stands twice")
    return orders


def answer(lines: Sequence[tuple[Order, str, str]], at: datetime) -> bytes:
    """Compose a result file: one line a second from an instant on."""
    total = sum(one.fen for one, _, _ in lines)
    text = f"# count={len(lines)} total_fen={total}\ndebit_no,outcome,amount_fen,reason,paid_at\n"
    for seconds, (one, word, reason) in enumerate(lines):
        moved = at + timedelta(seconds=seconds)
        text += f"{one.number},{word},{one.fen},{reason},{moved:%Y-%m-%d %H:%M:%S}\n"
    return text.encode()
