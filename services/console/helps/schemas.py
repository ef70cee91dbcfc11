"""What pages of help by others read of the API's answers; members that no page shows are passed over."""

from datetime import datetime

from pydantic import BaseModel


class Money(BaseModel):
    """Money of somebody who helps, and what is left of it."""

    arrival_id: int
    county: str
    coverage_year: int
    payer_label: str
    payer_label_zh: str
    amount_fen: int
    arrived_at: datetime
    reversed_at: datetime | None
    listed_fen: int
    complete_fen: int
    returned_fen: int
    left_fen: int


class Moneys(BaseModel):
    """Such moneys."""

    items: list[Money]
    next_after: str | None


class Line(BaseModel):
    """Who is helped."""

    person_id: int
    division_code: str
    helper: str
    amount_fen: int
    listed_by: str
    listed_at: datetime
    withdrawn_at: datetime | None
    complete: bool
    counts: bool


class Lines(BaseModel):
    """Who money helps."""

    items: list[Line]
    next_after: str | None


class Given(BaseModel):
    """Who is helped by a line of a file, with how much."""

    index: int
    person_id: int
    amount_fen: int


class LeftOut(BaseModel):
    """A line that helps nobody, and why."""

    index: int
    because: str
    because_zh: str


class TakenList(BaseModel):
    """What became of a list, or would become of it."""

    dry_run: bool
    given: list[Given]
    left_out: list[LeftOut]
    left_fen: int
