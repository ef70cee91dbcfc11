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


class ChannelRefund(BaseModel):
    """Money that its channel is to give back."""

    request_no: str
    channel: str
    amount_fen: int
    person_id: int | None
    division_code: str | None
    state: str
    word: str | None
    requested_by: str
    agreed_by: str
    agreed_at: datetime
    ended_at: datetime | None


class ChannelRefunds(BaseModel):
    """Such money."""

    items: list[ChannelRefund]
    next_after: str | None


class Suspense(BaseModel):
    """Such money."""

    items: list[SuspendedLine]
    next_after: str | None
    count: int
    amount_fen: int


class File(BaseModel):
    """A file of a channel about one day."""

    file_id: int
    channel: str
    business_on: date
    version: int | None
    state: str
    row_count: int
    fault_count: int
    in_fen: int | None
    out_fen: int | None
    difference_count: int | None
    uploaded_at: datetime


class Files(BaseModel):
    """Files of channels."""

    items: list[File]
    next_after: str | None


class DaySide(BaseModel):
    """What one side says of a day of a channel."""

    payments: int
    paid_fen: int
    refunded_fen: int


class ChannelDay(BaseModel):
    """A day of a channel from both sides."""

    channel: str
    business_on: date
    state: str
    theirs: DaySide | None
    ours: DaySide
    open_cases: int
    due_on: date | None
    closed_by: str | None


class ChannelDays(BaseModel):
    """Such days."""

    items: list[ChannelDay]
    next_after: str | None


class DebitBatch(BaseModel):
    """What a bank debits on a day."""

    batch_id: int
    county: str
    coverage_year: int
    channel: str
    debit_on: date
    state: str
    declared_count: int
    declared_total_fen: int
    created_by: str
    decided_by: str | None
    given_at: datetime | None
    approval_id: int | None


class DebitBatches(BaseModel):
    """Such batches."""

    items: list[DebitBatch]
    next_after: str | None


class Exchanged(BaseModel):
    """A batch to the collector or to medical insurance."""

    batch_id: int
    county: str
    coverage_year: int
    party: str
    kind: str
    batch_no: int
    row_count: int
    total_fen: int
    accepted: int
    refused: int
    made_at: datetime


class Exchange(BaseModel):
    """Such batches."""

    items: list[Exchanged]
    next_after: str | None


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
