"""Vouchers as the API shows them."""

from typing import Annotated

from pydantic import ConfigDict, Field

from libs.common.events import SubsidyLine
from libs.common.web.schemas import Answer, Body, Instant
from services.collection.examples import VERDICT, VOUCHER, shown
from services.collection.vouchers.rules import VoucherState


class Voucher(Answer):
    """The electronic voucher of one applied payment line. `code` is printed beside the number."""

    model_config = shown(VOUCHER)

    voucher_no: str
    code: str
    state: VoucherState
    county: str
    coverage_year: int
    division_code: str
    person_id: int
    masked_name: str | None
    masked_id: str | None
    window: str
    price_fen: int
    own_fen: int
    add_on_fen: int
    amount_fen: int
    subsidies: list[SubsidyLine]
    channel: str
    transaction_no: str
    employee_fund: str | None = Field(
        default=None, description="the employees' fund of the notice, where a personal account paid"
    )
    payment_id: int
    line_no: int
    paid_at: Instant
    issued_at: Instant
    receipt_no: str | None = Field(description="the one receipt of the household, where it gets one")
    repaired_year: int | None = Field(
        default=None, description="the lapsed year that was repaired with it; null: it is the contribution"
    )
    voided_at: Instant | None
    void_reason: str | None


class VoucherCheck(Body):
    """Number and code as they are printed."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"voucher_no": "3504262019112000000178", "code": "K3QD-7RXA"}]}
    )

    voucher_no: Annotated[str, Field(max_length=40)]
    code: Annotated[str, Field(max_length=20)]


class VoucherVerdict(Answer):
    """Whether the voucher is genuine and stands; what it says is shown only for the right code."""

    model_config = shown(VERDICT)

    genuine: bool
    valid: bool = Field(description="genuine and not voided")
    state: VoucherState | None = None
    county: str | None = None
    place: str | None = Field(default=None, description="the county by its name")
    place_zh: str | None = None
    coverage_year: int | None = None
    masked_name: str | None = None
    amount_fen: int | None = None
    paid_at: Instant | None = None
