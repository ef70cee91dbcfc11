"""What auditors' pages read of the APIs' answers; members that no page shows are passed over."""

from datetime import datetime

from pydantic import BaseModel, JsonValue


class Lookup(BaseModel):
    """Who saw whom, when, through which operation; `seal` is null until one covers it."""

    lookup_id: int
    looked_up_at: datetime | None
    subject: str
    role: str
    division: str
    operation: str
    purpose: str | None
    person_id: int | None
    note: str | None
    seal: int | None


class Lookups(BaseModel):
    """Look-ups of one service, the newest first."""

    items: list[Lookup]
    next_after: str | None


class Seal(BaseModel):
    """A seal over look-ups."""

    number: int
    from_id: int
    to_id: int
    lookups: int
    sha256: str
    sealed_at: datetime


class Seals(BaseModel):
    """Seals of one service, the newest first."""

    items: list[Seal]
    next_after: str | None


class SealVerification(BaseModel):
    """Whether a seal is what the rows below it say now."""

    holds: bool
    lookups: int


class Handover(BaseModel):
    """A deadline; with a hash once it is sealed."""

    deadline_id: str
    label: str
    label_zh: str
    state: str
    sha256: str | None = None


class Handovers(BaseModel):
    """The deadlines of a season."""

    items: list[Handover]


class Posting(BaseModel):
    """Money from one account to another."""

    posting: str
    summary: str
    summary_zh: str
    reversal: bool
    source_title: str
    source_title_zh: str
    destination_title: str
    destination_title_zh: str
    amount_fen: int
    business_at: datetime
    person_id: int | None
    accounting_month: str


class Postings(BaseModel):
    """Postings in their order."""

    items: list[Posting]
    next_after: str | None


class LedgerFact(BaseModel):
    """What the ledger was told, and what it posted because of it."""

    fact_id: int
    county: str
    coverage_year: int
    source: str
    event_id: str
    type: str
    event_at: datetime
    business_at: datetime
    payment_id: int | None
    data: dict[str, JsonValue]
    postings: list[Posting]


class Notification(BaseModel):
    """What a channel sent, as it came."""

    notification_id: int
    channel: str
    transaction_no: str
    kind: str
    county: str | None
    coverage_year: int | None
    received_at: datetime
    headers: dict[str, str]
    raw_base64: str
    raw_sha256: str
    text: str | None
    content: str | None
    content_sha256: str
