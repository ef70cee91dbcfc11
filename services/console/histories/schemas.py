"""What the page of a person's years reads of registration's answers."""

from datetime import datetime

from pydantic import BaseModel


class Year(BaseModel):
    """What is known of one year, and how."""

    coverage_year: int
    insured: bool | None
    basis: str | None
    county: str | None
    place: str | None
    scheme: str | None
    source: str | None


class Statement(BaseModel):
    """What a file or a correction says."""

    said: str
    coverage_year: int
    place: str | None
    scheme: str | None
    source: str | None
    reason: str | None
    import_id: int | None
    said_by: str
    known_at: datetime


class PersonHistory(BaseModel):
    """What is known of a person's years, and all that was said of them."""

    first_year_due: int
    years: list[Year]
    statements: list[Statement]


class Corrected(BaseModel):
    """What became of a correction: with an `approval_id` it waits for a second person."""

    approval_id: int | None = None
