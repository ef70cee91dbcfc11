"""What the story of a person reads of orders, attempts to pay, notifications and payouts to cards."""

from datetime import datetime

from pydantic import BaseModel


class Attempt(BaseModel):
    """Something that was tried about an order, and what came of it."""

    kind: str
    attempted_at: datetime
    attempted_by: str | None
    way: str | None
    outcome: str | None
    refusal: str | None
    fault: str | None
    answered_at: datetime | None
    tries: int


class Order(BaseModel):
    """An order as far as it is for the person; `order_fen` and `people` are of all who are in it."""

    order_no: str
    state: str
    channel: str
    amount_fen: int
    order_fen: int
    people: int
    created_by: str
    created_at: datetime
    expires_at: datetime
    cancelled_at: datetime | None
    close_reason: str | None
    attempts: list[Attempt]


class Orders(BaseModel):
    """Orders of a person, the newest day first."""

    items: list[Order]


class RefusedOrder(BaseModel):
    """An order for the person that was refused; `about_person`: not another one in it stood in the way."""

    channel: str
    refused_at: datetime
    refused_by: str
    title: str
    title_zh: str
    about_person: bool


class RefusedOrders(BaseModel):
    """Refused orders of a person, the newest first."""

    items: list[RefusedOrder]


class ToldLine(BaseModel):
    """What a payment led to for the person; `unsplit`: it contradicts itself, and is nobody's part yet."""

    amount_fen: int
    state: str
    reason: str | None
    unsplit: bool
    applied_at: datetime | None
    applied_by: str | None
    parked_at: datetime | None


class MoneyBack(BaseModel):
    """Money that went back outside, as it was told."""

    kind: str
    status: str
    state: str
    amount_fen: int | None


class Notification(BaseModel):
    """What was told about the money of the person, and what it led to."""

    notification_id: int
    told_by: str
    channel: str
    transaction_no: str
    received_at: datetime
    led_to: str
    parked_at: datetime | None
    lines: list[ToldLine]
    money_back: MoneyBack | None


class Notifications(BaseModel):
    """Notifications about a person's money, the newest first."""

    items: list[Notification]


class AttemptAnswer(BaseModel):
    """What one file of the bank said of a sending."""

    outcome: str
    reason: str | None
    answered_at: datetime
    counts: bool
    file_sha256: str | None
    received_by: str | None


class PayoutAttempt(BaseModel):
    """One sending of a payout to the bank."""

    batch_id: int
    account_masked: str
    bank: str
    batched_at: datetime
    sent_at: datetime | None
    outcome: str | None
    reason: str | None
    settled_at: datetime | None
    answers: list[AttemptAnswer] = []


class Payout(BaseModel):
    """A sum that goes to a card of the person, with every sending."""

    kind: str
    coverage_year: int | None
    amount_fen: int
    state: str
    reason: str | None
    created_at: datetime
    next_step: str
    attempts: list[PayoutAttempt]
