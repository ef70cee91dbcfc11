"""Facts that the collection service publishes about money received. One fact per insured person of a payment,
keyed by that person (or by the payment where nobody is known)."""

from typing import ClassVar

from pydantic import AwareDatetime

from libs.common.events.envelope import Fact, SubsidyLine

TOPIC = "canbao.collection"


class PaymentReceived(Fact):
    """Money of one payment line was applied to what one person owed.

    `own_fen` belongs to the fund, `add_on_fen` to the separate payees of add-ons. `paid_at` is the channel's
    instant and decides price and window; `received_at` is when it reached us. `subsidies` is what the due
    carried at `paid_at`. With `from_suspense` the money had been kept in suspense before.
    """

    type: ClassVar[str] = "canbao.payment.received.v1"
    topic: ClassVar[str] = TOPIC

    payment_id: int
    line_no: int
    voucher_no: str
    channel: str
    transaction_no: str
    enrollment_id: int
    assessment_id: int
    person_id: int
    household_id: int
    county: str
    coverage_year: int
    division_code: str
    window: str
    price_fen: int
    own_fen: int
    add_on_fen: int = 0
    subsidies: tuple[SubsidyLine, ...] = ()
    paid_at: AwareDatetime
    received_at: AwareDatetime
    from_suspense: bool = False


class PaymentSuspended(Fact):
    """Money arrived that cannot be applied; it is kept, with the reason.

    `reason` is one of unknown_person, name_mismatch, unknown_order, wrong_amount, wrong_year, already_paid,
    outside_window, not_payable, order_expired. `person_id`, `county` and `division_code` are known for some.
    """

    type: ClassVar[str] = "canbao.payment.suspended.v1"
    topic: ClassVar[str] = TOPIC

    payment_id: int
    line_no: int
    channel: str
    transaction_no: str
    amount_fen: int
    reason: str
    person_id: int | None = None
    household_id: int | None = None
    enrollment_id: int | None = None
    county: str | None = None
    coverage_year: int | None = None
    division_code: str | None = None
    paid_at: AwareDatetime
    received_at: AwareDatetime


EVENTS: tuple[type[Fact], ...] = (PaymentReceived, PaymentSuspended)
