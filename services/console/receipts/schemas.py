"""What the pages of receipts read of the APIs' answers; members that no page shows are passed over."""

from datetime import date, datetime

from pydantic import BaseModel


class Collector(BaseModel):
    """A place where money is taken by hand."""

    collector_id: int
    county: str
    division_code: str
    title: str


class Collectors(BaseModel):
    """Such places."""

    items: list[Collector]
    next_after: str | None = None


class Sentence(BaseModel):
    """One sentence in each language."""

    zh: str
    en: str


class Tier(BaseModel):
    """What a tier costs now."""

    tier: int
    payable_fen: int


class PaidWith(BaseModel):
    """The payment that counts for somebody."""

    voucher_no: str
    amount_fen: int
    paid_at: datetime


class DeskDue(BaseModel):
    """What somebody owes at a collector."""

    person_id: int
    masked_name: str | None
    division_code: str
    payable_fen: int
    tiers: list[Tier]
    takes_cash: bool
    paper: str | None
    standing: Sentence | None
    closed: Sentence | None
    payment: PaidWith | None
    waits: bool


class Receipt(BaseModel):
    """Money that a collector took."""

    receipt_id: int
    collector_id: int
    coverage_year: int
    instrument: str
    people: int
    amount_fen: int
    returned_fen: int
    paid_at: datetime
    due_on: date | None
    entered_by: str
    state: str
    deposit_id: int | None
    batch_id: int | None
    voucher_nos: list[str]


class Receipts(BaseModel):
    """Such money, in the order in which it was entered."""

    items: list[Receipt]
    next_after: str | None


class Recorded(BaseModel):
    """What was recorded."""

    receipt_ids: list[int]
