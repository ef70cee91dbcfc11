"""What the pages of batches read of subsidy's answers; members that no page shows are passed over."""

from datetime import datetime

from pydantic import BaseModel


class Batch(BaseModel):
    """A batch of payouts with what it declares to the bank."""

    batch_id: int
    county: str
    coverage_year: int
    division_prefix: str
    declared_count: int
    declared_total_fen: int
    created_by: str
    created_at: datetime
    approval_id: int | None
    decided_by: str | None
    approved_at: datetime | None
    refused_at: datetime | None

    @property
    def state(self) -> str:
        """Whether it waits for its second person, may go to the bank, or was refused."""
        if self.refused_at is not None:
            return "refused"
        return "waiting" if self.approved_at is None else "approved"


class Batches(BaseModel):
    """Such batches."""

    items: list[Batch]
    next_after: str | None


class Sum(BaseModel):
    """How many payouts, and how much money."""

    count: int
    amount_fen: int


class BatchState(Batch):
    """A batch and what the bank answered so far."""

    progress: dict[str, Sum]
