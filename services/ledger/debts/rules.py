"""What a channel owes of each day, and which days a slip pays.

A day owes what was taken on it, less what the channel gave back on it and kept as its fee. What went back
of a day that was paid leaves the day of its return below zero, and the next slip brings so much less. A slip
pays the day, or the days one after another, whose sum it is; else the oldest in turn, the last in part.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import accumulate
from typing import Literal

from services.ledger.accounts import rules as accounts
from services.ledger.postings.kinds import Kind

#: Kinds of postings by which a channel pays: a slip, or the payee of add-ons got its money from the channel.
PAYING = (Kind.CHANNEL_SETTLEMENT, Kind.EMPLOYEE_FUND_TRANSFER, Kind.ADD_ON_HANDOVER)
#: Kinds of postings by which a channel gave money back itself.
GIVING_BACK = (Kind.RETURNED_OF_CONTRIBUTION, Kind.RETURNED_OF_REPAIR, Kind.RETURNED_DRAWN)
#: How a slip was matched: by its sum, in turn, or as somebody said.
How = Literal["day", "run", "oldest", "named"]
#: So many days may come together by their sum: the holidays of a month, and the days around them.
_MOST_TOGETHER = 40


@dataclass(frozen=True, slots=True)
class Moved:
    """What a channel took on a day, what of it it gave back on that day, and what it kept as its fee."""

    account: str
    day: date
    taken_fen: int
    given_back_fen: int
    fee_fen: int


@dataclass(frozen=True, slots=True)
class Paid:
    """What a channel has paid in all, whether or not it is known for which days."""

    account: str
    paid_fen: int


@dataclass(frozen=True, slots=True)
class SlipDay:
    """What a slip pays of a day: below zero where what went back that day was taken off it."""

    channel: str
    day: date
    movement_id: int
    reference: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Debt:
    """What a channel owes of a day. `earlier_fen` was paid before it was kept which slip pays which day."""

    channel: str
    day: date
    taken_fen: int
    given_back_fen: int
    fee_fen: int = 0
    slips: tuple[SlipDay, ...] = ()
    earlier_fen: int = 0

    @property
    def paid_fen(self) -> int:
        """What of the day is paid."""
        return self.earlier_fen + sum(one.amount_fen for one in self.slips)

    @property
    def open_fen(self) -> int:
        """What is not; below zero more was paid, or went back since."""
        return self.taken_fen - self.given_back_fen - self.fee_fen - self.paid_fen


@dataclass(frozen=True, slots=True)
class Match:
    """Which days a slip pays, how much of each in fen, and how that was found."""

    how: How
    days: Mapping[date, int]


_NOTHING = Moved("", date.min, 0, 0, 0)


def channel_of(account: str) -> str:
    """The channel of an account of what channels owe."""
    return account.removeprefix(accounts.clearing(""))


def debts_of(moved: Iterable[Moved], slips: Iterable[SlipDay], paid: Iterable[Paid]) -> dict[str, list[Debt]]:
    """By channel the days on which anything was taken, given back or paid, in their order.

    Over all days of a channel what is open is the balance of its account.
    """
    took = {(channel_of(one.account), one.day): one for one in moved}
    by_day = defaultdict[tuple[str, date], list[SlipDay]](list)
    for one in slips:
        by_day[one.channel, one.day].append(one)
    found = defaultdict[str, list[Debt]](list)
    for channel, day in sorted(took.keys() | by_day.keys()):
        there = took.get((channel, day), _NOTHING)
        moved_fen = (there.taken_fen, there.given_back_fen, there.fee_fen)
        found[channel].append(Debt(channel, day, *moved_fen, tuple(by_day[channel, day])))
    for whole in paid:
        channel = channel_of(whole.account)
        matched_fen = sum(slip.amount_fen for debt in found[channel] for slip in debt.slips)
        found[channel] = _with_earlier(found[channel], whole.paid_fen - matched_fen)
    return {channel: debts for channel, debts in found.items() if debts}


def _with_earlier(debts: list[Debt], earlier_fen: int) -> list[Debt]:
    """Count what was paid before it was kept for which days: to the oldest ones in turn."""
    if not earlier_fen or not debts:
        return debts
    shares = dict(_in_turn([(one.day, one.open_fen) for one in debts], earlier_fen))
    last, left_fen = debts[-1].day, earlier_fen - sum(shares.values())
    shares[last] = shares.get(last, 0) + left_fen
    return [replace(one, earlier_fen=shares.get(one.day, 0)) for one in debts]


def match(debts: Sequence[Debt], amount_fen: int, on: date) -> Match:
    """Find the days that a slip of a day pays; no later ones while there are others.

    What is more than all days owe is money that is not known yet: it stays with the day of the slip.
    """
    there = [(one.day, one.open_fen) for one in debts if one.open_fen]
    before = [one for one in there if one[0] <= on]
    if (run := _by_sum(before, amount_fen)) is not None:
        return Match("day" if len(run) == 1 else "run", dict(run))
    days = dict(_in_turn(before, amount_fen))
    left_fen = amount_fen - sum(days.values())
    days |= dict(_in_turn([one for one in there if one[0] > on], left_fen))
    left_fen = amount_fen - sum(days.values())
    if left_fen:
        days[on] = days.get(on, 0) + left_fen
    return Match("oldest", {day: fen for day, fen in days.items() if fen})


def _by_sum(days: Sequence[tuple[date, int]], amount_fen: int) -> Sequence[tuple[date, int]] | None:
    """The fewest days one after another that are this sum, of those the oldest."""
    sums = list(accumulate((fen for _, fen in days), initial=0))
    for length in range(1, min(_MOST_TOGETHER, len(days)) + 1):
        for begin in range(len(days) - length + 1):
            if sums[begin + length] - sums[begin] == amount_fen:
                return days[begin : begin + length]
    return None


def _in_turn(days: Sequence[tuple[date, int]], amount_fen: int) -> Iterator[tuple[date, int]]:
    """Days below zero first, which make it so much more; then what it reaches, the oldest first."""
    if amount_fen <= 0:
        return
    for day, fen in days:
        if fen < 0:
            amount_fen -= fen
            yield day, fen
    for day, fen in days:
        if fen > 0 and amount_fen:
            taken_fen = min(fen, amount_fen)
            amount_fen -= taken_fen
            yield day, taken_fen
