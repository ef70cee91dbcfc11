"""What the lists of channels read of the APIs' answers; members that no list shows are passed over."""

from datetime import date, datetime

from pydantic import BaseModel


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

    county: str
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


class Ages(BaseModel):
    """Open differences that wait for so many days."""

    since_days: int
    until_days: int | None
    count: int
    amount_fen: int


class DayTotal(BaseModel):
    """The days of a channel added up."""

    ages: list[Ages]


class DayTotals(BaseModel):
    """Such totals of all channels."""

    items: list[DayTotal]


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
