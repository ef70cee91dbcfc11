"""What channels owe of each day by their own bills beside what came: which line pays which days.

A channel pays the day's payments less refunds, and less its fee where it keeps that; days without banks come
together in one line.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from libs.common.cases.kinds import CaseKind
from services.collection.cases import channel_days
from services.collection.files.rules import FileKind

#: Statements of accounts, the one that counts of a day first.
STATEMENTS: tuple[FileKind, ...] = ("bank_camt053", "bank_mt940", "bank_table", "treasury_table")
SettlementKind = Literal["missing", "late", "fee", "twice"]
KINDS: Mapping[SettlementKind, CaseKind] = {
    "missing": channel_days.SETTLEMENT_MISSING,
    "late": channel_days.SETTLEMENT_LATE,
    "fee": channel_days.SETTLEMENT_FEE,
    "twice": channel_days.SETTLEMENT_TWICE,
}
SlipKind = Literal["they_only", "we_only", "amount"]
SLIPS: Mapping[SlipKind, CaseKind] = {
    "they_only": channel_days.SLIP_THEY_ONLY,
    "we_only": channel_days.SLIP_WE_ONLY,
    "amount": channel_days.SLIP_AMOUNT,
}
#: So many days may come in one line: a week of holidays, and the days around it.
_MOST_TOGETHER = 10
#: A line that comes later is sought no more.
_LATEST = timedelta(days=60)


class Terms(BaseModel):
    """Into which account a channel pays, with or without its fee, and within how many days."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    account: str
    keeps_fee: bool = True
    within_days: int = Field(default=3, ge=0, le=30)


@dataclass(frozen=True, slots=True)
class Owed:
    """What a channel owes of a day, by its file."""

    channel: str
    division_code: str
    business_on: date
    file_id: int
    gross_fen: int
    fee_fen: int
    terms: Terms

    @property
    def owed_fen(self) -> int:
        """What has to come."""
        return self.gross_fen - (self.fee_fen if self.terms.keeps_fee else 0)

    @property
    def other_fen(self) -> int:
        """What comes where the fee is kept against the terms, or is not."""
        return self.gross_fen - (0 if self.terms.keeps_fee else self.fee_fen)


@dataclass(frozen=True, slots=True)
class SlipDifference:
    """A slip of a bank's list, or recorded here, that the other side has not, or not so. Null: not known."""

    kind: SlipKind
    county: str
    division_code: str
    coverage_year: int | None
    account: str
    business_on: date
    slip_no: str
    file_id: int
    line: int | None
    theirs_fen: int | None
    deposit_id: int | None
    ours_fen: int | None


@dataclass(frozen=True, slots=True)
class Came:
    """Money that came to an account, by the statement of a day."""

    on: date
    file_id: int
    line: int
    transaction_no: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Settlement:
    """Something to ask about a day of a channel: what it owes, and the line that pays it with other days."""

    kind: SettlementKind
    owed: Owed
    came: Came | None = None
    days: tuple[date, ...] = ()


@dataclass(slots=True)
class _Book:
    """Lines by their amount, and which of them pay something already."""

    by_amount: dict[int, list[Came]]
    used: dict[Came, tuple[Owed, ...]] = field(default_factory=dict)

    def take(self, fen: int, days: tuple[Owed, ...]) -> Came | None:
        """The first line of this amount that came after these days and pays nothing else."""
        last = days[-1].business_on
        for one in self.by_amount.get(fen, ()):
            if one not in self.used and last <= one.on <= last + _LATEST:
                self.used[one] = days
                return one
        return None


def amounts(owed: Iterable[Sequence[Owed]]) -> set[int]:
    """Amounts of lines that may pay these days, those of each channel in their order."""
    found = {sum(one.owed_fen for one in run) for days in owed for run in _runs(days)}
    return {fen for fen in found | {one.other_fen for days in owed for one in days} if fen > 0}


def settle(
    owed: Sequence[Sequence[Owed]], lines: Sequence[Came], known: tuple[date, date]
) -> list[Settlement]:
    """What is to be asked about days of the channels that pay into one account, a sequence for each channel.

    `known` are the first and the last day of which the account has a statement: what was taken before may
    have come before. A line pays one day before it may pay several.
    """
    book = _Book({})
    for one in sorted(lines, key=lambda one: (one.on, one.file_id, one.line)):
        book.by_amount.setdefault(one.amount_fen, []).append(one)
    paid: dict[Owed, Came] = {}
    for length in range(1, _MOST_TOGETHER + 1):
        for days in owed:
            for run in _runs(days, length):
                fen = sum(one.owed_fen for one in run)
                if fen > 0 and not any(one in paid for one in run) and (came := book.take(fen, run)):
                    paid |= dict.fromkeys(run, came)
    found = [one for days in owed for day in days for one in _asked(day, paid.get(day), book, known)]
    return found + list(_twice(book))


def _runs(days: Sequence[Owed], length: int | None = None) -> Iterator[tuple[Owed, ...]]:
    """Days that follow one another and may come together."""
    for size in range(1, _MOST_TOGETHER + 1) if length is None else (length,):
        for begin in range(len(days) - size + 1):
            yield tuple(days[begin : begin + size])


def _asked(day: Owed, came: Came | None, book: _Book, known: tuple[date, date]) -> Iterator[Settlement]:
    due = day.business_on + timedelta(days=day.terms.within_days)
    if came is not None:
        run = tuple(one.business_on for one in book.used[came])
        # Days that come together are asked about once, at the last of them.
        if came.on > due and day.business_on == run[-1]:
            yield Settlement("late", day, came, run)
    elif day.owed_fen > 0:
        other = book.take(day.other_fen, (day,)) if day.fee_fen else None
        if other is not None:
            yield Settlement("fee", day, other, (day.business_on,))
        elif known[0] <= day.business_on and due <= known[1]:
            yield Settlement("missing", day)


def _twice(book: _Book) -> Iterator[Settlement]:
    """Lines of other statements that are the same booking as one that pays something."""
    taken = {(one.transaction_no, one.amount_fen): one for one in book.used}
    for lines in book.by_amount.values():
        for one in lines:
            first = taken.get((one.transaction_no, one.amount_fen))
            if first and first.file_id != one.file_id and one not in book.used and first.on < one.on:
                days = book.used[first]
                yield Settlement("twice", days[-1], one, tuple(day.business_on for day in days))


def fingerprint(owed: Iterable[Sequence[Owed]], statements: Iterable[int]) -> str:
    """All that a comparison rests on, in a few characters."""
    days = [
        (one.channel, one.business_on, one.file_id, one.gross_fen, one.fee_fen, one.terms.model_dump_json())
        for days in owed
        for one in days
    ]
    return hashlib.sha256(repr((days, sorted(statements))).encode()).hexdigest()[:32]
