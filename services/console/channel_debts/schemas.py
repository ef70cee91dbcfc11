"""What the pages of debts read of the APIs' answers; members that they do not show are passed over."""

from datetime import date, datetime

from pydantic import BaseModel


class Slip(BaseModel):
    """A slip, and how much of it pays a day."""

    movement_id: int
    reference: str
    amount_fen: int


class DayDebt(BaseModel):
    """What a channel owes of a day."""

    on: date
    taken_fen: int
    given_back_fen: int
    fee_fen: int
    paid_fen: int
    open_fen: int
    age_days: int | None
    slips: list[Slip]


class DayDebts(BaseModel):
    """Such days."""

    items: list[DayDebt]
    next_after: str | None


class PaidDay(BaseModel):
    """A day that a slip pays, and with how much."""

    on: date
    amount_fen: int


class Match(BaseModel):
    """Which days a slip pays, how that was found, and by whom."""

    channel: str
    match_no: int
    how: str
    matched_by: str
    matched_at: datetime
    reason: str | None
    days: list[PaidDay]


class Matches(BaseModel):
    """Such matches, older ones too."""

    items: list[Match]
