"""What services answer to files about money; members that no page shows are passed over."""

from pydantic import BaseModel

from services.console.cards.schemas import RejectedCard, WarnedCard


class Sum(BaseModel):
    """How many, and how much."""

    count: int
    amount_fen: int


class BatchResults(BaseModel):
    """What a bank's list settled of one batch."""

    batch_id: int
    repeated: bool
    paid: Sum
    failed: Sum
    returned: Sum
    contradictions: int


class Arrival(BaseModel):
    """Money that came."""

    payer: str = ""
    reference: str
    amount_fen: int


class Taken(BaseModel):
    """What became of a file: each service says some of this."""

    receipt_ids: list[int] | None = None
    amount_fen: int | None = None
    batch_id: int | None = None
    lines: int | None = None
    people: int | None = None
    file_id: int | None = None
    batches: list[BatchResults] | None = None
    arrivals: list[Arrival] | None = None
    #: Of cards.
    dry_run: bool = False
    accepted: int | None = None
    unchanged: int | None = None
    waiting_for_person: int | None = None
    payouts_ready: int | None = None
    rejected: list[RejectedCard] = []
    warnings: list[WarnedCard] = []
    repeated: int | None = None
