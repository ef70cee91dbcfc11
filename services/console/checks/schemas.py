"""What the page that checks vouchers reads of the API's answer."""

from datetime import datetime

from pydantic import BaseModel


class Verdict(BaseModel):
    """Whether a voucher is genuine and stands; what it says, for the right code alone."""

    genuine: bool
    valid: bool
    place: str | None
    place_zh: str | None
    coverage_year: int | None
    masked_name: str | None
    amount_fen: int | None
    paid_at: datetime | None
