"""What the page of a day reads of the APIs' answers; members that it does not show are passed over."""

from datetime import date, datetime

from pydantic import BaseModel


class Side(BaseModel):
    """What one side says of a day."""

    payments: int
    paid_fen: int
    refunds: int
    refunded_fen: int
    fee_fen: int | None


class Bank(BaseModel):
    """What came of a day to the account."""

    account: str
    state: str
    came_fen: int | None
    came_on: date | None


class DayCase(BaseModel):
    """A difference that waits to be decided."""

    case_id: int
    kind: str
    opened_at: datetime
    amount_fen: int | None


class Move(BaseModel):
    """That the day was closed, or opened again."""

    move: str
    moved_at: datetime
    moved_by: str | None
    cause: str | None


class WholeDay(BaseModel):
    """A day of a channel from all sides that collection knows."""

    county: str
    channel: str
    business_on: date
    state: str
    version: int | None
    theirs: Side | None
    ours: Side
    decided_cases: int
    due_on: date | None
    came_at: datetime | None
    closed_at: datetime | None
    closed_by: str | None
    bank: Bank | None
    cases: list[DayCase]
    moves: list[Move]


class Posted(BaseModel):
    """What the ledger has posted of a day, for all coverage years together."""

    on: date
    posted_taken_fen: int
    posted_returned_fen: int


class PostedDays(BaseModel):
    """Such days."""

    items: list[Posted]
