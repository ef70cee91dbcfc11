"""What the pages of work read of the APIs' answers; members that no page shows are passed over."""

from datetime import datetime

from pydantic import BaseModel


class CaseTotal(BaseModel):
    """Cases of one kind."""

    kind: str
    title: str
    title_zh: str
    is_alert: bool
    owner: str
    count: int
    unseen: int
    amount_fen: int
    oldest_opened_at: datetime


class CaseTotals(BaseModel):
    """Cases by kind."""

    items: list[CaseTotal]


class Approval(BaseModel):
    """What waits for a second person."""

    approval_id: int
    operation: str
    asked_by: str
    asked_at: datetime


class Approvals(BaseModel):
    """A page of approvals."""

    items: list[Approval]
    next_after: str | None


class Suspense(BaseModel):
    """Money that waits for its person."""

    count: int
    amount_fen: int
    totals: list["SuspenseTotal"]


class SuspenseTotal(BaseModel):
    """Such money of one reason."""

    oldest_received_at: datetime | None


class Notice(BaseModel):
    """A season."""

    county: str
    coverage_year: int
    division: str
    place: str
    place_zh: str


class Notices(BaseModel):
    """All seasons."""

    items: list[Notice]


class TicketCount(BaseModel):
    """Reported errors of one township."""

    open: int
    overdue: int


class TicketCounts(BaseModel):
    """Reported errors by township."""

    items: list[TicketCount]
    next_after: str | None


class Batch(BaseModel):
    """A batch that a village handed in."""

    batch_id: int
    since_at: datetime | None
    amount_fen: int


class Batches(BaseModel):
    """A page of batches."""

    items: list[Batch]
    next_after: str | None


class Bulletin(BaseModel):
    """A bulletin that waits to be signed."""

    drafted_by: str
    drafted_at: datetime


class Bulletins(BaseModel):
    """A page of bulletins."""

    items: list[Bulletin]
    next_after: str | None
