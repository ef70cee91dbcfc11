"""What the pages of deposits read of the APIs' answers; members that no page shows are passed over."""

from datetime import datetime

from pydantic import BaseModel


class Deposit(BaseModel):
    """A slip of the bank, and whether it adds up."""

    deposit_id: int
    collector_id: int
    coverage_year: int
    division_code: str
    account: str | None
    amount_fen: int
    covered_fen: int
    made_good_fen: int
    bounced_fen: int
    missing_fen: int
    receipts: int
    late_fen: int
    photos: int
    slip_no: str
    bank_reference: str | None
    makes_good_id: int | None
    deposited_at: datetime
    entered_at: datetime
    entered_by: str
    state: str


class Deposits(BaseModel):
    """Deposits in the order in which they were entered."""

    items: list[Deposit]
    next_after: str | None


class Photo(BaseModel):
    """A photo of a slip; what it shows is read by itself."""

    photo_no: int
    media_type: str
    size_bytes: int
    sha256: str
    entered_at: datetime
    entered_by: str


class Photos(BaseModel):
    """Photos of a slip."""

    items: list[Photo]


class Made(BaseModel):
    """A deposit that was recorded."""

    deposit_id: int
