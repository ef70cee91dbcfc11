"""What the pages of one case and of one approval read of the APIs' answers."""

from datetime import datetime

from pydantic import BaseModel, JsonValue


class Step(BaseModel):
    """What can be done about a case."""

    step: str
    label: str
    label_zh: str
    two_persons: bool


class Says(BaseModel):
    """What an alert says."""

    says: str
    says_zh: str
    todo: str
    todo_zh: str


class Case(BaseModel):
    """A question that a person decides, or an alert."""

    case_id: int
    county: str | None
    coverage_year: int | None
    division_code: str | None
    title: str
    title_zh: str
    subject: str
    person_id: int | None
    amount_fen: int | None
    owner: str
    steps: list[Step]
    proposed: str
    state: str
    opened_at: datetime
    age_days: int
    reason: str | None
    decided_by: str | None
    alert: Says | None
    acknowledged_by: str | None


class Approval(BaseModel):
    """What waits for a second person."""

    approval_id: int
    county: str | None
    coverage_year: int | None
    division_code: str | None
    operation: str
    subject: str
    case_id: int | None
    payload: dict[str, JsonValue]
    reason: str
    asked_by: str
    asked_at: datetime


class Approvals(BaseModel):
    """A page of approvals."""

    items: list[Approval]


class Decided(BaseModel):
    """What became of a case; `approval` when it now waits for a second person."""

    approval: Approval | None


class Done(BaseModel):
    """An answer of which no page shows anything."""
