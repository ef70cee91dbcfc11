"""Payments as the API shows them."""

from typing import Literal

from pydantic import Field

from libs.common.web.schemas import Answer, Instant, Page
from services.collection.examples import PAYMENT, TOTAL, listed, shown
from services.collection.exchange.rules import RowState
from services.collection.fitting.rules import Reason
from services.collection.matching.rules import LineState


class Confirmation(Answer):
    """What medical insurance says of a payment line that it was told of, by the newest batch with it."""

    batch_no: int
    state: RowState = Field(description="sent: not answered yet")
    sent_at: Instant
    answered_at: Instant | None
    code: str | None = Field(description="why it was refused, by medical insurance's own code")


class PaymentLine(Answer):
    """One insured person's part of a payment. `reason` says why it is, or was, in suspense.

    `add_on_code` says what it bought beside the contribution. `refunded_fen` went back of it so far; the rest
    is where `state` says.
    """

    line_no: int
    amount_fen: int
    refunded_fen: int
    state: LineState
    reason: Reason | None
    county: str | None
    coverage_year: int | None
    division_code: str | None
    masked_id: str | None
    masked_name: str | None
    person_id: int | None
    enrollment_id: int | None
    add_on_code: str | None
    repaired_year: int | None = Field(default=None, description="the lapsed year that it is for")
    voucher_no: str | None
    applied_at: Instant | None
    applied_by: str | None
    note: str | None
    refund_id: int | None
    refund_outcome: str | None
    refunded_at: Instant | None
    confirmation: Confirmation | None = Field(
        default=None, description="what medical insurance says of it; null: it was not told"
    )


class Payment(Answer):
    """Money that a channel told of. `state`: received (stored, its place is being found) or matched."""

    model_config = shown(PAYMENT)

    payment_id: int
    state: Literal["received", "matched"]
    channel: str
    transaction_no: str
    order_no: str | None
    county: str | None
    coverage_year: int | None
    amount_fen: int | None
    paid_at: Instant | None
    received_at: Instant
    employee_fund: str | None = Field(
        default=None,
        description="the employees' fund of the notice that owes it: a personal account paid",
    )
    lines: list[PaymentLine]


class Payments(Page[Payment]):
    """Payments, oldest first."""

    model_config = shown(listed(PAYMENT))


class PaymentTotal(Answer):
    """Count and money of payment lines of one state (and reason)."""

    county: str | None
    coverage_year: int | None
    state: LineState
    reason: Reason | None
    count: int
    amount_fen: int
    refunded_fen: int


class PaymentTotals(Page[PaymentTotal]):
    """Where the money stands."""

    model_config = shown(listed(TOTAL))
