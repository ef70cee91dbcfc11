"""What the services answer, as far as a replay reads it."""

from pydantic import BaseModel, JsonValue


class Batched(BaseModel):
    """What became of a batch of households."""

    rejected: list[JsonValue]


class Due(BaseModel):
    """What somebody owes."""

    person_id: int
    state: str = ""
    payable_fen: int | None = None


class DueFound(Due):
    """A due with those of the family."""

    family: list[Due] = []


class Ordered(BaseModel):
    """An order that was placed."""

    order_no: str
    amount_fen: int


class Payout(BaseModel):
    """A batch of payouts that waits for a second person."""

    batch_id: int
    approval_id: int


class Application(BaseModel):
    """An application for money."""

    application_id: int
    payer: str
    total_fen: int


class Applications(BaseModel):
    """Applications that were made."""

    applications: list[Application]


class Payment(BaseModel):
    """A payment."""

    payment_id: int


class Payments(BaseModel):
    """Payments."""

    items: list[Payment]


class Refund(BaseModel):
    """A refund."""

    refund_id: int


class Refunds(BaseModel):
    """Refunds."""

    items: list[Refund]


class Approval(BaseModel):
    """Something that waits for a second person."""

    approval_id: int
    operation: str


class Approvals(BaseModel):
    """What waits for a second person."""

    items: list[Approval]


class Waiting(BaseModel):
    """An answer that waits for a second person."""

    approval: Approval
