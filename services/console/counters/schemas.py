"""What the pages of a counter read of collection's answers; members that no page shows are passed over."""

from datetime import datetime

from pydantic import BaseModel


class Found(BaseModel):
    """Whom number and name lead to."""

    person_id: int


class Help(BaseModel):
    """What somebody else bears."""

    amount_fen: int


class Voucher(BaseModel):
    """The electronic voucher of a payment."""

    voucher_no: str
    code: str
    state: str
    coverage_year: int
    masked_name: str | None
    masked_id: str | None
    price_fen: int
    own_fen: int
    add_on_fen: int
    amount_fen: int
    subsidies: list[Help]
    transaction_no: str
    paid_at: datetime
    issued_at: datetime
    receipt_no: str | None


class Certified(BaseModel):
    """One person of a paper."""

    masked_name: str
    masked_id: str


class Certificate(BaseModel):
    """A paper that proves a payment, as PDF."""

    certificate_no: str
    code: str
    kind: str
    coverage_year: int
    state_now: str
    paid_fen: int
    people: list[Certified]
    issued_at: datetime
    issued_by: str
