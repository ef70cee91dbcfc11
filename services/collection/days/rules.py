"""A day of a channel: what each side says of it, where it stands, and what closing it rests on."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from libs.common.clock import business_date
from libs.common.dates import day_of
from libs.common.policy import Notice

#: no_file: the channel's file is not there; open: something differs, or was not compared yet; explained: all
#: that differed is decided or gone; closed: an officer closed it.
DayState = Literal["no_file", "open", "explained", "closed"]
DayMove = Literal["closed", "reopened"]
#: Why a day was opened again by itself: a corrected file, money of ours, a difference.
Cause = Literal["file", "money", "difference"]
#: unknown: no statement tells yet, or the settings name no account.
BankState = Literal["came", "late", "fee", "missing", "unknown"]

#: From how many days to how many; the last class has no end.
AGES: tuple[tuple[int, int | None], ...] = ((0, 3), (4, 7), (8, 30), (31, None))


@dataclass(frozen=True, slots=True)
class Side:
    """What one side says of a day: payments, and what went back."""

    payments: int = 0
    paid_fen: int = 0
    refunds: int = 0
    refunded_fen: int = 0
    fee_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """That a day was closed, or opened again; by nobody: by itself, for `cause`. It never changes."""

    county: str
    division_code: str
    channel: str
    business_on: date
    move: DayMove
    moved_at: datetime
    moved_by: str | None
    cause: Cause | None
    rests_on: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A case about a day that waits to be decided."""

    case_id: int
    kind: str
    channel: str
    business_on: date
    opened_at: datetime
    amount_fen: int | None


@dataclass(frozen=True, slots=True)
class Settled:
    """How many cases of a kind about a day were decided, and how many went as their cause went."""

    kind: str
    channel: str
    business_on: date
    decided: int
    gone: int


@dataclass(frozen=True, slots=True)
class ChannelDay:
    """A day of a channel of a county, from all sides.

    `compared` says whether the files that count now were compared with our own payments, `came_at` and
    `came_by` when the first version of the last of them came, and who sent it.
    """

    county: str
    division_code: str
    channel: str
    business_on: date
    file_ids: tuple[int, ...]
    version: int | None
    compared: bool
    theirs: Side | None
    ours: Side
    asked: Sequence[Asked] = ()
    settled: Sequence[Settled] = ()
    came_at: datetime | None = None
    came_by: str | None = None
    moves: Sequence[Move] = field(default=())

    @property
    def decided(self) -> int:
        """How many cases about it were decided."""
        return sum(one.decided for one in self.settled)

    @property
    def state(self) -> DayState:
        """Where it stands."""
        if self.moves and self.moves[-1].move == "closed":
            return "closed"
        if self.theirs is None:
            return "no_file"
        return "explained" if self.compared and not self.asked else "open"

    @property
    def rests_on(self) -> str:
        """What closing it rests on: the files that count, and our own money of the day."""
        files = ",".join(map(str, sorted(self.file_ids)))
        ours = self.ours
        return f"{files} {ours.payments}/{ours.paid_fen} {ours.refunds}/{ours.refunded_fen}"

    def changed_by(self) -> Cause | None:
        """What a closed day is opened again for; None while it is as it was closed."""
        if not self.moves or self.moves[-1].move != "closed":
            return None
        before = self.moves[-1].rests_on
        if before.partition(" ")[0] != self.rests_on.partition(" ")[0]:
            return "file"
        if before != self.rests_on:
            return "money"
        return "difference" if self.asked else None


@dataclass(frozen=True, slots=True)
class Bank:
    """What came of a day to the account that the settings name."""

    account: str
    state: BankState
    came_fen: int | None = None
    came_on: date | None = None


@dataclass(frozen=True, slots=True)
class Ages:
    """Open cases that wait for so many days: how many, and the money that they are about."""

    since_days: int
    until_days: int | None
    count: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class KindTotal:
    """Cases of one kind about days of a channel: open ones by how long they wait, and those that are not."""

    kind: str
    open: int
    open_fen: int
    ages: Sequence[Ages]
    oldest_opened_at: datetime | None
    decided: int
    gone: int


@dataclass(frozen=True, slots=True)
class BankTotal:
    """On how many days the money of a channel came, and how much of it did by the statements."""

    came: int
    late: int
    fee: int
    missing: int
    unknown: int
    came_fen: int


@dataclass(frozen=True, slots=True)
class ChannelTotal:
    """The days of a channel added up."""

    channel: str
    days: int
    states: dict[DayState, int]
    theirs: Side
    ours: Side
    open_cases: int
    ages: Sequence[Ages]
    bank: BankTotal | None
    differences: Sequence[KindTotal]


def late_days(due: date | None, came_on: date) -> int | None:
    """How many days after its day was due a file came; None where it was in time, or nothing says when."""
    return (came_on - due).days if due is not None and came_on > due else None


def days_of_season(notice: Notice) -> tuple[date, date]:
    """The first and the last day on which the notice takes money."""
    windows = notice.windows
    return day_of(min(one.from_ for one in windows)), day_of(max(one.to for one in windows) - 1)


def total(channel: str, days: Collection[ChannelDay], banks: Collection[Bank], now: datetime) -> ChannelTotal:
    """Add the days of a channel up, with what came of them to its account."""
    states: dict[DayState, int] = {"no_file": 0, "open": 0, "explained": 0, "closed": 0}
    for day in days:
        states[day.state] += 1
    return ChannelTotal(
        channel,
        len(days),
        states,
        _sum([day.theirs for day in days if day.theirs is not None]),
        _sum([day.ours for day in days]),
        sum(len(day.asked) for day in days),
        ages([one for day in days for one in day.asked], business_date(now)),
        _bank_total(banks) if banks else None,
        _by_kind(days, business_date(now)),
    )


def _bank_total(banks: Collection[Bank]) -> BankTotal:
    count = Counter(one.state for one in banks)
    return BankTotal(
        came=count["came"],
        late=count["late"],
        fee=count["fee"],
        missing=count["missing"],
        unknown=count["unknown"],
        came_fen=sum(one.came_fen or 0 for one in banks),
    )


def _by_kind(days: Collection[ChannelDay], today: date) -> list[KindTotal]:
    asked, settled = defaultdict[str, list[Asked]](list), defaultdict[str, list[Settled]](list)
    for day in days:
        for case in day.asked:
            asked[case.kind].append(case)
        for ended in day.settled:
            settled[ended.kind].append(ended)
    found = []
    for kind in sorted(asked.keys() | settled.keys()):
        found.append(
            KindTotal(
                kind=kind,
                open=len(asked[kind]),
                open_fen=sum(one.amount_fen or 0 for one in asked[kind]),
                ages=ages(asked[kind], today),
                oldest_opened_at=min((one.opened_at for one in asked[kind]), default=None),
                decided=sum(one.decided for one in settled[kind]),
                gone=sum(one.gone for one in settled[kind]),
            )
        )
    return found


def ages(asked: Collection[Asked], today: date) -> list[Ages]:
    """Put open cases into classes by how many days they wait."""
    waiting = [(max((today - business_date(one.opened_at)).days, 0), one.amount_fen or 0) for one in asked]
    found = []
    for since, until in AGES:
        of_class = [fen for days, fen in waiting if days >= since and (until is None or days <= until)]
        found.append(Ages(since, until, len(of_class), sum(of_class)))
    return found


def _sum(sides: Sequence[Side]) -> Side:
    fees = [one.fee_fen for one in sides if one.fee_fen is not None]
    return Side(
        payments=sum(one.payments for one in sides),
        paid_fen=sum(one.paid_fen for one in sides),
        refunds=sum(one.refunds for one in sides),
        refunded_fen=sum(one.refunded_fen for one in sides),
        fee_fen=sum(fees) if fees else None,
    )
