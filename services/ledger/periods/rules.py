"""In which accounting month something is booked, and which step about a month has its turn.

Finance keeps the books of a fund by calendar months, whatever coverage year the money is for: so the months
of a county hold for all its years together. A fact is booked in the month in which it happened. Once that
month is locked or closed, it is booked in the first one that is open, and keeps its business date.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from libs.common.clock import SHANGHAI, business_date
from libs.common.dates import add_months
from services.ledger.handovers.rules import canonical

FORMAT = "canbao.period/1"


class State(StrEnum):
    """How an accounting month stands."""

    #: What happens is booked in it.
    OPEN = "open"
    #: Nothing more is booked in it; it is looked through, and closed or opened again.
    LOCKED = "locked"
    #: Its totals are frozen for good.
    CLOSED = "closed"


class Step(StrEnum):
    """What is done with an accounting month."""

    LOCK = "lock"
    #: By a second person.
    CLOSE = "close"
    #: By a second person, with a reason; only of a month that is not closed.
    REOPEN = "reopen"


class MonthUnknown(Exception):
    """Nothing is booked in this month or before it, or it has not begun."""


class MonthNotOver(Exception):
    """The month goes on: what happens in it is still to be booked in it."""


class OutOfTurn(Exception):
    """Another month has its turn first."""

    def __init__(self, month: date) -> None:
        super().__init__(month.isoformat())
        self.month = month


class NotInState(Exception):
    """The step cannot be taken about a month that stands so."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.state = state


@dataclass(frozen=True, slots=True)
class Month:
    """An accounting month of a county, by its first day."""

    month: date
    state: State


@dataclass(frozen=True, slots=True)
class Turnover:
    """What stood on an account before a month, came to it and left it in the month, and stood after it."""

    coverage_year: int
    account: str
    opening_fen: int
    debit_fen: int
    credit_fen: int

    @property
    def closing_fen(self) -> int:
        """What stood on the account at the end of the month."""
        return self.opening_fen + self.debit_fen - self.credit_fen


def month_of(instant: datetime) -> date:
    """The first day of the calendar month, in Shanghai."""
    return business_date(instant).replace(day=1)


def next_month(month: date) -> date:
    """The first day of the month after."""
    return add_months(month, 1)


def begins_at(month: date) -> datetime:
    """The first instant of a month."""
    return datetime.combine(month, time(), SHANGHAI)


def booked_in(business_at: datetime, shut_to: date | None) -> date:
    """Give the accounting month of what happened at an instant; `shut_to` is the last one not open."""
    month = month_of(business_at)
    return month if shut_to is None or month > shut_to else next_month(shut_to)


def months(first: date | None, known: Iterable[Month], last: date) -> list[Month]:
    """Give every month from the first one booked in to the last, without gaps."""
    states = {one.month: one.state for one in known}
    found: list[Month] = []
    month = first
    while month is not None and month <= last:
        found.append(Month(month, states.get(month, State.OPEN)))
        month = next_month(month)
    return found


def is_closed(known: Iterable[Month], month: date) -> bool:
    """Whether a month is closed, and what is said of it final."""
    return any(one.month == month and one.state == State.CLOSED for one in known)


def check_lock(all_months: Sequence[Month], month: date, now: datetime) -> bool:
    """Whether the month is still to be locked (False: it is). The months before it are locked first.

    Raises MonthUnknown, NotInState, MonthNotOver and OutOfTurn.
    """
    state = _state(all_months, month)
    if state == State.LOCKED:
        return False
    if state == State.CLOSED:
        raise NotInState(state)
    if now < begins_at(next_month(month)):
        raise MonthNotOver
    for one in all_months:
        if one.month < month and one.state == State.OPEN:
            raise OutOfTurn(one.month)
    return True


def check_close(all_months: Sequence[Month], month: date) -> None:
    """Let a locked month be closed when all before it are. Raises MonthUnknown, NotInState and OutOfTurn."""
    if (state := _state(all_months, month)) != State.LOCKED:
        raise NotInState(state)
    for one in all_months:
        if one.month < month and one.state != State.CLOSED:
            raise OutOfTurn(one.month)


def check_reopen(all_months: Sequence[Month], month: date) -> None:
    """Let the last locked month be opened again. Raises MonthUnknown, NotInState and OutOfTurn."""
    if (state := _state(all_months, month)) != State.LOCKED:
        raise NotInState(state)
    for one in reversed(all_months):
        if one.month > month and one.state != State.OPEN:
            raise OutOfTurn(one.month)


def _state(all_months: Sequence[Month], month: date) -> State:
    for one in all_months:
        if one.month == month:
            return one.state
    raise MonthUnknown


def closing_document(
    county: str, month: date, turnovers: Sequence[Turnover], entries: int, previous_sha256: str | None
) -> str:
    """Write the totals of a month in the one way that is hashed: the same postings give the same bytes."""
    document = {
        "format": FORMAT,
        "county": county,
        "month": f"{month:%Y-%m}",
        "previous_sha256": previous_sha256,
        "entries": entries,
        "debit_fen": sum(one.debit_fen for one in turnovers),
        "credit_fen": sum(one.credit_fen for one in turnovers),
        "accounts": [
            {
                "coverage_year": one.coverage_year,
                "account": one.account,
                "opening_fen": one.opening_fen,
                "debit_fen": one.debit_fen,
                "credit_fen": one.credit_fen,
                "closing_fen": one.closing_fen,
            }
            for one in turnovers
        ],
    }
    return canonical(document)


def closing_balances(document: str) -> dict[tuple[int, str], int]:
    """Read the closing balances of frozen totals, by coverage year and account."""
    accounts = json.loads(document)["accounts"]
    return {(one["coverage_year"], one["account"]): one["closing_fen"] for one in accounts}
