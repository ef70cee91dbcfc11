"""What the lists of money read of the APIs' answers; members that no list shows are passed over."""

from datetime import date, datetime

from pydantic import BaseModel


class SuspendedLine(BaseModel):
    """Money that waits for its person."""

    payment_id: int
    line_no: int
    channel: str
    transaction_no: str
    amount_fen: int
    reason: str
    division_code: str | None
    masked_id: str | None
    masked_name: str | None
    person_id: int | None
    paid_at: datetime
    age_days: int
    giving_back: bool


class Suspense(BaseModel):
    """Such money."""

    items: list[SuspendedLine]
    next_after: str | None
    count: int
    amount_fen: int


class Refund(BaseModel):
    """Money that goes back."""

    refund_id: int
    person_id: int | None
    division_code: str | None
    channel: str
    amount_fen: int
    reason: str
    state: str
    requested_by: str
    requested_at: datetime
    decided_by: str | None
    payout_state: str | None


class Refunds(BaseModel):
    """Refunds."""

    items: list[Refund]
    next_after: str | None


class Deadline(BaseModel):
    """A deadline of the notice and its handover."""

    deadline_id: str
    label: str
    label_zh: str
    accounting_from: date
    accounting_to: date
    due_on: date
    state: str
    parties: list[str]
    signed: list[str]
    head_count: int | None
    amount_fen: int | None

    @property
    def unsigned(self) -> list[str]:
        """The parties whose papers nobody has signed."""
        return [party for party in self.parties if party not in self.signed]


class Calendar(BaseModel):
    """The deadlines of a season."""

    items: list[Deadline]


class Step(BaseModel):
    """A step of the money, and what waits for it."""

    label: str
    label_zh: str
    department_label: str
    department_label_zh: str
    waiting_fen: int
    oldest_on: date | None
    age_days: int | None


class MoneyPath(BaseModel):
    """The steps of the money."""

    steps: list[Step]


class Level(BaseModel):
    """What a level of government bears of the match, and what has come of it."""

    level: str
    owed_fen: int
    arrived_fen: int
    missing_fen: int


class Match(BaseModel):
    """How the match stands."""

    blocked: str | None
    levels: list[Level]


class Application(BaseModel):
    """What the bureau asks finance for."""

    application_id: int
    payer: str
    number: int
    line_count: int
    total_fen: int
    applied_by: str
    applied_at: datetime
    confirmed_fen: int | None
    short_fen: int | None
    confirmed_at: datetime | None


class Applications(BaseModel):
    """Applications."""

    items: list[Application]
    next_after: str | None


class Arrival(BaseModel):
    """A payer's money that has come."""

    arrival_id: int
    payer: str
    reference: str
    amount_fen: int
    arrived_at: datetime
    entered_by: str
    reversed_at: datetime | None
    returned_fen: int


class Arrivals(BaseModel):
    """Arrivals."""

    items: list[Arrival]
    next_after: str | None


class Taken(BaseModel):
    """A step of an accounting month."""

    step: str
    taken_by: str
    approved_by: str | None
    taken_at: datetime


class Period(BaseModel):
    """An accounting month."""

    month: str
    state: str
    steps: list[Taken]


class Periods(BaseModel):
    """Accounting months."""

    items: list[Period]


class Debt(BaseModel):
    """What a channel took, gave back, kept, has paid over and owes."""

    channel: str
    title: str
    title_zh: str
    taken_fen: int
    given_back_fen: int
    fee_fen: int
    paid_fen: int
    open_fen: int
    open_days: int
    oldest_on: date | None
    age_days: int | None


class Debts(BaseModel):
    """What all channels owe."""

    items: list[Debt]
