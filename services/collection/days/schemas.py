"""What is shown of days of channels."""

from collections.abc import Sequence
from datetime import date

from pydantic import Field
from pydantic.config import JsonDict

from libs.common.web.schemas import Answer, Instant, Page
from services.collection.days.rules import BankState, Cause, DayMove, DayState
from services.collection.examples import listed, shown

_SIDE: JsonDict = {
    "payments": 44,
    "paid_fen": 1120000,
    "refunds": 1,
    "refunded_fen": 28000,
    "fee_fen": 6720,
}
_OURS: JsonDict = _SIDE | {"fee_fen": None}
_DAY: JsonDict = {
    "county": "youxi",
    "channel": "wechat",
    "business_on": "2019-11-20",
    "state": "closed",
    "version": 1,
    "theirs": _SIDE,
    "ours": _OURS,
    "open_cases": 0,
    "decided_cases": 1,
    "oldest_open_at": None,
    "due_on": "2019-11-30",
    "came_at": "2019-11-21T10:00:00+08:00",
    "came_by": "tax-3",
    "late_days": None,
    "closed_at": "2019-11-22T09:00:00+08:00",
    "closed_by": "tax-3",
    "bank": {"account": "treasury", "state": "came", "came_fen": 1085280, "came_on": None},
}
_WHOLE: JsonDict = _DAY | {
    "cases": [],
    "moves": [
        {"move": "closed", "moved_at": "2019-11-22T09:00:00+08:00", "moved_by": "tax-3", "cause": None}
    ],
}
_TOTAL: JsonDict = {
    "channel": "wechat",
    "days": 120,
    "no_file": 1,
    "open": 2,
    "explained": 3,
    "closed": 114,
    "theirs": _SIDE,
    "ours": _OURS,
    "open_cases": 4,
    "ages": [
        {"since_days": 0, "until_days": 3, "count": 3, "amount_fen": 75000},
        {"since_days": 4, "until_days": 7, "count": 0, "amount_fen": 0},
        {"since_days": 8, "until_days": 30, "count": 0, "amount_fen": 0},
        {"since_days": 31, "until_days": None, "count": 1, "amount_fen": 25000},
    ],
    "late_files": 2,
    "bank": {"came": 116, "late": 1, "fee": 0, "missing": 1, "unknown": 2, "came_fen": 98280000},
    "differences": [
        {
            "kind": "channel_day_we_only",
            "open": 4,
            "open_fen": 112000,
            "ages": [{"since_days": 0, "until_days": 3, "count": 4, "amount_fen": 112000}],
            "oldest_opened_at": "2019-11-21T10:00:00+08:00",
            "decided": 3,
            "gone": 9,
        }
    ],
}


class Side(Answer):
    """What one side says of a day."""

    payments: int
    paid_fen: int
    refunds: int
    refunded_fen: int
    fee_fen: int | None = Field(description="what the channel took for itself; we know of none")


class BankSide(Answer):
    """What came of a day to its account, by the statements; unknown: they do not tell yet."""

    account: str
    state: BankState
    came_fen: int | None
    came_on: date | None = Field(description="where it is not what was agreed")


class ChannelDay(Answer):
    """A day of a channel: its file beside our own payments and its money at the bank, what is asked about it,
    and where it stands.

    `closed_at` and `closed_by` are null unless it is closed now.
    """

    model_config = shown(_DAY)

    county: str
    channel: str
    business_on: date
    state: DayState = Field(
        description="no_file; open: something differs or was not compared yet; explained: it may be closed"
    )
    version: int | None = Field(description="of the file that counts; null: there is none")
    theirs: Side | None = Field(description="what the file says; null: there is none")
    ours: Side
    open_cases: int
    decided_cases: int
    oldest_open_at: Instant | None = Field(description="since when the oldest of the open cases waits")
    due_on: date | None = Field(description="by when the notice wants it closed; null: it does not say")
    came_at: Instant | None = Field(description="when the first version of the file came")
    came_by: str | None = Field(description="who sent it")
    late_days: int | None = Field(
        description="how many days after due_on it came, or is missing until now; null: in time"
    )
    closed_at: Instant | None
    closed_by: str | None
    bank: BankSide | None = Field(description="null: the settings name no account for the channel")


class ChannelDays(Page[ChannelDay]):
    """Days in their order, of each the channels by name."""

    model_config = shown(listed(_DAY))


class DayCase(Answer):
    """A case about the day that waits to be decided."""

    case_id: int
    kind: str
    opened_at: Instant
    amount_fen: int | None


class Moved(Answer):
    """That the day was closed, or opened again: by itself, for its cause."""

    move: DayMove
    moved_at: Instant
    moved_by: str | None
    cause: Cause | None


class WholeChannelDay(ChannelDay):
    """A day with its open cases and all that was done about it."""

    model_config = shown(_WHOLE)

    cases: Sequence[DayCase]
    moves: Sequence[Moved]


class Ages(Answer):
    """Open cases that wait for so many days."""

    since_days: int
    until_days: int | None
    count: int
    amount_fen: int


class KindTotal(Answer):
    """Differences of one kind: open ones by how many days they wait, and those that are not open any more."""

    kind: str
    open: int
    open_fen: int
    ages: Sequence[Ages]
    oldest_opened_at: Instant | None = Field(description="of those that are open")
    decided: int
    gone: int = Field(description="closed by themselves: the missing side came")


class BankTotal(Answer):
    """On how many days the money came, was late, differed by the fee, is missing or is not known yet."""

    came: int
    late: int
    fee: int
    missing: int
    unknown: int
    came_fen: int = Field(description="of all these days, by the statements")


class ChannelTotal(Answer):
    """The days of a channel added up, with how many stand where, and what differs by kind and age."""

    model_config = shown(_TOTAL)

    channel: str
    days: int
    no_file: int
    open: int
    explained: int
    closed: int
    theirs: Side
    ours: Side
    open_cases: int
    ages: Sequence[Ages] = Field(description="the open cases by how many days they wait")
    late_files: int = Field(description="days whose file came after due_on, or is missing over it")
    bank: BankTotal | None = Field(description="null: the settings name no account for the channel")
    differences: Sequence[KindTotal]


class ChannelTotals(Answer):
    """Totals of all channels that give files, by their names."""

    model_config = shown({"items": [_TOTAL]})

    items: Sequence[ChannelTotal]
