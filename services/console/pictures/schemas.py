"""What the pictures read of the APIs' answers; members that no picture shows are passed over."""

from datetime import date, datetime

from pydantic import BaseModel


class CompletedOn(BaseModel):
    """How many were complete by the end of a day."""

    on: date
    complete: int


class Days(BaseModel):
    """Since when the people of a season are complete, beside its task."""

    as_of: datetime
    from_on: date
    to_on: date
    target: int | None
    items: list[CompletedOn]


class Words(BaseModel):
    """The same in both languages."""

    zh: str
    en: str


class Rate(BaseModel):
    """A share; nothing where nobody can say it."""

    part: int | None
    whole: int | None
    percent: str | None


class Goal(Rate):
    """How a goal stands."""

    label: Words
    measure: str
    required_percent: int


class Unit(BaseModel):
    """A township or village."""

    division_code: str
    name: Words | None
    rank: int | None
    completion: Rate
    goals: list[Goal]


class Progress(BaseModel):
    """How far each unit is."""

    as_of: datetime
    units: list[Unit]


class Sum(BaseModel):
    """Money of the fund."""

    amount_fen: int


class Line(Sum):
    """Money of the fund by who bears it and the channel through which it came."""

    payer: str
    mechanism: str
    channel: str | None


class Suspense(BaseModel):
    """Money that could not be applied and is still there."""

    change_fen: int


class Cards(BaseModel):
    """What is given back to the cards of people who paid first."""

    granted_fen: int
    paid_fen: int


class Totals(BaseModel):
    """The money of a season."""

    total: Sum
    lines: list[Line]
    add_ons: list[Sum]
    repairs: list[Sum]
    refunds: list[Sum]
    to_cards: list[Cards]
    suspense: list[Suspense]
