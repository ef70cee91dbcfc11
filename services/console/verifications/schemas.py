"""What the pages of rosters read of subsidy's answers; members that no page shows are passed over."""

from datetime import datetime

from pydantic import BaseModel


class Verification(BaseModel):
    """A roster of one township and payer, and how far its lines are."""

    verification_id: int
    county: str
    coverage_year: int
    division_prefix: str
    payer: str
    number: int
    line_count: int
    total_fen: int
    drawn_by: str
    drawn_at: datetime
    open: int
    held: int
    released: int
    released_fen: int
    struck_out: int
    revoked: int


class Verifications(BaseModel):
    """Such rosters."""

    items: list[Verification]
    next_after: str | None


class Drawn(BaseModel):
    """The rosters that were drawn just now."""

    verifications: list[Verification]


class VerificationLine(BaseModel):
    """A grant on a roster, and the newest decision about it."""

    grant_id: int
    person_id: int
    division_code: str
    status: str
    mechanism: str
    amount_fen: int
    state: str
    revoked: bool
    contested: bool
    reason: str | None
    decided_by: str | None
    decided_at: datetime | None


class VerificationLines(BaseModel):
    """Such lines."""

    items: list[VerificationLine]
    next_after: str | None


class Left(BaseModel):
    """A line that stays as it is, and why."""

    grant_id: int
    why: str


class LinesDecided(BaseModel):
    """How many lines were decided, and what was left."""

    lines: int
    amount_fen: int
    left: list[Left]
