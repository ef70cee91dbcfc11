"""What the pages of batches read of the APIs' answers; members that they do not show are passed over."""

from datetime import datetime

from pydantic import BaseModel, JsonValue

from services.console.worklists.channel_schemas import DebitBatch, Exchanged


class DebitSum(BaseModel):
    """How many debits, and how much money."""

    count: int
    amount_fen: int


class WholeDebitBatch(DebitBatch):
    """A batch with what the bank answered so far, and who was left out."""

    progress: dict[str, DebitSum]
    left_out: dict[str, int]


class Debit(BaseModel):
    """One account of a batch, and what became of it."""

    debit_no: str
    account_masked: str
    people: int
    amount_fen: int
    outcome: str | None
    reason: str | None
    paid_at: datetime | None


class Debits(BaseModel):
    """Such accounts."""

    items: list[Debit]
    next_after: str | None


class WholeExchange(Exchanged):
    """A batch to the collector or to medical insurance."""

    profile: str
    made_by: str


class ExchangeRow(BaseModel):
    """A row of a batch, and the party's word."""

    row_no: int
    number: str
    person_id: int | None
    amount_fen: int
    content: dict[str, JsonValue]
    state: str
    code: str | None
    words: str | None
    answered_at: datetime | None


class ExchangeRows(BaseModel):
    """Such rows."""

    items: list[ExchangeRow]
    next_after: str | None
