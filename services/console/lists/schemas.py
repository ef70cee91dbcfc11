"""What the pages of cases and approvals read of the APIs' answers."""

from datetime import datetime

from pydantic import BaseModel, JsonValue


class Says(BaseModel):
    """What an alert says."""

    says: str
    says_zh: str
    todo: str
    todo_zh: str


class Step(BaseModel):
    """What can be done about a case."""

    step: str
    label: str
    label_zh: str
    two_persons: bool


class Case(BaseModel):
    """A question that a person decides, or an alert, with what it rests on and what can be done about it."""

    case_id: int
    kind: str
    county: str | None
    coverage_year: int | None
    division_code: str | None
    title: str
    title_zh: str
    person_id: int | None
    amount_fen: int | None
    owner: str
    opened_at: datetime
    age_days: int
    evidence: dict[str, JsonValue]
    steps: list[Step]
    proposed: str
    alert: Says | None
    acknowledged_by: str | None


class Cases(BaseModel):
    """A page of cases."""

    items: list[Case]
    next_after: str | None


class Approval(BaseModel):
    """What waits for a second person."""

    approval_id: int
    operation: str
    subject: str
    payload: dict[str, JsonValue]
    county: str | None
    coverage_year: int | None
    division_code: str | None
    case_id: int | None
    reason: str
    asked_by: str
    asked_at: datetime


class Approvals(BaseModel):
    """A page of approvals."""

    items: list[Approval]
    next_after: str | None
