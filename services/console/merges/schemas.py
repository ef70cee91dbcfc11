"""What lists of merges read of registration's answers."""

from datetime import datetime

from pydantic import BaseModel


class Merge(BaseModel):
    """Two records that are one person, or may be."""

    case_id: int
    state: str
    person_id: int
    merged_person_id: int
    right_person_id: int
    name: str
    opened_at: datetime
    asked_by: str | None
    asked_at: datetime | None
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None
    approval_id: int | None


class Merges(BaseModel):
    """Merges, the newest first."""

    items: list[Merge]
    next_after: str | None
